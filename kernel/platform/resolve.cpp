// SPDX-License-Identifier: MIT
#include "kernel/platform/resolve.hpp"

#include "kernel/net/address_text.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/random.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/platform/udp_socket.hpp"
#include "kernel/threads/thread.hpp"

namespace platform {
namespace {

using base::Instant;
using net::Error;

// The stack's randomness is under its lock, and so is ours.
class LockedRandom final : public net::RandomSource {
public:
    explicit LockedRandom(Network& network) : network_(network) {}
    std::uint64_t next() override {
        threads::MutexGuard guard(network_.lock());
        return random_.next();
    }

private:
    Network& network_;
    Random random_;
};

Instant earlier(Instant a, Instant b) { return a < b ? a : b; }

}  // namespace

base::Result<net::Ipv4Address, Error> Resolver::resolve(std::string_view text, Instant deadline) {
    if (auto const address = net::parse_ipv4(text)) return *address;
    auto const name = net::wire::DnsName::from_text(text);
    if (!name) return base::fail(Error::NoSuchName);
    constexpr auto type = net::wire::DnsType::A;
    if (auto const* known = cache_.find(*name, type, now())) return known->addresses[0].v4();

    net::IpAddress server;
    {
        threads::MutexGuard guard(network_.lock());
        net::Ipv4Address const dns = network_.stack().ipv4().dns;
        if (dns.is_unspecified()) return base::fail(Error::NetworkUnreachable);
        server = dns;
    }
    LockedRandom random(network_);
    Lookup lookup(*name, type, {&server, 1}, random);
    TRY(ask(lookup, deadline));
    net::wire::DnsAnswer const& answer = lookup.answer();
    cache_.add(*name, type, answer, now());
    switch (answer.outcome) {
        case net::wire::DnsAnswer::Outcome::Found:
            return answer.addresses[0].v4();
        case net::wire::DnsAnswer::Outcome::Failed:
            return base::fail(Error::TimedOut);
        default:
            return base::fail(Error::NoSuchName);
    }
}

base::Result<void, Error> Resolver::ask(Lookup& lookup, Instant deadline) {
    while (!lookup.is_over()) {
        if (now() < lookup.deadline()) threads::sleep_until(earlier(deadline, lookup.deadline()));
        if (now() >= deadline) return base::fail(Error::TimedOut);
        net::Bytes const question = lookup.next_question(now());
        if (question.empty()) break;
        Instant const until = earlier(lookup.deadline(), deadline);
        if (lookup.by_stream())
            ask_by_stream(lookup, question, until);
        else
            ask_by_datagram(lookup, question, until);
    }
    return {};
}

// A socket of its own, so that its port is a new one; with a peer, so that only the server is
// heard. [rfc5452 §9.2]
void Resolver::ask_by_datagram(Lookup& lookup, net::Bytes question, Instant deadline) {
    auto bound = UdpSocket::bind(network_);
    bool const sent = bound && bound.value().connect({lookup.server(), net::wire::dns_port}) &&
                      bound.value().send(question, deadline);
    if (!sent) return lookup.on_failure(now());
    // Until the next one is due, which may be sooner than it was: another server, or a stream.
    while (!lookup.is_over() && now() < earlier(deadline, lookup.deadline())) {
        auto const got = bound.value().receive(answer_, earlier(deadline, lookup.deadline()));
        if (got)
            take(lookup, net::Bytes(answer_, got.value().length));
        else if (got.error() != Error::TimedOut)
            return lookup.on_failure(now());  // ICMP says that nobody is there
    }
}

// The message behind its length. [rfc1035 §4.2.2]
void Resolver::ask_by_stream(Lookup& lookup, net::Bytes question, Instant deadline) {
    auto connected = TcpSocket::connect(network_, {lookup.server(), net::wire::dns_port}, deadline);
    if (!connected) return lookup.on_failure(now());
    TcpSocket& socket = connected.value();
    std::uint8_t length[2];
    net::wire::store_be16(length, static_cast<std::uint16_t>(question.size()));
    if (!socket.write(length, deadline) || !socket.write(question, deadline)) return lookup.on_failure(now());
    std::size_t have = 0, wanted = 2;
    while (have < wanted) {
        auto const got = socket.read({answer_ + have, wanted - have}, deadline);
        if (!got || got.value() == 0) return lookup.on_failure(now());
        have += got.value();
        if (have == 2) wanted = 2 + std::size_t{net::wire::load_be16(answer_)};
        if (wanted > sizeof answer_) return lookup.on_failure(now());
    }
    take(lookup, net::Bytes(answer_ + 2, wanted - 2));
}

void Resolver::take(Lookup& lookup, net::Bytes answer) {
    auto const drop = lookup.on_answer(answer, now());
    if (!drop) return;
    threads::MutexGuard guard(network_.lock());
    network_.stack().count(*drop);
}

}  // namespace platform
