// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/packet_decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace sim::debug {

namespace {

// A window on the frame. Reading beyond its end gives 0 and remembers it: the
// layer is then marked as cut short. Offsets are those of the whole frame.
class Window {
public:
    Window(std::span<std::uint8_t const> frame, std::size_t begin, std::size_t end)
        : frame_(frame), begin_(begin), end_(std::min(end, frame.size())) {
        begin_ = std::min(begin_, end_);
    }
    std::size_t size() const { return end_ - begin_; }
    std::uint32_t base() const { return static_cast<std::uint32_t>(begin_); }
    bool holds(std::size_t at, std::size_t n) const { return at <= size() && n <= size() - at; }
    std::uint8_t u8(std::size_t at) const { return holds(at, 1) ? frame_[begin_ + at] : 0; }
    std::uint16_t u16(std::size_t at) const {
        return holds(at, 2) ? static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1)) : 0;
    }
    std::uint32_t u32(std::size_t at) const {
        return holds(at, 4) ? std::uint32_t{u16(at)} << 16 | u16(at + 2) : 0;
    }
    Window sub(std::size_t at, std::size_t length) const {
        std::size_t const start = begin_ + std::min(at, size());
        return {frame_, start, start + std::min(length, end_ - start)};
    }
    Window from(std::size_t at) const { return sub(at, size()); }
    std::span<std::uint8_t const> bytes() const { return frame_.subspan(begin_, size()); }

private:
    std::span<std::uint8_t const> frame_;
    std::size_t begin_, end_;
};

// Builds one layer's fields.
class Layer {
public:
    Layer(std::string name, Window window, std::size_t length) : window_(window) {
        field_.name = std::move(name);
        field_.offset = window.base();
        field_.length = static_cast<std::uint32_t>(std::min(length, window.size()));
    }
    PacketField& add(std::string name, std::string value, std::size_t at, std::size_t length) {
        PacketField f;
        f.name = std::move(name);
        f.value = std::move(value);
        f.offset = window_.base() + static_cast<std::uint32_t>(std::min(at, window_.size()));
        f.length = static_cast<std::uint32_t>(window_.sub(at, length).size());
        if (!window_.holds(at, length)) {
            f.bad = true;
            f.remark = "cut short";
        }
        if (f.bad) bad_ = true;
        field_.children.push_back(std::move(f));
        return field_.children.back();
    }
    void mark_bad(PacketField& f, std::string remark) {
        f.bad = true;
        f.remark = std::move(remark);
        bad_ = true;
    }
    void mark_bad(std::string remark) {
        field_.bad = bad_ = true;
        field_.remark = std::move(remark);
    }
    void summary(std::string text) { field_.value = std::move(text); }
    bool bad() const { return bad_; }
    PacketField take() {
        field_.bad = field_.bad || bad_;
        return std::move(field_);
    }

private:
    Window window_;
    PacketField field_;
    bool bad_ = false;
};

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

