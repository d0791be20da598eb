// SPDX-License-Identifier: GPL-2.0-or-later
//
// A link carries Ethernet frames between one network card and whatever is at
// the other end. A frame is the bytes from the destination address to the end
// of the payload, with no preamble and no checksum.
//
// A link lies outside the machine. What it hands over becomes a recorded input
// the moment it is delivered to the card; in a replay there is no link.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sim::links {

using Frame = std::vector<std::uint8_t>;

class Link {
public:
    virtual ~Link() = default;

    // The card transmitted a frame. Never blocks; a frame that cannot be taken
    // is lost, as on a real cable.
    virtual void send(std::span<std::uint8_t const> frame) = 0;

    // The next frame for the card, in order of arrival; none when there is none now.
    virtual std::optional<Frame> receive() = 0;

    // Serves the other end, and sleeps until a frame for the card is there, the
    // time is over, a signal arrives or wake() is called. Zero only looks.
    // True when receive() has a frame.
    virtual bool wait(std::chrono::nanoseconds at_most) = 0;

    // Ends a wait(), also one that starts next. The only call that another
    // thread may make.
    virtual void wake() = 0;
};

}  // namespace sim::links
