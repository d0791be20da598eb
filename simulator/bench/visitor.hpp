// SPDX-License-Identifier: GPL-2.0-or-later
//
// A client of the guest's web server on one connection, without a clock and
// without a network that loses anything: the smallest TCP that gets an answer,
// the same in every run. [rfc9293]
#pragma once

#include <optional>
#include <string>

#include "simulator/bench/wire.hpp"

namespace sim::bench {

class Visitor {
public:
    // The frames that open the connection: ARP and a SYN.
    std::vector<Frame> open();
    // The next request; it acknowledges all that came. Only when connected.
    Frame request(std::string const& path);

    // A frame that the guest sent.
    void on_frame(std::span<std::uint8_t const> frame);
    // What has to be said at once, if anything: the end of the handshake, or that a
    // part of an answer has come whose rest is missing.
    std::optional<Frame> answer();

    bool connected() const { return connected_; }
    // The answer to the last request is here, head and body.
    bool answered() const;
    std::string const& text() const { return text_; }  // of that answer

private:
    Frame segment(std::uint8_t flags, std::string const& data = "");

    std::uint32_t next_ = 1000, expected_ = 0;  // our next octet, theirs
    bool connected_ = false, owes_ = false;
    std::string text_;
};

}  // namespace sim::bench
