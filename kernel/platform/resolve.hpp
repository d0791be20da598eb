// SPDX-License-Identifier: MIT
//
// The address of a host by its name, asked for and waited for. What to ask and what to believe
// is `net/dns`; here are its sockets.
//
//     platform::Resolver resolver(network);
//     auto const address = TRY(resolver.resolve("www.example.com", deadline));
//
// One thread at a time.
#pragma once

#include <string_view>

#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/dns/cache.hpp"
#include "kernel/net/dns/lookup.hpp"
#include "kernel/platform/network.hpp"

namespace platform {

class Resolver {
public:
    explicit Resolver(Network& network) : network_(network) {}

    // NoSuchName: the server says so, or the text is no name. NetworkUnreachable: nobody told us
    // of a server. TimedOut: none answered. An address as text is itself.
    base::Result<net::Ipv4Address, net::Error> resolve(std::string_view name, base::Instant deadline);

private:
    using Lookup = net::dns::Lookup;
    base::Result<void, net::Error> ask(Lookup& lookup, base::Instant deadline);
    void ask_by_datagram(Lookup& lookup, net::Bytes question, base::Instant deadline);
    void ask_by_stream(Lookup& lookup, net::Bytes question, base::Instant deadline);
    void take(Lookup& lookup, net::Bytes answer);

    Network& network_;
    net::dns::Cache cache_;
    std::uint8_t answer_[2 + Lookup::largest_answer] = {};
};

}  // namespace platform
