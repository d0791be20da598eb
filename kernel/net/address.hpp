// SPDX-License-Identifier: MIT
//
// Addresses as values that do not mix: MAC, IPv4, IPv6, IP of either version, port,
// and the endpoint that a socket speaks of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace net {

class MacAddress {
public:
    constexpr MacAddress() = default;
    explicit constexpr MacAddress(std::array<std::uint8_t, 6> octets) : octets_(octets) {}

    static constexpr MacAddress broadcast() { return MacAddress({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}); }
    constexpr std::array<std::uint8_t, 6> const& octets() const { return octets_; }
    constexpr bool is_zero() const { return *this == MacAddress(); }
    constexpr bool is_broadcast() const { return *this == broadcast(); }
    // The group bit: broadcast and multicast. Such an address is never a sender's. [ieee-802.3 §3.2.3]
    constexpr bool is_group() const { return (octets_[0] & 1) != 0; }
    friend constexpr bool operator==(MacAddress const&, MacAddress const&) = default;

private:
    std::array<std::uint8_t, 6> octets_{};
};

// value() has 10.0.2.15 as 0x0a00020f: the first octet is the highest.
class Ipv4Address {
public:
    constexpr Ipv4Address() = default;
    explicit constexpr Ipv4Address(std::uint32_t value) : value_(value) {}
    constexpr Ipv4Address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
        : value_(std::uint32_t{a} << 24 | std::uint32_t{b} << 16 | std::uint32_t{c} << 8 | d) {}