// The Internet checksum before its final complement. [rfc1071]
std::uint32_t sum_words(std::span<std::uint8_t const> bytes, std::uint32_t sum = 0) {
    for (std::size_t i = 0; i < bytes.size(); i += 2)
        sum += std::uint32_t{bytes[i]} << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

// The sum over the pseudo-header of TCP and UDP. [rfc9293 §3.1]
std::uint32_t pseudo_header(Window ip, std::uint8_t protocol, std::size_t length) {
    return sum_words(ip.sub(12, 8).bytes(), protocol + static_cast<std::uint32_t>(length));
}

// Adds the field and says whether it is right. `sum` covers everything, the
// stored checksum too: a right one gives 0xffff.
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

class Decoder {
public:
    Decoder(std::span<std::uint8_t const> frame, bool offloaded) : frame_(frame), offloaded_(offloaded) {}

    DecodedPacket run() {
        ethernet(Window(frame_, 0, frame_.size()));
        return std::move(packet_);
    }

private:
    void ethernet(Window);
    void arp(Window);
    void ip(Window);
    void icmp(Window);
    void udp(Window ip_header, Window);
    void dhcp(Window);
    void tcp(Window ip_header, Window);
    void tcp_options(Layer&, Window header, std::size_t header_length);
    void http(Window);
    void data(Window, char const* name = "Data");

    void push(Layer& layer, Protocol protocol) {
        packet_.protocol = protocol;
        packet_.bad = packet_.bad || layer.bad();
        packet_.layers.push_back(layer.take());
    }
    // A layer whose fixed part is not all there.
    bool cut(Layer& layer, Window w, std::size_t least, Protocol protocol) {
        if (w.size() >= least) return false;
        layer.mark_bad(fmt::format("cut short: {} of at least {} bytes", w.size(), least));
        packet_.info = fmt::format("{} cut short", name_of(protocol));
        push(layer, protocol);
        return true;
    }

    std::span<std::uint8_t const> frame_;
    bool offloaded_;
    DecodedPacket packet_;
};

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

void Decoder::dhcp(Window w) {  // [rfc2131 §2], options [rfc2132]
    Layer layer("DHCP", w, w.size());
    if (cut(layer, w, 240, Protocol::dhcp)) return;
    layer.add("Operation", fmt::format("{}", w.u8(0)), 0, 1).remark = w.u8(0) == 1   ? "request"
                                                                      : w.u8(0) == 2 ? "reply"
                                                                                     : "unknown";
    layer.add("Transaction", fmt::format("{:#010x}", w.u32(4)), 4, 4);
    layer.add("Flags", fmt::format("{:#06x}", w.u16(10)), 10, 2).remark =
        w.u16(10) & 0x8000 ? "answer by broadcast" : "";
    layer.add("Client address", ipv4(w, 12), 12, 4);
    layer.add("Your address", ipv4(w, 16), 16, 4);
    layer.add("Server address", ipv4(w, 20), 20, 4);
    layer.add("Client hardware address", mac(w, 28), 28, 6);
    PacketField& cookie = layer.add("Magic cookie", fmt::format("{:#010x}", w.u32(236)), 236, 4);
    if (w.u32(236) != 0x63825363) layer.mark_bad(cookie, "should be 0x63825363");

    static constexpr char const* messages[] = {"?",   "DISCOVER", "OFFER",   "REQUEST", "DECLINE",
                                               "ACK", "NAK",      "RELEASE", "INFORM"};
    std::string message = "DHCP";
    std::size_t at = 240;
    while (at < w.size()) {
        std::uint8_t const code = w.u8(at);
        if (code == 255) {
            layer.add("End of options", "", at, 1);
            break;
        }
        if (code == 0) {
            ++at;
            continue;
        }
        std::size_t const length = w.u8(at + 1);
        Window const value = w.sub(at + 2, length);
        std::string name = fmt::format("Option {}", code), text;
        switch (code) {
            case 1:
                name = "Subnet mask";
                text = ipv4(value, 0);
                break;
            case 3:
                name = "Router";
                text = ipv4(value, 0);
                break;
            case 6:
                name = "Name server";
                text = ipv4(value, 0);
                break;
            case 12:
                name = "Host name";
                text = printable(value.bytes(), 64);
                break;
            case 50:
                name = "Requested address";
                text = ipv4(value, 0);
                break;
            case 51:
                name = "Lease time";
                text = fmt::format("{} s", value.u32(0));
                break;
            case 53:
                name = "Message type";
                text = value.u8(0) < std::size(messages) ? messages[value.u8(0)]
                                                         : fmt::format("{}", value.u8(0));
                message = text;
                break;
            case 54:
                name = "Server";
                text = ipv4(value, 0);
                break;
            case 55:
                name = "Wanted options";
                text = fmt::format("{} of them", value.size());
                break;
            case 61:
                name = "Client identifier";
                text = fmt::format("{} bytes", value.size());
                break;
            default:
                text = fmt::format("{} bytes", length);
                break;
        }
        layer.add(std::move(name), std::move(text), at, 2 + length);
        at += 2 + length;
    }
    packet_.info = fmt::format("{}{}", message, w.u32(16) ? " for " + ipv4(w, 16) : "");
    layer.summary(packet_.info);
    push(layer, Protocol::dhcp);
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
                break;
            case 4:
                name = "Option: SACK permitted";
                text = "";
                expected = 2;
                break;
            case 5:
                name = "Option: SACK";
                text = fmt::format("{} blocks", (length - 2) / 8);
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

// A segment that begins like a message shows its first line and headers; the
// rest of a message, in later segments, is data. [rfc9112 §2.1]
void Decoder::http(Window w) {
    std::string_view const text(reinterpret_cast<char const*>(w.bytes().data()), w.size());
    static constexpr std::string_view starts[] = {"GET ",    "POST ",    "HEAD ",  "PUT ",
                                                  "DELETE ", "OPTIONS ", "PATCH ", "HTTP/1."};
    bool const is_http = std::any_of(std::begin(starts), std::end(starts),
                                     [&](std::string_view s) { return text.substr(0, s.size()) == s; });
    if (!is_http) {
        data(w);
        return;
    }
    std::size_t const body = text.find("\r\n\r\n");
    std::size_t const head = body == std::string_view::npos ? w.size() : body + 4;
    Layer layer("HTTP", w, head);
    std::size_t at = 0;
    bool first = true;
    while (at < head) {
        std::size_t end = text.find("\r\n", at);
        std::size_t const next = end == std::string_view::npos ? head : end + 2;
        if (end == std::string_view::npos) end = head;
        std::string const line = printable(w.sub(at, end - at).bytes(), 400);
        if (first) {
            packet_.info = line;
            layer.summary(line);
            layer.add(text.substr(0, 5) == "HTTP/" ? "Status line" : "Request line", line, at, next - at);
            first = false;
        } else if (!line.empty()) {
            std::size_t const colon = line.find(':');
            layer.add(colon == std::string::npos ? "Header" : line.substr(0, colon),
                      colon == std::string::npos
                          ? line
                          : line.substr(std::min(line.find_first_not_of(' ', colon + 1), line.size())),
                      at, next - at);
        }
        at = next;
    }
    push(layer, Protocol::http);
    if (head < w.size()) data(w.from(head), "Body");
}

void Decoder::data(Window w, char const* name) {
    Layer layer(name, w, w.size());
    layer.summary(fmt::format("{} bytes", w.size()));
    layer.add("Text", printable(w.bytes(), 120), 0, w.size());
    packet_.layers.push_back(layer.take());
}

}  // namespace

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
    return Decoder(frame, checksums_offloaded).run();
}

}  // namespace sim::debug
