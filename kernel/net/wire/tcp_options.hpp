// SPDX-License-Identifier: MIT
//
// The options of a TCP header. Kind, length, content; the first two kinds are a
// single octet. [rfc9293 §3.1, "Options"]
//
//    0  end of list           3  window scale    [rfc7323 §2.2]
//    1  no operation          4  SACK permitted  [rfc2018 §2]
//    2  maximum segment size  5  SACK            [rfc2018 §3]
//                             8  timestamps      [rfc7323 §3.2]
#pragma once

#include <optional>

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/tcp/sequence.hpp"
#include "kernel/net/wire/bytes.hpp"

namespace net::wire {

struct TcpTimestamps {
    std::uint32_t value = 0;  // TSval: the sender's clock
    std::uint32_t echo = 0;   // TSecr: ours, as it last heard it
    friend bool operator==(TcpTimestamps const&, TcpTimestamps const&) = default;
};

// Octets that arrived behind a hole.
struct SackBlock {
    tcp::SeqNum begin;
    tcp::SeqNum end;  // the first that is not in it
    friend bool operator==(SackBlock const&, SackBlock const&) = default;
};

struct TcpOptions {
    static constexpr std::size_t largest_size = 40;
    static constexpr std::size_t most_blocks = 4;

    std::optional<std::uint16_t> mss;          // only in a SYN (MUST-65)
    std::optional<std::uint8_t> window_scale;  // only in a SYN; at most 14
    bool sack_permitted = false;               // only in a SYN
    std::optional<TcpTimestamps> timestamps;
    std::uint8_t sack_count = 0;
    SackBlock sack[most_blocks];

    // Options begin on any octet (MUST-64), come in any segment (MUST-5), and all
    // but the first two kinds have a length (MUST-68), so that unknown ones can be
    // skipped (MUST-6). A length that cannot be ends the walk, not the kernel
    // (MUST-7): the segment is dropped and counted.
    static base::Result<TcpOptions, Drop> parse(Bytes options, bool is_syn);
    // The same into new ones.
    static base::Result<void, Drop> parse_options(TcpOptions& result, Bytes options, bool is_syn);

    // None. The blocks that there may have been count no more.
    void clear_options() {
        mss.reset();
        window_scale.reset();
        sack_permitted = false;
        timestamps.reset();
        sack_count = 0;
    }

    // What so many blocks take, with the two octets that fill up their first word.
    static constexpr std::uint16_t size_of_sack(std::size_t blocks) {
        return static_cast<std::uint16_t>(blocks > 0 ? 4 + 8 * blocks : 0);
    }
    // A multiple of four: what is left of the last word is filled with no-operations, so
    // there is no padding to be zero (MUST-69).
    std::size_t emitted_size() const {
        return (mss ? 4u : 0u) + (sack_permitted ? (timestamps ? 2u : 4u) : 0u) +
               (timestamps ? (sack_permitted ? 10u : 12u) : 0u) + (window_scale ? 4u : 0u) +
               size_of_sack(sack_count);
    }
    // Writes emitted_size() octets, at most largest_size, and returns how many.
    std::size_t emit(std::uint8_t* to) const;

    friend bool operator==(TcpOptions const&, TcpOptions const&) = default;
};

}  // namespace net::wire
