// SPDX-License-Identifier: MIT
//
// DNS messages: one question, and what a server knows about it. [rfc1035 §4.1]
//
//     0  id: ties an answer to its question
//     2  QR | opcode | AA TC RD | RA | rcode     (TC: cut off, ask by TCP)
//     4  how many questions, 6 answers, 8 authorities, 10 additional records
//    12  name, type, class                       the question
//        name, type, class, TTL, length, data    each record
//
// A name is labels of up to 63 octets, each behind its length, and a zero. Two bits of a
// length say that the rest of the name stands elsewhere, at an earlier place: a pointer.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"

namespace net::wire {

constexpr Port dns_port{53};

// As on the wire without pointers, in lower case: names differ by more than that. [rfc4343 §3]
class DnsName {
public:
    static constexpr std::size_t largest = 255;

    DnsName() = default;
    // "www.example.com", with a dot at its end or without. Nothing if it is no name.
    static std::optional<DnsName> from_text(std::string_view);
    // The name that begins at `at`, which moves behind it.
    static base::Result<DnsName, Drop> parse(Bytes message, std::size_t& at);

    Bytes octets() const { return Bytes(octets_.data(), length_); }
    friend bool operator==(DnsName const& a, DnsName const& b) {
        return a.length_ == b.length_ && std::memcmp(a.octets_.data(), b.octets_.data(), a.length_) == 0;
    }

private:
    bool append(Bytes label);
    void end() { octets_[length_++] = 0; }

    std::array<std::uint8_t, largest> octets_{};
    std::uint8_t length_ = 0;
};

enum class DnsType : std::uint16_t { A = 1, Cname = 5, Aaaa = 28 };

struct DnsQuestion {
    static constexpr std::size_t largest_size = 12 + DnsName::largest + 4;
    std::uint16_t id = 0;
    DnsName name;
    DnsType type = DnsType::A;

    // Writes size() octets: a question to a server that asks others for us.
    std::size_t size() const { return 12 + name.octets().size() + 4; }
    void emit(std::uint8_t* to) const;
};

struct DnsAnswer {
    enum class Outcome : std::uint8_t {
        Found,
        NoSuchName,
        NoAddress,  // the name exists, or points to one that points...
        CutOff,     // it did not fit into a datagram
        Failed,     // the server cannot or does not want to
    };
    static constexpr std::size_t most_addresses = 4;

    Outcome outcome = Outcome::Failed;
    std::array<IpAddress, most_addresses> addresses{};
    std::uint8_t count = 0;
    std::uint32_t seconds = 0;  // for which it may be remembered

    // DnsNotOurs: an answer to something else, as anybody may send who guesses. Records about
    // other names than the one asked for, and those that it stands for, are not looked at.
    static base::Result<DnsAnswer, Drop> parse(Bytes message, DnsQuestion const& asked);
};

}  // namespace net::wire
