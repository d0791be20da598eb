// SPDX-License-Identifier: MIT
//
// A name may have several addresses. Which is tried first: one that we can speak to, by a way
// of its own kind, new ways before old ones. [rfc6724 §6]
#pragma once

#include <span>

#include "kernel/net/address.hpp"

namespace net::dns {

// An address, and with which of ours we would speak to it.
struct Candidate {
    IpAddress address;
    IpAddress source;               // unspecified: we cannot
    bool source_is_fading = false;  // deprecated: for what has begun with it
};

// The best first; what is equal stays in the server's order. Not looked at: homes and tunnels
// (rules 4 and 7), and what IPv4 addresses have in common (rule 9), which says nothing.
void sort_by_preference(std::span<Candidate> candidates);

}  // namespace net::dns
