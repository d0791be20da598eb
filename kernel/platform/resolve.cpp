// SPDX-License-Identifier: MIT
#include "kernel/platform/resolve.hpp"

#include "kernel/net/address_text.hpp"
#include "kernel/net/dns/preference.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/random.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/platform/udp_socket.hpp"
#include "kernel/threads/thread.hpp"

namespace platform {
namespace {

using base::Instant;
using net::Error;
using net::wire::DnsAnswer;
using net::wire::DnsType;

// The stack's randomness is under its lock, and so is ours.
class LockedRandom final : public net::RandomSource {
public:
    explicit LockedRandom(Network& network) : network_(network) {}
    std::uint64_t next() override {
        NetworkGuard guard(network_);
        return random_.next();
    }

private:
    Network& network_;
    Random random_;
};

Instant earlier(Instant a, Instant b) { return a < b ? a : b; }

}  // namespace

Resolver::Situation Resolver::look_around() {
    Situation result;
    NetworkGuard guard(network_);
    net::Ipv4Configuration const& v4 = network_.stack().ipv4();
    result.has_v4 = v4.is_configured();
    if (!v4.dns.is_unspecified()) result.servers[result.server_count++] = v4.dns;
    net::nd::Host const* const host = network_.stack().ipv6();
    if (host == nullptr) return result;
    result.has_v6 = host->addresses().has_beyond_link();
    for (auto const& named : host->routers().name_servers())
        if (named.until > now()) result.servers[result.server_count++] = named.address;
    return result;
}

base::Result<Resolver::Found, Error> Resolver::resolve(std::string_view text, Instant deadline) {
    Found found;
    auto const as_v4 = net::parse_ipv4(text);
    auto const as_v6 = net::parse_ipv6(text);
    if (as_v4 || as_v6) {
        found.addresses_[found.count_++] = as_v4 ? net::IpAddress(*as_v4) : net::IpAddress(*as_v6);
        return found;
    }
    auto const name = net::wire::DnsName::from_text(text);
    if (!name) return base::fail(Error::NoSuchName);
    Situation const here = look_around();
    if (here.server_count == 0) return base::fail(Error::NetworkUnreachable);

    Error trouble = Error::NoSuchName;
    for (DnsType const type : {DnsType::Aaaa, DnsType::A}) {
        if (!(type == DnsType::A ? here.has_v4 : here.has_v6)) continue;
        // Some servers are silent about a type that they do not know: it hides no other one.
        bool const is_last = type == DnsType::A || !here.has_v4;
        Instant const begin = now();
        Instant const until = is_last ? deadline : begin + (deadline - begin) / 2;
        auto const got = find(*name, type, {here.servers.data(), here.server_count}, until);
        if (!got || got.value().outcome == DnsAnswer::Outcome::Failed) {
            trouble = Error::TimedOut;
            continue;
        }
        DnsAnswer const& answer = got.value();
        for (std::size_t i = 0; i < answer.count; ++i) found.addresses_[found.count_++] = answer.addresses[i];
        if (answer.outcome != DnsAnswer::Outcome::NoSuchName) continue;
        trouble = Error::NoSuchName;  // of any type [rfc8020 §2]
        break;
    }
    if (found.count_ == 0) return base::fail(trouble);
    sort(found);
    return found;
}

base::Result<DnsAnswer, Error> Resolver::find(net::wire::DnsName const& name, DnsType type,
                                              std::span<net::IpAddress const> servers, Instant deadline) {
    if (DnsAnswer const* const known = cache_.find(name, type, now())) return *known;
    LockedRandom random(network_);
    Lookup lookup(name, type, servers, random);
    TRY(ask(lookup, deadline));
    cache_.add(name, type, lookup.answer(), now());
    return lookup.answer();
}

void Resolver::sort(Found& found) {
    std::array<net::dns::Candidate, most_addresses> candidates;
    {
        NetworkGuard guard(network_);
        net::nd::Host const* const host = network_.stack().ipv6();
        for (std::size_t i = 0; i < found.count_; ++i) {
            net::dns::Candidate& one = candidates[i];
            one.address = found.addresses_[i];
            if (one.address.is_v4()) {
                if (network_.stack().ipv4().is_configured()) one.source = network_.stack().ipv4().address;
            } else if (host != nullptr) {
                auto const source = host->source_for(one.address.v6());
                if (!source) continue;
                one.source = source.value();
                auto const* const own = host->addresses().find(source.value());
                one.source_is_fading = own->state == net::nd::OwnAddress::State::Deprecated;
            }
        }
    }
    net::dns::sort_by_preference({candidates.data(), found.count_});
    for (std::size_t i = 0; i < found.count_; ++i) found.addresses_[i] = candidates[i].address;
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
    NetworkGuard guard(network_);
    network_.stack().count(*drop);
}

}  // namespace platform
