// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/packet_layers.hpp"

namespace sim::debug::packets {

std::string mac(Window w, std::size_t at) {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", w.u8(at), w.u8(at + 1), w.u8(at + 2),
                       w.u8(at + 3), w.u8(at + 4), w.u8(at + 5));
}
std::string ipv4(Window w, std::size_t at) {
    return fmt::format("{}.{}.{}.{}", w.u8(at), w.u8(at + 1), w.u8(at + 2), w.u8(at + 3));
}

std::string printable(std::span<std::uint8_t const> bytes, std::size_t most) {
    std::string text;
    for (std::uint8_t b : bytes.first(std::min(bytes.size(), most))) {
        if (b == '\r')
            text += "\\r";
        else if (b == '\n')
            text += "\\n";
        else
            text += b >= 32 && b < 127 ? static_cast<char>(b) : '.';
    }
    return text;
}

std::uint32_t sum_words(std::span<std::uint8_t const> bytes, std::uint32_t sum) {
    for (std::size_t i = 0; i < bytes.size(); i += 2)
        sum += std::uint32_t{bytes[i]} << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

void add_checksum(Layer& layer, Window w, std::size_t at, std::uint32_t sum, bool offloaded,
                  char const* name) {
    std::uint16_t const stored = w.u16(at);
    PacketField& f = layer.add(name, fmt::format("{:#06x}", stored), at, 2);
    if (f.bad) return;
    if (sum == 0xffff) {
        f.remark = "correct";
    } else if (offloaded) {
        f.remark = "left to the device";
    } else {
        // Take the stored value out of the one's complement sum to find the right one.
        std::uint32_t rest = sum + (0xffffU - stored);
        while (rest >> 16) rest = (rest & 0xffff) + (rest >> 16);
        layer.mark_bad(f, fmt::format("wrong, should be {:#06x}", (~rest) & 0xffff));
    }
}

}  // namespace sim::debug::packets
