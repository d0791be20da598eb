// SPDX-License-Identifier: MIT
//
// The word of the command line that turns IPv6 on, for every application with a network.
#pragma once

#include "kernel/base/command_line.hpp"
#include "kernel/net/config.hpp"

namespace platform {

// Reads it; to be called before network(). What it chose stands in ipv6_settings().
void read_ipv6_word(base::CommandLine& words);
net::Ipv6Settings const& ipv6_settings();

}  // namespace platform
