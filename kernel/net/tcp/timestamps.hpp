// SPDX-License-Identifier: MIT
//
// The time stamps of one connection: what our clock says, what the peer's last said,
// and which segments are so old that they belong to another turn of the circle of
// sequence numbers (PAWS). [rfc7323 §4, §5]
#pragma once

#include <cstdint>

#include "kernel/base/time.hpp"

namespace net::tcp {

class Timestamps {
public:
    using Instant = base::Instant;
    using Duration = base::Duration;

    // Where our clock begins: another place for each pair of ends, so that it tells
    // nobody how long we have been up. [rfc7323 §7.1]
    void set_offset(std::uint32_t offset) { offset_ = offset; }

    // Both SYNs had the option; the peer's said `value`.
    void agree(std::uint32_t value, Instant now) {
        agreed_ = true;
        remember(value, now);
    }
    bool agreed() const { return agreed_; }

    // One tick a millisecond. [rfc7323 §5.4]
    static std::uint32_t clock(Instant now, std::uint32_t offset) {
        return static_cast<std::uint32_t>(now.since_boot().as_milliseconds()) + offset;
    }
    std::uint32_t clock(Instant now) const { return clock(now, offset_); }
    std::uint32_t recent() const { return recent_; }  // TS.Recent: what we echo

    // Older than what has come since. After 24 days of silence the peer's clock may have
    // passed half its circle, and nothing can be said. [rfc7323 §5.3, §5.5]
    bool is_old(std::uint32_t value, Instant now) const {
        constexpr auto half_circle = Duration::seconds(24 * 24 * 3600);
        return agreed_ && static_cast<std::int32_t>(value - recent_) < 0 && now - recent_at_ <= half_circle;
    }
    // Newer than everything that came: a SYN with it begins a new connection. [rfc6191 §2]
    bool is_newer(std::uint32_t value) const {
        return agreed_ && static_cast<std::int32_t>(value - recent_) > 0;
    }

    // An acceptable segment that holds the first octet that we have not acknowledged, or
    // begins before it: only such a one's clock is echoed, so that the time of a delayed
    // ACK counts. [rfc7323 §4.3]
    void remember(std::uint32_t value, Instant now) {
        recent_ = value;
        recent_at_ = now;
    }

    // How long ago we said `echo`. Below a tick it is a tick, and nonsense is nothing.
    Duration since(std::uint32_t echo, Instant now) const {
        auto const ticks = static_cast<std::int32_t>(clock(now) - echo);
        constexpr std::int32_t too_long = 3'600'000;
        if (ticks < 0 || ticks > too_long) return Duration();
        return Duration::milliseconds(ticks > 0 ? ticks : 1);
    }

private:
    std::uint32_t offset_ = 0;
    std::uint32_t recent_ = 0;
    Instant recent_at_;
    bool agreed_ = false;
};

}  // namespace net::tcp
