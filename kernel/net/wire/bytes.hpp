// SPDX-License-Identifier: MIT
//
// Reading and writing integers in network byte order at any offset of a packet.
// Whoever calls has checked that the octets are there; each wire format does it
// once, when its view is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernel/base/assert.hpp"
#include "kernel/net/address.hpp"
#include "kernel/net/frame.hpp"

namespace net::wire {

inline std::uint16_t load_be16(std::uint8_t const* at) {
    std::uint16_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return __builtin_bswap16(raw);
}
inline std::uint32_t load_be32(std::uint8_t const* at) {
    std::uint32_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return __builtin_bswap32(raw);
}
inline std::uint64_t load_be64(std::uint8_t const* at) {
    std::uint64_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return __builtin_bswap64(raw);
}
inline void store_be16(std::uint8_t* at, std::uint16_t value) {
    value = __builtin_bswap16(value);
    std::memcpy(at, &value, sizeof value);
}
inline void store_be32(std::uint8_t* at, std::uint32_t value) {
    value = __builtin_bswap32(value);
    std::memcpy(at, &value, sizeof value);
}

inline void store_be64(std::uint8_t* at, std::uint64_t value) {
    value = __builtin_bswap64(value);
    std::memcpy(at, &value, sizeof value);
}

inline MacAddress load_mac(std::uint8_t const* at) {
    std::array<std::uint8_t, 6> octets;
    std::memcpy(octets.data(), at, 6);
    return MacAddress(octets);
}
inline void store_mac(std::uint8_t* at, MacAddress const& mac) { std::memcpy(at, mac.octets().data(), 6); }
inline Ipv4Address load_ipv4(std::uint8_t const* at) { return Ipv4Address(load_be32(at)); }
inline void store_ipv4(std::uint8_t* at, Ipv4Address address) { store_be32(at, address.value()); }

inline Ipv6Address load_ipv6(std::uint8_t const* at) { return Ipv6Address(load_be64(at), load_be64(at + 8)); }
inline void store_ipv6(std::uint8_t* at, Ipv6Address address) {
    store_be64(at, address.high());
    store_be64(at + 8, address.low());
}

}  // namespace net::wire
