// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/wire.hpp"

namespace sim::bench {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view our_mac = "\x52\x55\x0a\x00\x02\x02"sv, guest_mac = "\x52\x54\x00\x12\x34\x56"sv;
constexpr std::string_view our_ip = "\x0a\x00\x02\x02"sv, guest_ip = "\x0a\x00\x02\x0f"sv;
constexpr std::size_t tcp_checksum = 16;

Frame joined(std::initializer_list<std::string_view> parts) {
    Frame frame;
    for (std::string_view const part : parts) frame.insert(frame.end(), part.begin(), part.end());
    return frame;
}

std::uint32_t sum_of(std::span<std::uint8_t const> bytes, std::uint32_t sum = 0) {
    for (std::size_t i = 0; i < bytes.size(); ++i) sum += std::uint32_t{bytes[i]} << (i % 2 ? 0 : 8);
    return sum;
}

std::uint32_t checksum(std::uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

}  // namespace

std::uint32_t get_be(std::span<std::uint8_t const> bytes, std::size_t at, unsigned size) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
    return value;
}

void put_be(std::span<std::uint8_t> bytes, std::size_t at, unsigned size, std::uint32_t value) {
    for (unsigned i = 0; i < size; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
}

Frame arp_request() {
    return joined({"\xff\xff\xff\xff\xff\xff"sv, our_mac, "\x08\x06"sv, "\x00\x01\x08\x00\x06\x04\x00\x01"sv,
                   our_mac, our_ip, "\0\0\0\0\0\0"sv, guest_ip});
}

Frame ip_packet(std::uint8_t protocol, std::span<std::uint8_t const> payload) {
    // Version 4, five words; not to be cut; 64 routers.
    Frame frame =
        joined({guest_mac, our_mac, "\x08\x00"sv, "\x45\0\0\0\0\0\x40\0\x40\0\0\0"sv, our_ip, guest_ip});
    std::span<std::uint8_t> const ip = std::span(frame).subspan(ethernet_header);
    put_be(ip, 2, 2, static_cast<std::uint32_t>(ip_header + payload.size()));
    ip[9] = protocol;
    put_be(ip, 10, 2, checksum(sum_of(ip)));
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
}

Frame tcp_packet(std::vector<std::uint8_t> segment) {
    Frame pseudo = joined({our_ip, guest_ip, "\0\x06\0\0"sv});
    put_be(pseudo, 10, 2, static_cast<std::uint32_t>(segment.size()));
    put_be(segment, tcp_checksum, 2, 0);
    put_be(segment, tcp_checksum, 2, checksum(sum_of(segment, sum_of(pseudo))));
    return ip_packet(ip_tcp, segment);
}

}  // namespace sim::bench
