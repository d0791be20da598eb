// SPDX-License-Identifier: GPL-2.0-or-later
//
// The framing of gdb's remote protocol: "$body#checksum", acknowledgements, and
// the lone byte 0x03 of Ctrl-C. Bytes arrive in any pieces and are not trusted.
// [gdb-rsp §Overview]
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::debug::gdb {

// The longest body either side may send; told to gdb as PacketSize.
constexpr std::size_t max_packet = 0x4000;

class PacketReader {
public:
    enum class Kind : std::uint8_t {
        packet,     // a body whose checksum is right, escapes resolved
        damaged,    // a packet whose checksum is wrong
        too_long,   // a packet longer than max_packet: nothing of it is kept
        interrupt,  // Ctrl-C
        ack,
        nack,
    };
    struct Item {
        Kind kind = Kind::packet;
        std::string body;
    };

    void feed(std::span<std::uint8_t const> bytes);
    std::optional<Item> next();
    // Ctrl-C among what has been fed and not yet taken.
    bool interrupt_waiting() const;
    // Unread items beyond this mean that the other side does not listen.
    std::size_t waiting() const { return items_.size(); }

private:
    enum class State : std::uint8_t { outside, body, escaped, first_digit, second_digit };
    void byte(std::uint8_t);
    void finish(unsigned given);

    State state_ = State::outside;
    std::string body_;
    bool too_long_ = false;
    std::uint8_t sum_ = 0;
    unsigned digit_ = 0;
    std::deque<Item> items_;
};

// "$body#xx" with '#', '$', '}' and '*' of the body escaped.
std::string frame_packet(std::string_view body);

// ---- Text of the protocol ----

std::string hex(std::span<std::uint8_t const> bytes);
std::string hex(std::string_view text);
// Two digits a byte; none when it is anything else.
std::optional<std::vector<std::uint8_t>> unhex(std::string_view);
std::optional<unsigned> hex_digit(char);
// Takes a big-endian hexadecimal number of at most 16 digits from the front; none if there is none.
std::optional<std::uint64_t> take_number(std::string_view& text);
// Takes `expected` from the front.
bool take(std::string_view& text, std::string_view expected);

}  // namespace sim::debug::gdb
