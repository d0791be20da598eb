// SPDX-License-Identifier: MIT
//
// The multicast groups that we hear, as we tell switches and routers of them. A change is
// told twice, because nobody confirms it; a question is answered at a moment of our own
// choice in the time that it gives. [rfc3810 §5.2, §6]
//
// Somebody who asks in version 1 understands only that: until some time after he has asked
// last, everybody is answered so. [rfc3810 §8.2]
#pragma once

#include <array>

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/wire/mld.hpp"

namespace net::nd {

class Groups {
public:
    static constexpr std::size_t most = 8;

    explicit Groups(RandomSource& random) : random_(random) {}

    bool has(Ipv6Address group) const;
    void join(Ipv6Address group, base::Instant now);
    void leave(Ipv6Address group, base::Instant now);
    void on_query(wire::MldQuery const&, base::Instant now);
    // Somebody else reports it. In version 1 what we were about to say of it is said. [rfc2710 §4]
    void on_report(Ipv6Address group, base::Instant now);

    struct Group {
        enum class State : std::uint8_t { Free, Joined, Left };
        State state = State::Free;
        std::uint8_t changes = 0;  // that are still to be told
        Ipv6Address address;
        base::Instant change_at = base::Instant::never();
        base::Instant answer_at = base::Instant::never();
    };
    std::array<Group, most> const& all() const { return all_; }

    // As far as heard, who asks here speaks version 1: of next_report()'s last call.
    bool speaks_version_1() const { return version_1_; }
    // What is to be said now, one record for each group; in version 1 one at a time. Returns how
    // many.
    std::size_t next_report(std::array<wire::MldRecord, most>& out, base::Instant now);
    base::Instant deadline() const { return next_; }

private:
    base::Duration up_to(base::Duration longest);
    void plan();
    void choose_version(base::Instant now);

    RandomSource& random_;
    std::array<Group, most> all_{};
    base::Instant next_ = base::Instant::never();
    base::Instant version_1_until_;
    bool version_1_ = false;
};

}  // namespace net::nd
