// SPDX-License-Identifier: GPL-2.0-or-later
//
// What UDP and TCP carry: DHCP, HTTP, data.
#include <iterator>
#include <string_view>

#include "simulator/debug/packet_layers.hpp"

namespace sim::debug::packets {

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

}  // namespace sim::debug::packets
