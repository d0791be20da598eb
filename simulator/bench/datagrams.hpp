// SPDX-License-Identifier: GPL-2.0-or-later
//
// Somebody who sends the guest datagrams, to port 7. [rfc768]
#pragma once

#include "simulator/bench/wire.hpp"

namespace sim::bench {

class DatagramPeer {
public:
    static constexpr std::size_t data_size = 64;

    // The frames of the next datagram. Before the first one the guest hears, by
    // an ARP request, where an answer has to go.
    std::vector<Frame> next();

private:
    bool known_ = false;
};

}  // namespace sim::bench
