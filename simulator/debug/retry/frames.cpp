// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/retry/frames.hpp"

#include <fmt/format.h>

namespace sim::debug::retry {

std::uint32_t big_endian(std::span<std::uint8_t const> bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size && at + i < bytes.size(); ++i) value = value << 8 | bytes[at + i];
    return value;
}

FrameFields read_frame(std::span<std::uint8_t const> frame, bool from_guest) {
    constexpr std::size_t ip = 14;
    FrameFields f;
    if (frame.size() < ip) return f;
    std::uint32_t const type = big_endian(frame, 12, 2);
    if (type == 0x0806) f.protocol = Protocol::arp;
    if (type != 0x0800 || frame.size() < ip + 20 || frame[ip] >> 4 != 4) return f;
    std::size_t const header = (frame[ip] & 15u) * 4u, total = big_endian(frame, ip + 2, 2);
    bool const fragment = (big_endian(frame, ip + 6, 2) & 0x3FFF) != 0;
    if (header < 20 || total < header || ip + total > frame.size() || fragment) return f;
    f.remote = big_endian(frame, ip + (from_guest ? 16 : 12), 4);
    f.transport = ip + header;
    std::size_t const length = total - header;
    std::uint8_t const protocol = frame[ip + 9];
    if (protocol == 1) f.protocol = Protocol::icmp;
    std::size_t const minimum = protocol == 6 ? 20 : 8;
    if ((protocol != 6 && protocol != 17) || length < minimum) return f;
    auto const source = static_cast<std::uint16_t>(big_endian(frame, f.transport, 2));
    auto const destination = static_cast<std::uint16_t>(big_endian(frame, f.transport + 2, 2));
    std::size_t const head = protocol == 6 ? (frame[f.transport + 12] >> 4) * 4u : 8u;
    if (head < minimum || head > length) return f;
    f.protocol = protocol == 6 ? Protocol::tcp : Protocol::udp;
    f.guest_port = from_guest ? source : destination;
    f.remote_port = from_guest ? destination : source;
    f.payload = f.transport + head;
    f.payload_length = length - head;
    if (protocol == 6) {
        f.sequence = big_endian(frame, f.transport + 4, 4);
        f.acknowledgement = big_endian(frame, f.transport + 8, 4);
        f.flags = frame[f.transport + 13];
    }
    return f;
}

std::string address_text(std::uint32_t address, std::uint16_t port) {
    return fmt::format("{}.{}.{}.{}:{}", address >> 24, address >> 16 & 255, address >> 8 & 255,
                       address & 255, port);
}

void replace(std::span<std::uint8_t> frame, FrameFields const& fields, std::size_t at, std::size_t size,
             std::uint32_t value) {
    std::size_t const checksum = fields.transport + (fields.protocol == Protocol::tcp ? 16 : 6);
    std::size_t const first = fields.transport + at;
    if (first + size > frame.size()) return;
    std::uint32_t const old = big_endian(frame, checksum, 2);
    // One's complement: a byte counts by whether it is the first or second of its word.
    std::uint32_t sum = ~old & 0xFFFF;
    for (std::size_t i = 0; i < size; ++i) {
        auto const byte = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
        unsigned const shift = (at + i) % 2 == 0 ? 8 : 0;
        sum += (~(std::uint32_t{frame[first + i]} << shift) & 0xFFFF) + (std::uint32_t{byte} << shift);
        frame[first + i] = byte;
    }
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    std::uint32_t changed = ~sum & 0xFFFF;
    if (fields.protocol == Protocol::udp) {
        if (old == 0) return;  // none
        if (changed == 0) changed = 0xFFFF;
    }
    frame[checksum] = static_cast<std::uint8_t>(changed >> 8);
    frame[checksum + 1] = static_cast<std::uint8_t>(changed);
}

}  // namespace sim::debug::retry
