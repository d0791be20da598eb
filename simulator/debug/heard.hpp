// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a Session has heard of a life until a moment, in few bytes: how many events, so
// that numbers stay what they were, and the end of what the guest printed. For who
// begins there the next time (recording/near_file.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/debug/event_index.hpp"

namespace sim::debug {

struct HeardBefore {
    std::uint64_t events = 0;
    std::array<std::uint64_t, static_cast<std::size_t>(EventGroup::count_)> groups{};
    std::string console;  // the last of it, at most most_console bytes

    static constexpr std::size_t most_console = 32 << 10;
    friend bool operator==(HeardBefore const&, HeardBefore const&) = default;
};

std::vector<std::uint8_t> encode(HeardBefore const&);
// None: it is not one.
std::optional<HeardBefore> decode_heard(std::span<std::uint8_t const>);

}  // namespace sim::debug
