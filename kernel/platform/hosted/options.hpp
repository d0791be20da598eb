// SPDX-License-Identifier: MIT
//
// What the machine is made of, as the command line of the process says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/net/address.hpp"

namespace platform::hosted {

struct Options {
    int frames = -1;                     // the descriptor of the network card; -1: there is none
    net::Ipv4Configuration address;      // for applications that choose none; none: DHCP
    std::uint64_t memory = 64ull << 20;  // the heap's bound, in bytes
    std::vector<std::string> disks;      // files, with ",readonly" or not
    std::uint64_t seed = 0;              // of all random numbers; 0: the host's own
};

// Filled in by main, before there are threads.
Options& options();

}  // namespace platform::hosted
