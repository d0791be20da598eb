// SPDX-License-Identifier: MIT
//
// How a socket that never blocks becomes one that does.
#pragma once

#include "kernel/net/socket.hpp"
#include "kernel/platform/network.hpp"

namespace platform {

// Repeats `attempt`, with the network's lock held, or kept by who has it already, until it does something
// else than would-block. What it sent leaves before this returns.
template <class Attempt>
auto wait_for(Network& network, base::Instant deadline, Attempt attempt) -> decltype(attempt()) {
    NetworkGuard guard(network);
    for (;;) {
        auto result = attempt();
        if (result || result.error() != net::Error::WouldBlock) {
            network.flush();
            return result;
        }
        if (!network.wait_for_change(deadline)) return base::fail(net::Error::TimedOut);
    }
}

}  // namespace platform
