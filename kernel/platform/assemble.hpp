// SPDX-License-Identifier: MIT
//
// A card, a stack that fits into the memory there is, and the thread between them.
#pragma once

#include "kernel/platform/network.hpp"

namespace platform {

// `own`: this address; none: the network is asked for one (DHCP). Null: too little
// memory, which the log says. The card and the random numbers outlive the network.
Network* assemble(Network& network, Card& card, net::RandomSource& random, net::Ipv4Configuration const& own);

}  // namespace platform
