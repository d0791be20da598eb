// SPDX-License-Identifier: MIT
//
// How long a call of a socket waits that is given no deadline: what others call SO_RCVTIMEO and
// SO_SNDTIMEO. In milliseconds, rounded up, at most 49 days; none at first. A call that waited
// so long fails with TimedOut, and the socket is as it was.
#pragma once

#include <cstdint>

#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/platform/clock.hpp"

namespace platform {

class Timeouts {
public:
    using Outcome = base::Result<void, net::Error>;

    // 0: none. InvalidValue: less than nothing.
    Outcome set_receive(base::Duration after) { return set(receive_ms_, after); }
    Outcome set_send(base::Duration after) { return set(send_ms_, after); }

    // When a call ends that was given this deadline.
    base::Instant receive_by(base::Instant deadline) const { return by(deadline, receive_ms_); }
    base::Instant send_by(base::Instant deadline) const { return by(deadline, send_ms_); }

private:
    static Outcome set(std::uint32_t& milliseconds, base::Duration after) {
        if (after < base::Duration()) return base::fail(net::Error::InvalidValue);
        std::int64_t const whole = after.as_milliseconds();
        std::int64_t const up = whole + (base::Duration::milliseconds(whole) < after ? 1 : 0);
        milliseconds = up < UINT32_MAX ? static_cast<std::uint32_t>(up) : UINT32_MAX;
        return {};
    }
    static base::Instant by(base::Instant deadline, std::uint32_t milliseconds) {
        if (milliseconds == 0 || deadline != base::Instant::never()) return deadline;
        return now() + base::Duration::milliseconds(milliseconds);
    }

    std::uint32_t receive_ms_ = 0;
    std::uint32_t send_ms_ = 0;
};

}  // namespace platform
