// SPDX-License-Identifier: MIT
//
// The addresses of a host by its name, asked for and waited for. What to ask and what to
// believe is `net/dns`; here are its sockets.
//
//     platform::Resolver resolver(network);
//     auto const found = TRY(resolver.resolve("www.example.com", deadline));
//     for (net::IpAddress const address : found.all()) try to connect, the best is the first
//
// Who knows names is what DHCP said, then what a router said. [rfc8106 §5.3.1]
// One thread at a time.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/dns/cache.hpp"
#include "kernel/net/dns/lookup.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/udp_socket.hpp"

namespace platform {

class Resolver {
public:
    explicit Resolver(Network& network) : network_(network) {}

    static constexpr std::size_t most_addresses = 2 * net::wire::DnsAnswer::most_addresses;
    // At least one, the best first. [rfc6724 §6]
    class Found {
    public:
        std::span<net::IpAddress const> all() const { return {addresses_.data(), count_}; }

    private:
        friend class Resolver;
        std::array<net::IpAddress, most_addresses> addresses_{};
        std::size_t count_ = 0;
    };

    // Asked is for the versions of IP that we have an address of, both at once. NoSuchName: the
    // server says so, or the text is no name. NetworkUnreachable: nobody told us of a server.
    // TimedOut: none answered. Addresses of one version do not wait long for the other's. An
    // address as text is itself.
    base::Result<Found, net::Error> resolve(std::string_view name, base::Instant deadline);

private:
    using Lookup = net::dns::Lookup;
    static constexpr std::size_t most_servers =
        std::tuple_size_v<net::Ipv4Configuration::NameServers> + net::wire::NdOptions::most_servers;
    // What the network is at the moment of a question.
    struct Situation {
        std::array<net::IpAddress, most_servers> servers{};
        std::size_t server_count = 0;
        bool has_v4 = false;
        bool has_v6 = false;
    };
    // What is asked about one type, and the socket of the last question.
    struct Asked {
        Asked(net::wire::DnsName const& name, net::wire::DnsType type,
              std::span<net::IpAddress const> servers, net::RandomSource& random)
            : lookup(name, type, servers, random) {}
        Lookup lookup;
        UdpSocket socket;
    };
    using Questions = std::array<std::optional<Asked>, 2>;  // of AAAA and of A, where it is asked

    Situation look_around();
    void sort(Found& found);
    void ask(Questions& questions, base::Instant enough);
    void put(Asked& asked, base::Instant deadline);
    void put_by_stream(Lookup& lookup, net::Bytes question, base::Instant deadline);
    void listen(Questions& questions, base::Instant until);
    void take(Lookup& lookup, net::Bytes answer);

    Network& network_;
    net::dns::Cache cache_;
    std::uint8_t answer_[2 + Lookup::largest_answer] = {};
};

}  // namespace platform
