// SPDX-License-Identifier: MIT
//
// Who is lost, by time: a segment is, when one that left after it has arrived, and it had
// a round trip and a little more to arrive itself. The little more is for segments that
// overtake each other. It finds retransmissions that are lost, too, which counting
// duplicates cannot. [rfc8985 §6]
#pragma once

#include "kernel/net/tcp/round_trip.hpp"
#include "kernel/net/tcp/segment_log.hpp"

namespace net::tcp {

class Rack {
public:
    using Instant = base::Instant;
    using Duration = base::Duration;

    // The peer holds this segment. [rfc8985 §6.2, steps 1 to 3]
    void on_delivered(SentSegment const& segment, Instant now) {
        Duration const age = now - segment.at;
        // An answer sooner than any other is one to the first copy, not to this.
        if (segment.again && age < smallest_) return;
        bool const is_exact = !segment.shared;
        if (is_exact && (smallest_ == Duration() || age < smallest_))
            smallest_ = age > Duration() ? age : smallest_;
        if (!segment.again && segment.end < highest_) reordering_ = true;
        if (segment.end > highest_) highest_ = segment.end;
        if (segment.at < latest_ || (segment.at == latest_ && segment.end <= latest_end_)) return;
        latest_ = segment.at;
        latest_end_ = segment.end;
        age_ = age;
    }

    // Marks what is lost by now; the octets that were not marked before. `sure`: as much
    // behind holes has arrived as three duplicates would mean, or a recovery is under way.
    // [rfc8985 §6.2, steps 4 and 5]
    std::uint32_t find_lost(SegmentLog& log, bool sure, RoundTripEstimator const& round_trip, Instant now) {
        next_look_ = Instant::never();
        if (latest_ == Instant()) return 0;
        Duration window = sure && !reordering_ ? Duration() : smallest_ / 4 * patience_;
        if (window > round_trip.smoothed()) window = round_trip.smoothed();
        std::uint32_t octets = 0;
        for (std::size_t i = 0; i < log.size(); ++i) {
            SentSegment& segment = log[i];
            bool const left_before =
                segment.at < latest_ || (segment.at == latest_ && segment.end < latest_end_);
            if (segment.lost || !left_before) continue;
            Instant const patience = segment.at + age_ + window;
            if (patience <= now) {
                segment.lost = true;
                octets += segment.length();
            } else if (patience < next_look_) {
                next_look_ = patience;
            }
        }
        return octets;
    }
    // The peer got a segment twice that was sent again: we were too impatient. Once a round
    // trip a quarter more of it, until sixteen recoveries went well. [rfc8985 §6.2, step 4]
    void on_duplicate(Position una, Position max) {
        kept_for_ = recoveries_until_forgotten;
        if (una < patient_since_) return;
        patient_since_ = max;
        if (patience_ < UINT8_MAX) ++patience_;
    }
    void on_recovered() {
        if (kept_for_ > 0 && --kept_for_ == 0) patience_ = 1;
    }

    // Then somebody may be lost who is not yet.
    Instant next_look() const { return next_look_; }
    void stop() { next_look_ = Instant::never(); }

private:
    Instant latest_;           // when the last one left of those that arrived
    Position latest_end_ = 0;  // and its end
    Duration age_;             // how long it took
    Duration smallest_;        // the shortest round trip
    Position highest_ = 0;     // the end of the highest that arrived
    bool reordering_ = false;  // one arrived behind that, sent once
    static constexpr std::uint8_t recoveries_until_forgotten = 16;
    std::uint8_t patience_ = 1;   // in quarters of the shortest round trip
    std::uint8_t kept_for_ = 0;   // recoveries
    Position patient_since_ = 0;  // what was out when it last grew
    Instant next_look_ = Instant::never();
};

}  // namespace net::tcp
