// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a link does to frames, and the fate of each of them. A fate is a pure
// function of (seed, link and direction, number of the frame): changing what
// happens to one frame leaves all others alone, and no order of evaluation can
// matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/machine/moment.hpp"

namespace sim::links {

// Probabilities are parts in a million.
struct LinkProperties {
    std::uint64_t delay_ns = 100'000;   // latency of the cable
    std::uint64_t jitter_ns = 0;        // up to so much more, each frame its own; order is kept
    std::uint64_t rate_bits = 0;        // a second; 0: a frame takes no time
    std::uint32_t queue_frames = 1000;  // that wait for the rate; more are lost
    std::uint32_t loss = 0;             // each frame for itself
    std::uint32_t burst = 0;            // this frame begins a burst of losses
    std::uint32_t burst_frames = 8;     //   of so many
    std::uint32_t duplicate = 0;        // comes twice
    std::uint32_t reorder = 0;          // is overtaken: comes later by another delay
    std::uint32_t corrupt = 0;          // one bit is turned

    friend bool operator==(LinkProperties const&, LinkProperties const&) = default;
};

constexpr std::uint64_t least_delay_ns = 1'000, most_delay_ns = 60'000'000'000;

// One property: "loss" and "1%". Throws std::runtime_error, one line that names
// the key, what is wrong and what is wanted.
void set_property(LinkProperties&, std::string_view key, std::string_view value);
// "loss=1%,delay=20ms,jitter=1ms,rate=10M,queue=50,burst=0.1%/8,duplicate=1%,reorder=1%,corrupt=0.1%".
LinkProperties parse_properties(std::string_view text, LinkProperties base = {});

using machine::parse_duration;

struct Fate {
    bool lost = false, duplicated = false, overtaken = false;
    std::optional<std::uint32_t> turned_bit;  // of the frame, from its first byte's lowest
    std::uint64_t jitter_ns = 0;
};
// `lane`: a hash of the link's name and the direction. `number` counts from 1.
Fate fate_of(LinkProperties const&, std::uint64_t seed, std::uint64_t lane, std::uint64_t number,
             std::size_t frame_bytes);

}  // namespace sim::links
