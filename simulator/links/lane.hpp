// SPDX-License-Identifier: GPL-2.0-or-later
//
// One direction of a link: when each frame that is sent arrives, and as what.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "simulator/links/fault_lines.hpp"
#include "simulator/links/link.hpp"
#include "simulator/links/properties.hpp"

namespace sim::links {

// More cannot be under way in one direction at once, in bytes of the host's memory:
// what is sent then is lost, as in a full queue. (1 Gbit/s for 134 ms.)
inline constexpr std::uint64_t most_under_way_bytes = 16 << 20;
// A frame of so many bytes takes this much of it.
constexpr std::uint64_t weight_of_frame(std::size_t bytes) { return bytes + 128; }

class Lane {
public:
    // `name` is part of every frame's fate: "wire:client>server".
    Lane(LinkProperties properties, std::uint64_t seed, std::string const& name);

    struct Arrival {
        std::uint64_t at_ns = 0;
        Frame frame;
    };
    // Sent now; in the order of time. What arrives of it is appended: nothing
    // (lost), or one frame, or two.
    void send(std::uint64_t now_ns, std::span<std::uint8_t const> frame, FaultEffect const&,
              std::vector<Arrival>& arrivals);

    // What became of a frame, in words: "lost", "arrives 1500us later, twice, changed".
    static std::string fate(std::uint64_t sent_ns, std::span<std::uint8_t const> frame,
                            std::span<Arrival const> arrivals);
    // The same of what has arrived: "under way for 1500us, twice, changed".
    static std::string past(std::uint64_t sent_ns, std::span<std::uint8_t const> frame,
                            std::span<Arrival const> arrivals);

    LinkProperties const& properties() const { return properties_; }
    std::uint64_t sent() const { return sent_; }
    std::uint64_t lost() const { return lost_; }

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("sent", self.sent_);
        visit("lost", self.lost_);
        visit("free_at_ns", self.free_at_ns_);
        visit("latest_ns", self.latest_ns_);
        visit("leaving_ns", self.leaving_ns_);
        visit("under_way", self.under_way_);
        visit("under_way_bytes", self.under_way_bytes_);
    }

private:
    struct UnderWay {
        std::uint64_t at_ns = 0, bytes = 0;  // arrival, and weight
        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("at_ns", self.at_ns);
            visit("bytes", self.bytes);
        }
    };
    LinkProperties properties_;
    std::uint64_t seed_, hash_;
    std::uint64_t sent_ = 0, lost_ = 0;
    std::uint64_t free_at_ns_ = 0;          // the sender is done with the frame before
    std::uint64_t latest_ns_ = 0;           // arrival of the last frame that was not overtaken
    std::deque<std::uint64_t> leaving_ns_;  // when the frames that wait for the rate will be gone
    std::deque<UnderWay> under_way_;        // by time of arrival
    std::uint64_t under_way_bytes_ = 0;     // all of them
};

}  // namespace sim::links
