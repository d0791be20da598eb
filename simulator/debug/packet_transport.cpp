// SPDX-License-Identifier: GPL-2.0-or-later
//
// ICMP, UDP, TCP.
#include "simulator/debug/packet_layers.hpp"

namespace sim::debug::packets {

namespace {

// The sum over the pseudo-header of TCP and UDP. [rfc9293 §3.1]
std::uint32_t pseudo_header(Window ip, std::uint8_t protocol, std::size_t length) {
    return sum_words(ip.sub(12, 8).bytes(), protocol + static_cast<std::uint32_t>(length));
}

std::string tcp_flag_names(std::uint8_t flags) {
    static constexpr char const* names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    // The order in which people say them: SYN ACK, FIN ACK.
    static constexpr unsigned order[] = {1, 0, 2, 3, 4, 5, 6, 7};
    std::string text;
    for (unsigned i : order)
        if (flags >> i & 1) text += fmt::format("{}{}", text.empty() ? "" : " ", names[i]);
    return text.empty() ? "none" : text;
}

}  // namespace

void Decoder::icmp(Window w) {  // [rfc792]
    Layer layer("ICMP", w, 8);
    if (cut(layer, w, 8, Protocol::icmp)) return;
    std::uint8_t const type = w.u8(0), code = w.u8(1);
    std::string what = type == 0    ? "echo reply"
                       : type == 3  ? "destination unreachable"
                       : type == 8  ? "echo request"
                       : type == 11 ? "time exceeded"
                                    : fmt::format("type {}", type);
    if (type == 3) {
        constexpr char const* codes[] = {"network", "host", "protocol", "port", "fragmentation needed"};
        if (code < std::size(codes)) what += fmt::format(" ({})", codes[code]);
    }
    layer.add("Type", fmt::format("{}", type), 0, 1).remark = what;
    layer.add("Code", fmt::format("{}", code), 1, 1);
    add_checksum(layer, w, 2, sum_words(w.bytes()), false, "Checksum");
    packet_.info = what;
    if (type == 0 || type == 8) {
        layer.add("Identifier", fmt::format("{:#06x}", w.u16(4)), 4, 2);
        layer.add("Sequence number", fmt::format("{}", w.u16(6)), 6, 2);
        packet_.info = fmt::format("{} id={:#06x} seq={}", what, w.u16(4), w.u16(6));
    } else {
        layer.add("Rest of header", fmt::format("{:#010x}", w.u32(4)), 4, 4);
    }
    layer.summary(packet_.info);
    push(layer, Protocol::icmp);
    if (w.size() > 8) data(w.from(8));
}

void Decoder::udp(Window ip_header, Window w) {  // [rfc768]
    Layer layer("UDP", w, 8);
    if (cut(layer, w, 8, Protocol::udp)) return;
    std::uint16_t const source = w.u16(0), destination = w.u16(2), length = w.u16(4);
    layer.add("Source port", fmt::format("{}", source), 0, 2);
    layer.add("Destination port", fmt::format("{}", destination), 2, 2);
    PacketField& length_field = layer.add("Length", fmt::format("{}", length), 4, 2);
    if (length < 8 || length > w.size())
        layer.mark_bad(length_field, fmt::format("{} bytes are here", w.size()));
    std::size_t const real = length >= 8 ? std::min<std::size_t>(length, w.size()) : w.size();
    if (w.u16(6) == 0) {
        layer.add("Checksum", "0x0000", 6, 2).remark = "none";
    } else {
        add_checksum(layer, w, 6, sum_words(w.sub(0, real).bytes(), pseudo_header(ip_header, 17, real)),
                     offloaded_, "Checksum");
    }
    packet_.source += fmt::format(":{}", source);
    packet_.destination += fmt::format(":{}", destination);
    packet_.info = fmt::format("{} -> {}, {} bytes", source, destination, real - 8);
    layer.summary(packet_.info);
    push(layer, Protocol::udp);
    Window const payload = w.sub(8, real - 8);
    bool const is_dhcp = (source == 67 || source == 68) && (destination == 67 || destination == 68);
    if (is_dhcp)
        dhcp(payload);
    else if (payload.size())
        data(payload);
}

void Decoder::tcp(Window ip_header, Window w) {  // [rfc9293 §3.1]
    std::size_t const header = (w.u8(12) >> 4) * std::size_t{4};
    Layer layer("TCP", w, std::max<std::size_t>(header, 20));
    if (cut(layer, w, 20, Protocol::tcp)) return;
    packet_.is_tcp = true;
    packet_.source_port = w.u16(0);
    packet_.destination_port = w.u16(2);
    packet_.sequence = w.u32(4);
    packet_.acknowledgement = w.u32(8);
    packet_.tcp_flags = w.u8(13);
    packet_.window = w.u16(14);
    packet_.source += fmt::format(":{}", packet_.source_port);
    packet_.destination += fmt::format(":{}", packet_.destination_port);

    layer.add("Source port", fmt::format("{}", packet_.source_port), 0, 2);
    layer.add("Destination port", fmt::format("{}", packet_.destination_port), 2, 2);
    layer.add("Sequence number", fmt::format("{}", packet_.sequence), 4, 4);
    layer.add("Acknowledgement", fmt::format("{}", packet_.acknowledgement), 8, 4).remark =
        packet_.tcp_flags & 16 ? "" : "not valid without ACK";
    PacketField& offset = layer.add("Header length", fmt::format("{}", header), 12, 1);
    bool const possible = header >= 20 && header <= w.size();
    packet_.tcp_whole = possible && (ip_header.u16(6) & 0x3fff) == 0;
    if (!possible) layer.mark_bad(offset, "impossible");
    PacketField& flags = layer.add("Flags", tcp_flag_names(packet_.tcp_flags), 13, 1);
    static constexpr char const* bits[] = {"CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"};
    for (unsigned i = 0; i < 8; ++i)
        flags.children.push_back({bits[i],
                                  packet_.tcp_flags >> (7 - i) & 1 ? "1" : "0",
                                  flags.offset,
                                  flags.length,
                                  false,
                                  "",
                                  {}});
    layer.add("Window", fmt::format("{}", packet_.window), 14, 2);
    add_checksum(layer, w, 16, sum_words(w.bytes(), pseudo_header(ip_header, 6, w.size())), offloaded_,
                 "Checksum");
    layer.add("Urgent pointer", fmt::format("{}", w.u16(18)), 18, 2);
    if (possible && header > 20) tcp_options(layer, w, header);

    Window const payload = possible ? w.from(header) : w.sub(w.size(), 0);
    packet_.payload_length = static_cast<std::uint32_t>(payload.size());
    packet_.payload_offset = payload.base();
    packet_.info = fmt::format("{} -> {} [{}] Seq={}", packet_.source_port, packet_.destination_port,
                               tcp_flag_names(packet_.tcp_flags), packet_.sequence);
    if (packet_.tcp_flags & 16) packet_.info += fmt::format(" Ack={}", packet_.acknowledgement);
    packet_.info += fmt::format(" Win={}", packet_.window);
    if (packet_.payload_length) packet_.info += fmt::format(" Len={}", packet_.payload_length);
    if (!possible) packet_.info += " (impossible header length)";
    layer.summary(packet_.info);
    push(layer, Protocol::tcp);
    if (payload.size()) http(payload);
}

void Decoder::tcp_options(Layer& layer, Window w, std::size_t header) {
    std::size_t at = 20;
    while (at < header) {
        std::uint8_t const kind = w.u8(at);
        if (kind == 0) {
            layer.add("Option: end", "", at, 1);
            return;
        }
        if (kind == 1) {
            layer.add("Option: no operation", "", at, 1);
            ++at;
            continue;
        }
        std::size_t const length = at + 1 < header ? w.u8(at + 1) : 0;
        if (length < 2 || at + length > header) {
            PacketField& f = layer.add(fmt::format("Option {}", kind), "", at, header - at);
            layer.mark_bad(f, "impossible length");
            return;
        }
        std::string name = fmt::format("Option {}", kind), text = fmt::format("{} bytes", length);
        std::size_t expected = 0;  // 0: any
        switch (kind) {
            case 2:
                name = "Option: maximum segment size";
                text = fmt::format("{}", w.u16(at + 2));
                expected = 4;
                break;
            case 3:
                name = "Option: window scale";
                text = fmt::format("shift {}", w.u8(at + 2));
                expected = 3;
                if (length == 3 && packet_.tcp_flags & 2)
                    packet_.window_shift = std::min<std::uint8_t>(w.u8(at + 2), 14);
                break;
            case 4:
                name = "Option: SACK permitted";
                text = "";
                expected = 2;
                break;
            case 5:
                name = "Option: SACK";
                text = fmt::format("{} blocks", (length - 2) / 8);
                for (std::size_t block = 2; block + 8 <= length && packet_.sacks < packet_.sack.size();
                     block += 8)
                    packet_.sack[packet_.sacks++] = {w.u32(at + block), w.u32(at + block + 4)};
                break;
            case 8:
                name = "Option: timestamps";
                text = fmt::format("value {}, echo {}", w.u32(at + 2), w.u32(at + 6));
                expected = 10;
                break;
        }
        PacketField& f = layer.add(std::move(name), std::move(text), at, length);
        if (expected && length != expected) layer.mark_bad(f, fmt::format("should be {} bytes", expected));
        at += length;
    }
}

}  // namespace sim::debug::packets
