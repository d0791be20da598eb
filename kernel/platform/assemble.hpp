// SPDX-License-Identifier: MIT
//
// A card, a stack that fits into the memory there is, and the thread between them.
#pragma once

#include "kernel/platform/network.hpp"

namespace platform {

// With so much free memory: connections, and a quarter of it, where there is much the half,
// for what is on its way through them. At least what one connection needs: a buffer each way, and a frame with what the stack
// knows of the bytes in both.
net::Limits limits_for(std::uint64_t free_bytes);

// `own`: this address; none: the network is asked for one (DHCP). Null: too little
// memory, which the log says. The card and the random numbers outlive the network.
Network* assemble(Network& network, Card& card, net::RandomSource& random, net::Ipv4Configuration const& own);

}  // namespace platform
