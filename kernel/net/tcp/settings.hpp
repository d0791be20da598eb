// SPDX-License-Identifier: MIT
//
// What an application may choose for one connection, at any time. A connection that a
// listener accepts begins with the listener's.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/base/time.hpp"

namespace net::tcp {

struct Settings {
    using Duration = base::Duration;

    bool no_delay = false;  // small segments leave at once (MUST-17)
    bool cork = false;      // small segments do not leave at all, for 200 ms, or until this is taken back

    std::uint8_t time_to_live = 64;  // MUST-49
    // The octet of differentiated services; the two bits of ECN are not the application's.
    // Given to IP as it is (MUST-48, SHLD-21, SHLD-22).
    std::uint8_t traffic_class = 0;

    // Octets that are kept for the peer, and for the application, whose is the largest window,
    // too; at most what the stack's Limits say. A window that was offered is not taken back
    // (SHLD-14).
    std::uint32_t send_buffer = largest_buffer;
    std::uint32_t receive_buffer = largest_buffer;
    static constexpr std::uint32_t largest_buffer = 1024 * 1024;
    static constexpr std::uint32_t smallest_buffer = 1024;

    // Is the peer still there? Asked only when nothing came for `keep_alive_idle`, and given up
    // only after several questions. (MAY-5, MUST-24 to MUST-29)
    bool keep_alive = false;
    std::uint8_t keep_alive_probes = 9;

    // Say when something is wrong that does not end the connection: nothing is acknowledged
    // (R1), or a router complains. (MUST-47, SHLD-9, SHLD-20, SHLD-25)
    bool tell_of_trouble = true;

    Duration keep_alive_idle = Duration::seconds(2 * 3600);
    Duration keep_alive_interval = Duration::seconds(75);
    static constexpr Duration shortest_interval = Duration::seconds(1);  // of both these times

    // How long a peer may acknowledge nothing: R2 (MUST-21). 0: as the stack is configured.
    Duration user_timeout;

    // How long what was written may still be on its way after close(), before the connection is
    // reset; 0: at once. Nothing: until it is acknowledged, or R2.
    std::optional<Duration> linger;

    // With what may not be chosen put right.
    Settings allowed() const {
        Settings result = *this;
        for (Duration* const each : {&result.keep_alive_idle, &result.keep_alive_interval})
            if (*each < shortest_interval) *each = shortest_interval;
        for (std::uint32_t* const each : {&result.send_buffer, &result.receive_buffer})
            if (*each < smallest_buffer) *each = smallest_buffer;
        result.traffic_class &= 0xfc;
        return result;
    }
};

}  // namespace net::tcp
