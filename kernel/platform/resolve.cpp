// SPDX-License-Identifier: MIT
#include "kernel/platform/resolve.hpp"

#include "kernel/net/address_text.hpp"
#include "kernel/net/dns/preference.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/random.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/platform/waiting.hpp"

namespace platform {
namespace {

using base::Instant;
using net::Error;
using net::wire::DnsAnswer;
using net::wire::DnsType;
using Outcome = DnsAnswer::Outcome;

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

// As Questions has them, and how long their addresses wait for the other ones: some servers are
// silent about a type that they do not know. IPv6 that may not work should not hide IPv4.
// [rfc8305 §3]
constexpr DnsType types[] = {DnsType::Aaaa, DnsType::A};
constexpr base::Duration patience_after[] = {base::Duration::seconds(1), base::Duration::milliseconds(50)};

}  // namespace

Resolver::Situation Resolver::look_around() {
    Situation result;
    NetworkGuard guard(network_);
    net::Ipv4Configuration const& v4 = network_.stack().ipv4();
    result.has_v4 = v4.is_configured();
    for (net::Ipv4Address const server : v4.name_servers)
        if (!server.is_unspecified()) result.servers[result.server_count++] = server;
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

    LockedRandom random(network_);
    Questions questions;
    Instant enough = deadline;
    auto const add = [&](DnsAnswer const& answer) {
        for (std::size_t i = 0; i < answer.count; ++i) found.addresses_[found.count_++] = answer.addresses[i];
    };
    for (std::size_t i = 0; i < questions.size(); ++i) {
        if (!(types[i] == DnsType::A ? here.has_v4 : here.has_v6)) continue;
        if (DnsAnswer const* const known = cache_.find(*name, types[i], now())) {
            add(*known);
            enough = earlier(enough, now() + patience_after[i]);
        } else {
            questions[i].emplace(*name, types[i], std::span(here.servers.data(), here.server_count), random);
        }
    }
    ask(questions, enough);

    bool is_answered = true, exists = true;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        if (!questions[i]) continue;
        DnsAnswer const& answer = questions[i]->lookup.answer();  // Failed, if there is none
        add(answer);
        if (answer.outcome == Outcome::Failed) is_answered = false;
        if (answer.outcome == Outcome::NoSuchName) exists = false;
        cache_.add(*name, types[i], answer, now());
    }
    if (found.count_ == 0) return base::fail(is_answered || !exists ? Error::NoSuchName : Error::TimedOut);
    sort(found);
    return found;
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

// Until all is answered, or what is known is enough.
void Resolver::ask(Questions& questions, Instant enough) {
    for (;;) {
        Instant next = enough;
        bool is_waiting = false;
        for (std::size_t i = 0; i < questions.size(); ++i) {
            if (!questions[i]) continue;
            Lookup& lookup = questions[i]->lookup;
            if (!lookup.is_over() && lookup.deadline() <= now()) put(*questions[i], enough);
            if (!lookup.is_over()) {
                is_waiting = true;
                next = earlier(next, lookup.deadline());
                continue;
            }
            if (lookup.answer().outcome == Outcome::NoSuchName) return;  // of any type [rfc8020 §2]
            // Counted from when it is seen, at most one turn late.
            if (lookup.answer().count > 0 && questions[i]->socket.is_open())
                enough = earlier(enough, now() + patience_after[i]);
            questions[i]->socket.close();
        }
        if (!is_waiting || now() >= enough) return;
        listen(questions, earlier(next, enough));
    }
}

// A socket for each question, so that its port is a new one; with a peer, so that only the
// server is heard. [rfc5452 §9.2]
void Resolver::put(Asked& asked, Instant deadline) {
    net::Bytes const question = asked.lookup.next_question(now());
    if (question.empty()) return;
    if (asked.lookup.by_stream())
        return put_by_stream(asked.lookup, question, earlier(asked.lookup.deadline(), deadline));
    auto bound = UdpSocket::bind(network_);
    bool const sent = bound && bound.value().connect({asked.lookup.server(), net::wire::dns_port}) &&
                      bound.value().send(question, deadline);
    if (!sent) return asked.lookup.on_failure(now());
    asked.socket = std::move(bound).value();
}

// What comes first, of whichever question.
void Resolver::listen(Questions& questions, Instant until) {
    (void)wait_for(network_, until, [&]() -> base::Result<void, Error> {
        for (auto& asked : questions) {
            if (!asked || asked->lookup.is_over() || !asked->socket.is_open()) continue;
            auto const got = asked->socket.try_receive(answer_);
            if (!got && got.error() == Error::WouldBlock) continue;
            if (got) {
                take(asked->lookup, net::Bytes(answer_, got.value().length));
            } else {
                asked->socket.close();
                asked->lookup.on_failure(now());  // ICMP says that nobody is there
            }
            return {};
        }
        return base::fail(Error::WouldBlock);
    });
}

// The message behind its length. [rfc1035 §4.2.2]
void Resolver::put_by_stream(Lookup& lookup, net::Bytes question, Instant deadline) {
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