    static constexpr Ipv4Address any() { return Ipv4Address(); }
    static constexpr Ipv4Address broadcast() { return Ipv4Address(0xffff'ffff); }
    constexpr std::uint32_t value() const { return value_; }
    constexpr bool is_unspecified() const { return value_ == 0; }
    constexpr bool is_broadcast() const { return value_ == 0xffff'ffff; }
    constexpr bool is_multicast() const { return value_ >> 28 == 0xe; }   // 224.0.0.0/4
    constexpr bool is_loopback() const { return value_ >> 24 == 127; }    // 127.0.0.0/8
    constexpr bool is_this_network() const { return value_ >> 24 == 0; }  // 0.0.0.0/8
    constexpr bool is_reserved() const { return value_ >> 28 == 0xf; }    // 240.0.0.0/4, broadcast included
    // May stand as the source of a packet or name a host. [rfc1122 §3.2.1.3]
    constexpr bool is_unicast() const {
        return !is_this_network() && !is_loopback() && !is_multicast() && !is_reserved();
    }
    friend constexpr bool operator==(Ipv4Address, Ipv4Address) = default;

private:
    std::uint32_t value_ = 0;
};

// Our address on the link, how to leave it, and who knows names.
struct Ipv4Configuration {
    using NameServers = std::array<Ipv4Address, 3>;

    Ipv4Address address;
    std::uint8_t prefix_length = 0;  // 24 for a mask of 255.255.255.0
    Ipv4Address gateway;             // unspecified: there is none
    NameServers name_servers{};      // the preferred one first; unspecified: there is none

    constexpr std::uint32_t mask() const {
        return static_cast<std::uint32_t>(~std::uint64_t{0} << (32 - prefix_length));
    }
    constexpr bool on_link(Ipv4Address other) const {
        return ((other.value() ^ address.value()) & mask()) == 0;
    }
    // The broadcast address of our subnet; a /31 or /32 has none. [rfc3021]
    constexpr bool is_subnet_broadcast(Ipv4Address other) const {
        return prefix_length < 31 && !address.is_unspecified() &&
               other.value() == (address.value() | 0xffff'ffffu >> prefix_length);
    }
    constexpr bool is_configured() const { return !address.is_unspecified(); }
    friend constexpr bool operator==(Ipv4Configuration const&, Ipv4Configuration const&) = default;
};

// high() and low() are the halves as they are written: 2001:db8::1 has 0x2001'0db8'0000'0000
// and 1. [rfc4291 §2]
class Ipv6Address {
public:
    constexpr Ipv6Address() = default;
    constexpr Ipv6Address(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}

    static constexpr Ipv6Address any() { return Ipv6Address(); }
    static constexpr Ipv6Address all_nodes() { return Ipv6Address(0xff02ull << 48, 1); }
    static constexpr Ipv6Address all_routers() { return Ipv6Address(0xff02ull << 48, 2); }
    static constexpr Ipv6Address all_report_listeners() { return Ipv6Address(0xff02ull << 48, 0x16); }
    // Who asks for our MAC asks this group: it has few members. [rfc4291 §2.7.1]
    constexpr Ipv6Address solicited_node() const {
        return Ipv6Address(0xff02ull << 48, 0x1'ff00'0000 | (low_ & 0xff'ffff));
    }

    constexpr std::uint64_t high() const { return high_; }
    constexpr std::uint64_t low() const { return low_; }
    constexpr bool is_unspecified() const { return high_ == 0 && low_ == 0; }
    constexpr bool is_loopback() const { return high_ == 0 && low_ == 1; }
    constexpr bool is_multicast() const { return high_ >> 56 == 0xff; }    // ff00::/8
    constexpr bool is_link_local() const { return high_ >> 54 == 0x3fa; }  // fe80::/10
    constexpr bool is_ipv4_mapped() const { return high_ == 0 && low_ >> 32 == 0xffff; }
    // May stand as the source of a packet or name a host. [rfc4291 §2.5]
    constexpr bool is_unicast() const {
        return !is_unspecified() && !is_loopback() && !is_multicast() && !is_ipv4_mapped();
    }
    // The first `length` bits agree.
    constexpr bool has_prefix(Ipv6Address prefix, unsigned length) const {
        std::uint64_t const high = length >= 64 ? ~0ull : length == 0 ? 0 : ~0ull << (64 - length);
        std::uint64_t const low = length <= 64 ? 0 : length >= 128 ? ~0ull : ~0ull << (128 - length);
        return ((high_ ^ prefix.high_) & high) == 0 && ((low_ ^ prefix.low_) & low) == 0;
    }
    friend constexpr bool operator==(Ipv6Address, Ipv6Address) = default;

private:
    std::uint64_t high_ = 0;
    std::uint64_t low_ = 0;
};

// An address of either version in 16 octets; IPv4 is stored mapped, as
// ::ffff:a.b.c.d, so that comparing needs no case distinction. [rfc4291 §2.5.5.2]
class IpAddress {
public:
    constexpr IpAddress() = default;  // ::, any address of either version
    constexpr IpAddress(Ipv4Address v4) : low_(0xffff'0000'0000 | v4.value()) {}
    constexpr IpAddress(Ipv6Address v6) : high_(v6.high()), low_(v6.low()) {}

    constexpr bool is_v4() const { return high_ == 0 && low_ >> 32 == 0xffff; }
    constexpr Ipv4Address v4() const { return Ipv4Address(static_cast<std::uint32_t>(low_)); }  // if is_v4()
    constexpr Ipv6Address v6() const { return Ipv6Address(high_, low_); }                       // if not
    constexpr bool is_unspecified() const { return high_ == 0 && (low_ == 0 || low_ == 0xffff'0000'0000); }
    constexpr std::uint64_t high() const { return high_; }
    constexpr std::uint64_t low() const { return low_; }
    friend constexpr bool operator==(IpAddress const&, IpAddress const&) = default;

private:
    std::uint64_t high_ = 0;
    std::uint64_t low_ = 0;
};

class Port {
public:
    constexpr Port() = default;  // 0: none, or any
    explicit constexpr Port(std::uint16_t value) : value_(value) {}
    constexpr std::uint16_t value() const { return value_; }
    constexpr bool is_any() const { return value_ == 0; }
    friend constexpr bool operator==(Port, Port) = default;

private:
    std::uint16_t value_ = 0;
};

struct Endpoint {
    IpAddress address;
    Port port;
    friend constexpr bool operator==(Endpoint const&, Endpoint const&) = default;
};

}  // namespace net
