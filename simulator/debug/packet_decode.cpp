// SPDX-License-Identifier: GPL-2.0-or-later
//
// The way in, Ethernet, ARP, IPv4.
#include "simulator/debug/packet_decode.hpp"

#include "simulator/debug/packet_layers.hpp"

namespace sim::debug {

namespace packets {

void Decoder::ethernet(Window w) {
    Layer layer("Ethernet", w, 14);
    if (cut(layer, w, 14, Protocol::ethernet)) return;
    packet_.destination = mac(w, 0);
    packet_.source = mac(w, 6);
    layer.add("Destination", packet_.destination, 0, 6).remark = packet_.destination == "ff:ff:ff:ff:ff:ff"
                                                                     ? "broadcast"
                                                                 : w.u8(0) & 1 ? "multicast"
                                                                               : "";
    layer.add("Source", packet_.source, 6, 6);
    std::uint16_t const type = w.u16(12);
    char const* const name = type == 0x0800   ? "IPv4"
                             : type == 0x0806 ? "ARP"
                             : type == 0x86dd ? "IPv6"
                             : type < 1536    ? "a length: IEEE 802.3"
                                              : "unknown";
    layer.add("Type", fmt::format("{:#06x}", type), 12, 2).remark = name;
    layer.summary(fmt::format("{} -> {}", packet_.source, packet_.destination));
    packet_.info = fmt::format("type {:#06x} ({})", type, name);
    push(layer, Protocol::ethernet);
    Window const payload = w.from(14);
    if (type == 0x0800)
        ip(payload);
    else if (type == 0x0806)
        arp(payload);
    else if (payload.size())
        data(payload);
}

void Decoder::arp(Window w) {  // [rfc826]
    Layer layer("ARP", w, 28);
    if (cut(layer, w, 28, Protocol::arp)) return;
    layer.add("Hardware type", fmt::format("{}", w.u16(0)), 0, 2).remark =
        w.u16(0) == 1 ? "Ethernet" : "unknown";
    layer.add("Protocol type", fmt::format("{:#06x}", w.u16(2)), 2, 2).remark =
        w.u16(2) == 0x0800 ? "IPv4" : "unknown";
    layer.add("Hardware length", fmt::format("{}", w.u8(4)), 4, 1);
    layer.add("Protocol length", fmt::format("{}", w.u8(5)), 5, 1);
    std::uint16_t const operation = w.u16(6);
    PacketField& op = layer.add("Operation", fmt::format("{}", operation), 6, 2);
    op.remark = operation == 1 ? "request" : operation == 2 ? "reply" : "unknown";
    if (w.u8(4) != 6 || w.u8(5) != 4) {
        layer.mark_bad("not Ethernet and IPv4");
        packet_.info = "ARP, not for IPv4";
        push(layer, Protocol::arp);
        return;
    }
    layer.add("Sender hardware address", mac(w, 8), 8, 6);
    layer.add("Sender address", ipv4(w, 14), 14, 4);
    layer.add("Target hardware address", mac(w, 18), 18, 6);
    layer.add("Target address", ipv4(w, 24), 24, 4);
    if (operation == 1)
        packet_.info = ipv4(w, 14) == ipv4(w, 24)
                           ? fmt::format("announces {}", ipv4(w, 24))
                           : fmt::format("who has {}? tell {}", ipv4(w, 24), ipv4(w, 14));
    else if (operation == 2)
        packet_.info = fmt::format("{} is at {}", ipv4(w, 14), mac(w, 8));
    else
        packet_.info = fmt::format("ARP operation {}", operation);
    layer.summary(packet_.info);
    push(layer, Protocol::arp);
}

void Decoder::ip(Window w) {  // [rfc791 §3.1]
    std::size_t const header = (w.u8(0) & 15) * std::size_t{4};
    Layer layer("IPv4", w, std::max<std::size_t>(header, 20));
    if (cut(layer, w, 20, Protocol::ipv4)) return;
    PacketField& version = layer.add("Version", fmt::format("{}", w.u8(0) >> 4), 0, 1);
    if (w.u8(0) >> 4 != 4) layer.mark_bad(version, "should be 4");
    PacketField& length = layer.add("Header length", fmt::format("{}", header), 0, 1);
    if (header < 20 || header > w.size()) {
        layer.mark_bad(length, "impossible");
        packet_.info = "IPv4 with an impossible header length";
        push(layer, Protocol::ipv4);
        return;
    }
    layer.add("Type of service", fmt::format("{:#04x}", w.u8(1)), 1, 1);
    std::size_t const total = w.u16(2);
    PacketField& total_field = layer.add("Total length", fmt::format("{}", total), 2, 2);
    if (total < header || total > w.size())
        layer.mark_bad(total_field, total < header ? "shorter than the header"
                                                   : fmt::format("only {} bytes are here", w.size()));
    layer.add("Identification", fmt::format("{:#06x}", w.u16(4)), 4, 2);
    std::uint16_t const fragment = w.u16(6);
    std::string flags;
    if (fragment & 0x4000) flags += "don't fragment ";
    if (fragment & 0x2000) flags += "more fragments ";
    if (fragment & 0x8000) flags += "reserved ";
    layer.add("Flags", flags.empty() ? "none" : flags.substr(0, flags.size() - 1), 6, 1);
    layer.add("Fragment offset", fmt::format("{}", (fragment & 0x1fff) * 8), 6, 2);
    layer.add("Time to live", fmt::format("{}", w.u8(8)), 8, 1);
    std::uint8_t const protocol = w.u8(9);
    layer.add("Protocol", fmt::format("{}", protocol), 9, 1).remark = protocol == 1    ? "ICMP"
                                                                      : protocol == 6  ? "TCP"
                                                                      : protocol == 17 ? "UDP"
                                                                                       : "unknown";
    add_checksum(layer, w, 10, sum_words(w.sub(0, header).bytes()), false, "Header checksum");
    packet_.source = ipv4(w, 12);
    packet_.destination = ipv4(w, 16);
    layer.add("Source", packet_.source, 12, 4);
    layer.add("Destination", packet_.destination, 16, 4);
    if (header > 20) layer.add("Options", fmt::format("{} bytes", header - 20), 20, header - 20);
    layer.summary(fmt::format("{} -> {}", packet_.source, packet_.destination));
    packet_.info = fmt::format("IPv4 protocol {}", protocol);
    push(layer, Protocol::ipv4);

    // What lies beyond the total length is Ethernet padding. [rfc894]
    std::size_t const payload_length = total >= header ? std::min(total, w.size()) - header : 0;
    Window const payload = w.sub(header, payload_length);
    if (fragment & 0x1fff) {
        packet_.info = fmt::format("fragment at {}", (fragment & 0x1fff) * 8);
        data(payload, "Fragment");
    } else if (protocol == 1) {
        icmp(payload);
    } else if (protocol == 6) {
        tcp(w, payload);
    } else if (protocol == 17) {
        udp(w, payload);
    } else if (payload.size()) {
        data(payload);
    }
    if (total < w.size() && total >= header) data(w.from(total), "Padding");
}

}  // namespace packets

char const* name_of(Protocol protocol) {
    switch (protocol) {
        case Protocol::other:
            return "other";
        case Protocol::ethernet:
            return "Ethernet";
        case Protocol::arp:
            return "ARP";
        case Protocol::ipv4:
            return "IPv4";
        case Protocol::ipv6:
            return "IPv6";
        case Protocol::icmp:
            return "ICMP";
        case Protocol::udp:
            return "UDP";
        case Protocol::dhcp:
            return "DHCP";
        case Protocol::dns:
            return "DNS";
        case Protocol::tcp:
            return "TCP";
        case Protocol::http:
            return "HTTP";
    }
    return "";
}

DecodedPacket decode_packet(std::span<std::uint8_t const> frame, bool checksums_offloaded) {
    return packets::Decoder(frame, checksums_offloaded).run();
}

}  // namespace sim::debug
