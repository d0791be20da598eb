// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/tcp_segments.hpp"

#include <algorithm>

namespace sim::devices {
namespace {

using Bytes = std::span<std::uint8_t const>;

constexpr std::size_t ethernet = 14, smallest_ip = 20, smallest_tcp = 20;
constexpr std::uint8_t tcp_protocol = 6;
constexpr std::uint8_t fin = 0x01, push = 0x08, window_reduced = 0x80;  // [rfc9293 §3.1], [rfc3168 §6.1]

std::uint32_t get(Bytes bytes, std::size_t at, unsigned size) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
    return value;
}

void put(std::span<std::uint8_t> bytes, std::size_t at, unsigned size, std::uint32_t value) {
    for (unsigned i = 0; i < size; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
}

// Not complemented. [rfc1071]
std::uint16_t sum_of(Bytes bytes, std::uint32_t sum = 0) {
    for (std::size_t i = 0; i < bytes.size(); i += 2)
        sum += static_cast<std::uint32_t>(bytes[i] << 8) | (i + 1 < bytes.size() ? bytes[i + 1] : 0u);
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

// Both addresses, the protocol and the length of header and payload.
std::uint32_t sum_of_pseudo_header(Bytes frame, std::size_t tcp) {
    return sum_of(frame.subspan(ethernet + 12, 8),
                  tcp_protocol + static_cast<std::uint32_t>(frame.size() - tcp));
}

struct Places {
    std::size_t tcp = 0, payload = 0;
    std::string_view error;
};

Places find_tcp4(Bytes frame) {
    if (frame.size() < ethernet + smallest_ip || get(frame, 12, 2) != 0x0800 || frame[ethernet] >> 4 != 4)
        return {0, 0, "it is not IPv4"};
    std::size_t const ip_length = std::size_t{frame[ethernet]} % 16 * 4, tcp = ethernet + ip_length;
    std::size_t const total = get(frame, ethernet + 2, 2);
    if (ip_length < smallest_ip || frame[ethernet + 9] != tcp_protocol || frame.size() < tcp + smallest_tcp)
        return {0, 0, "it is not TCP"};
    std::size_t const payload = tcp + std::size_t{frame[tcp + 12]} / 16 * 4;
    if (payload < tcp + smallest_tcp || payload > frame.size() || ethernet + total != frame.size())
        return {0, 0, "its lengths contradict each other"};
    return {tcp, payload, {}};
}

}  // namespace

bool complete_checksum(std::span<std::uint8_t> frame, std::size_t start, std::size_t offset) {
    if (start > frame.size() || offset > frame.size() - start || frame.size() - start - offset < 2)
        return false;
    put(frame, start + offset, 2, static_cast<std::uint16_t>(~sum_of(frame.subspan(start))));
    return true;
}

Segments cut_tcp4(Bytes frame, std::size_t size) {
    constexpr std::size_t most_segments = 1024;  // of 64 bytes they would be as many
    if (size == 0 || frame.size() / size >= most_segments) return {{}, "segments of too few bytes"};
    auto const [tcp, head, error] = find_tcp4(frame);
    if (!error.empty()) return {{}, error};

    Segments result;
    Bytes const payload = frame.subspan(head);
    for (std::size_t at = 0; at == 0 || at < payload.size(); at += size) {
        Bytes const part = payload.subspan(at, std::min(size, payload.size() - at));
        bool const last = at + part.size() == payload.size();
        std::vector<std::uint8_t> piece(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(head));
        piece.insert(piece.end(), part.begin(), part.end());

        std::span const bytes(piece);
        put(bytes, ethernet + 2, 2, static_cast<std::uint32_t>(piece.size() - ethernet));
        put(bytes, ethernet + 4, 2,
            get(frame, ethernet + 4, 2) + static_cast<std::uint32_t>(result.frames.size()));
        put(bytes, ethernet + 10, 2, 0);
        put(bytes, ethernet + 10, 2,
            static_cast<std::uint16_t>(~sum_of(bytes.subspan(ethernet, tcp - ethernet))));

        put(bytes, tcp + 4, 4, get(frame, tcp + 4, 4) + static_cast<std::uint32_t>(at));
        if (!last) piece[tcp + 13] &= static_cast<std::uint8_t>(~(fin | push));
        if (at != 0) piece[tcp + 13] &= static_cast<std::uint8_t>(~window_reduced);
        put(bytes, tcp + 16, 2, sum_of_pseudo_header(bytes, tcp));
        complete_checksum(bytes, tcp, 16);
        result.frames.push_back(std::move(piece));
    }
    return result;
}

std::optional<TcpPlaces> leave_checksum_open(std::span<std::uint8_t> frame) {
    constexpr std::uint32_t fragment = 0x3FFF;  // more of them, or not the first
    auto const [tcp, payload, error] = find_tcp4(frame);
    if (!error.empty() || (get(frame, ethernet + 6, 2) & fragment) != 0) return std::nullopt;
    std::uint32_t const pseudo = sum_of_pseudo_header(frame, tcp);
    if (sum_of(frame.subspan(ethernet, tcp - ethernet)) != 0xFFFF ||
        sum_of(frame.subspan(tcp), pseudo) != 0xFFFF)
        return std::nullopt;
    put(frame, tcp + 16, 2, pseudo);
    return TcpPlaces{static_cast<std::uint16_t>(tcp), static_cast<std::uint16_t>(payload)};
}

}  // namespace sim::devices
