// SPDX-License-Identifier: MIT
//
// One name on its way to an address: what to ask whom, and when again. It has no socket:
//
//     Lookup lookup(name, type, servers, random);
//     while (!lookup.is_over()) {
//         if (now >= lookup.deadline()) send lookup.next_question(now) to lookup.server();
//         wait until something comes or lookup.deadline();
//         lookup.on_answer(what came, now);
//     }
//
// Each question leaves from a new socket, so that its port is a new one, too. By a stream, if
// by_stream() says so: an answer was too long for a datagram. [rfc1035 §4.2] [rfc5452]
#pragma once

#include <span>

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/wire/dns.hpp"

namespace net::dns {

class Lookup {
public:
    using Instant = base::Instant;
    using Duration = base::Duration;
    static constexpr unsigned rounds = 3;  // through all servers, waiting 2, 4 and 8 seconds
    static constexpr std::size_t largest_answer = 4096;
    static constexpr std::size_t largest_datagram = 512;  // without EDNS [rfc1035 §2.3.4]

    // The servers stay where they are.
    Lookup(wire::DnsName const& name, wire::DnsType type, std::span<IpAddress const> servers,
           RandomSource& random);

    Instant deadline() const { return is_over_ ? Instant::never() : ask_at_; }
    // What to send now. Empty: nobody is left to be asked.
    Bytes next_question(Instant now);
    IpAddress server() const { return servers_[(asked_ - 1) % servers_.size()]; }
    bool by_stream() const { return by_stream_; }

    // Something came from the server. What is not an answer to the last question is counted
    // by its reason, and changes nothing.
    std::optional<Drop> on_answer(Bytes message, Instant now);
    // The server cannot be reached, or closed the stream: the next one is asked at once.
    void on_failure(Instant now);

    bool is_over() const { return is_over_; }
    // Outcome::Failed also if nobody answered.
    wire::DnsAnswer const& answer() const { return answer_; }

private:
    void end(wire::DnsAnswer const& answer);

    wire::DnsQuestion question_;
    std::span<IpAddress const> servers_;
    RandomSource& random_;
    std::uint8_t bytes_[wire::DnsQuestion::largest_size] = {};
    unsigned asked_ = 0;  // how often
    bool waiting_ = false;
    bool by_stream_ = false;
    bool is_over_ = false;
    Instant ask_at_;  // when the next question is due
    wire::DnsAnswer answer_;
};

}  // namespace net::dns
