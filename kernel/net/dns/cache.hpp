// SPDX-License-Identifier: MIT
//
// Addresses that were found, for as long as the server said. A new one takes the place of one
// that is over, or of the one that ends first.
#pragma once

#include "kernel/base/time.hpp"
#include "kernel/net/wire/dns.hpp"

namespace net::dns {

class Cache {
public:
    using Instant = base::Instant;
    static constexpr std::size_t capacity = 16;
    static constexpr std::uint32_t longest = 24 * 3600;  // seconds, whatever the server says

    // Null: not known, or not any more.
    wire::DnsAnswer const* find(wire::DnsName const& name, wire::DnsType type, Instant now) const {
        for (Entry const& entry : entries_)
            if (now < entry.ends && entry.type == type && entry.name == name) return &entry.answer;
        return nullptr;
    }
    void add(wire::DnsName const& name, wire::DnsType type, wire::DnsAnswer const& answer, Instant now) {
        if (answer.outcome != wire::DnsAnswer::Outcome::Found || answer.seconds == 0) return;
        Entry* place = &entries_[0];
        for (Entry& entry : entries_) {
            if (entry.type == type && entry.name == name) {
                place = &entry;
                break;
            }
            if (entry.ends < place->ends) place = &entry;
        }
        std::uint32_t const seconds = answer.seconds < longest ? answer.seconds : longest;
        *place = {name, type, answer, now + base::Duration::seconds(seconds)};
    }

private:
    struct Entry {
        wire::DnsName name;
        wire::DnsType type = wire::DnsType::A;
        wire::DnsAnswer answer;
        Instant ends;
    };
    Entry entries_[capacity];
};

}  // namespace net::dns
