// SPDX-License-Identifier: MIT
//
// Was it a loss at all? A segment that was only late looks lost; then it was sent again for
// nothing, and the window fell for nothing. Two ways to find out, and either is enough:
//
//   the ACK that ends the doubt echoes a time stamp from before the second copy left: it
//   answers the first (Eifel) [rfc3522 §3.2]
//   the peer says of each segment that was sent again that it came twice [rfc3708 §2]
#pragma once

#include "kernel/base/time.hpp"
#include "kernel/net/tcp/range_set.hpp"

namespace net::tcp {

class SpuriousLoss {
public:
    using Instant = base::Instant;
    using Duration = base::Duration;

    // The window fell.
    void begin() {
        *this = SpuriousLoss();
        is_in_doubt_ = echo_is_due_ = true;
    }
    void on_sent_again(Range const& segment, Instant now) {
        if (!is_in_doubt_) return;
        if (first_again_ == Instant::never()) {
            first_again_ = now;
            copied_ = segment;
        }
        if (segment.begin < copied_.begin) copied_.begin = segment.begin;
        if (segment.end > copied_.end) copied_.end = segment.end;
        again_ += static_cast<std::uint32_t>(segment.end - segment.begin);
    }
    // There is nothing to take back: something else has told of congestion, too.
    void end() { *this = SpuriousLoss(); }
    // The next ACK's time stamp matters.
    bool awaits_echo() const { return echo_is_due_ && first_again_ != Instant::never(); }

    // Both are true when it was no loss. The first ACK of new data since the second copy:
    bool on_acknowledged(Duration echoed, Instant now) {
        if (!awaits_echo()) return false;
        echo_is_due_ = false;
        return echoed > Duration() && now - echoed + tick < first_again_;
    }
    // A segment that came twice; it may have been the network that copied it, if not we:
    bool on_duplicate(Range const& twice) {
        if (twice.begin < copied_.begin || twice.end > copied_.end || again_ == 0) return false;
        auto const octets = static_cast<std::uint32_t>(twice.end - twice.begin);
        again_ = again_ > octets ? again_ - octets : 0;
        return again_ == 0;
    }

private:
    static constexpr Duration tick = Duration::milliseconds(1);  // of the clock of time stamps
    bool is_in_doubt_ = false;
    bool echo_is_due_ = false;
    std::uint32_t again_ = 0;  // octets in second copies that may have been needed
    Range copied_;             // from the first of these to the last
    Instant first_again_ = Instant::never();
};

}  // namespace net::tcp
