// SPDX-License-Identifier: MIT
#include "kernel/net/dns/preference.hpp"

#include <cstdint>

namespace net::dns {
namespace {

// Kinds of addresses: the higher precedence is tried first, and one speaks to the same label
// best. The first that fits. [rfc6724 §2.1, §10.6]
struct Policy {
    Ipv6Address prefix;
    std::uint8_t length;
    std::uint8_t precedence;
    std::uint8_t label;
};
constexpr Policy policies[] = {
    {{0, 1}, 128, 50, 0},                     // ourselves
    {{0, 0xffff'0000'0000}, 96, 35, 4},       // IPv4
    {{0, 0}, 96, 1, 3},                       // IPv4 within IPv6, of old
    {{0x2001'0000'0000'0000, 0}, 32, 5, 5},   // Teredo
    {{0x2002'0000'0000'0000, 0}, 16, 30, 2},  // 6to4
    {{0x3ffe'0000'0000'0000, 0}, 16, 1, 12},  // the 6bone, which is no more
    {{0xfec0'0000'0000'0000, 0}, 10, 1, 11},  // site-local, of old
    {{0xfc00'0000'0000'0000, 0}, 7, 3, 13},   // unique local
    {{0, 0}, 0, 40, 1},                       // all others
};

constexpr Ipv6Address as_v6(IpAddress address) { return Ipv6Address(address.high(), address.low()); }

Policy const& policy_of(IpAddress address) {
    Policy const* policy = policies;
    while (!as_v6(address).has_prefix(policy->prefix, policy->length)) ++policy;
    return *policy;
}

// How far it reaches, as multicast counts it. [rfc6724 §3.1, §3.2]
unsigned scope_of(IpAddress address) {
    constexpr unsigned link = 2, global = 14;
    bool const is_of_link = address.is_v4()
                                ? address.v4().value() >> 16 == 0xa9fe || address.v4().is_loopback()
                                : address.v6().is_link_local() || address.v6().is_loopback();
    return is_of_link ? link : global;
}

unsigned common_bits(Candidate const& one) {
    if (one.address.is_v4()) return 0;
    std::uint64_t const different = one.address.high() ^ one.source.high();
    return different == 0 ? 64 : static_cast<unsigned>(__builtin_clzll(different));
}

// Above 0: a is the better one; below: b is.
int compare(Candidate const& a, Candidate const& b) {
    auto const rate = [](bool of_a, bool of_b) { return int{of_a} - int{of_b}; };
    auto const fits = [](Candidate const& one) { return scope_of(one.address) == scope_of(one.source); };
    auto const matches = [](Candidate const& one) {
        return policy_of(one.address).label == policy_of(one.source).label;
    };
    if (int const usable = rate(!a.source.is_unspecified(), !b.source.is_unspecified())) return usable;  // 1
    if (int const scope = rate(fits(a), fits(b))) return scope;                                          // 2
    if (int const fresh = rate(!a.source_is_fading, !b.source_is_fading)) return fresh;                  // 3
    if (int const label = rate(matches(a), matches(b))) return label;                                    // 5
    if (int const precedence = policy_of(a.address).precedence - policy_of(b.address).precedence)
        return precedence;  // 6
    if (int const nearer = static_cast<int>(scope_of(b.address)) - static_cast<int>(scope_of(a.address)))
        return nearer;  // 8
    return a.address.is_v4() == b.address.is_v4()
               ? static_cast<int>(common_bits(a)) - static_cast<int>(common_bits(b))
               : 0;  // 9
}

}  // namespace

// There are few.
void sort_by_preference(std::span<Candidate> candidates) {
    for (std::size_t i = 1; i < candidates.size(); ++i) {
        Candidate const moving = candidates[i];
        std::size_t at = i;
        for (; at > 0 && compare(moving, candidates[at - 1]) > 0; --at) candidates[at] = candidates[at - 1];
        candidates[at] = moving;
    }
}

}  // namespace net::dns
