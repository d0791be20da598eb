// SPDX-License-Identifier: MIT
#include "tests/scenario/pinging_host.hpp"

#include <algorithm>

namespace scenario {
namespace {

Bytes const our_mac = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};
Bytes const our_ip = {10, 0, 2, 2};
Bytes const guest_ip = {10, 0, 2, 15};
constexpr std::uint16_t identifier = 0x5649;

void put(Bytes& to, Bytes const& from) { to.insert(to.end(), from.begin(), from.end()); }
void put16(Bytes& to, unsigned value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8));
    to.push_back(static_cast<std::uint8_t>(value));
}

unsigned get16(std::span<std::uint8_t const> from, std::size_t at) { return from[at] << 8 | from[at + 1]; }

// The Internet checksum. [rfc1071]
unsigned checksum(std::span<std::uint8_t const> bytes) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 ? bytes[i] : bytes[i] << 8;
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

Bytes ethernet(Bytes const& to, unsigned type, Bytes const& payload) {
    Bytes frame = to;
    put(frame, our_mac);
    put16(frame, type);
    put(frame, payload);
    if (frame.size() < 60) frame.resize(60);  // the shortest frame on a wire
    return frame;
}

Bytes ipv4(Bytes const& to, std::uint8_t protocol, Bytes const& payload) {
    Bytes header = {0x45, 0};
    put16(header, static_cast<unsigned>(20 + payload.size()));
    put(header, {0, 1, 0x40, 0, 64, protocol, 0, 0});
    put(header, our_ip);
    put(header, to);
    unsigned const sum = checksum(header);
    header[10] = static_cast<std::uint8_t>(sum >> 8);
    header[11] = static_cast<std::uint8_t>(sum);
    put(header, payload);
    return header;
}

}  // namespace

PingingHost::PingingHost(std::vector<Bytes> payloads, unsigned broken)
    : payloads_(std::move(payloads)), broken_(broken) {}

std::vector<Bytes> PingingHost::on_frame(std::span<std::uint8_t const> frame) {
    std::vector<Bytes> out;
    if (frame.size() < 42) return out;
    guest_mac_.assign(frame.begin() + 6, frame.begin() + 12);
    unsigned const type = get16(frame, 12);
    if (type == 0x0806 && get16(frame, 20) == 1 && std::equal(our_ip.begin(), our_ip.end(), frame.begin() + 38)) {
        Bytes reply = {0, 1, 8, 0, 6, 4, 0, 2};  // Ethernet, IPv4, reply
        put(reply, our_mac);
        put(reply, our_ip);
        reply.insert(reply.end(), frame.begin() + 22, frame.begin() + 32);  // to the asker
        out.push_back(ethernet(guest_mac_, 0x0806, reply));
    } else if (type == 0x0800 && frame[23] == 17 && get16(frame, 36) == 67) {
        Bytes answer = dhcp_answer(frame);
        if (!answer.empty()) out.push_back(std::move(answer));
        // After its ACK the guest has an address, or soon will.
        if (pinging_) begin_to_ping(out);
    } else if (type == 0x0800 && frame[23] == 1) {
        check_echo_reply(frame);
        if (!done()) out.push_back(echo_request(payloads_[answered_], static_cast<std::uint16_t>(answered_), false));
    }
    return out;
}

void PingingHost::begin_to_ping(std::vector<Bytes>& out) {
    for (unsigned i = 0; i < broken_; ++i) out.push_back(echo_request({1, 2, 3, 4}, 0xFFFF, true));
    if (!done()) out.push_back(echo_request(payloads_[0], 0, false));
}

// DISCOVER is answered by OFFER, REQUEST by ACK. [rfc2131 §4.3]
Bytes PingingHost::dhcp_answer(std::span<std::uint8_t const> frame) {
    constexpr std::size_t message = 42, options = message + 240;
    if (frame.size() < options) return {};
    std::uint8_t kind = 0;
    for (std::size_t at = options; at + 2 < frame.size() && frame[at] != 255;) {
        if (frame[at] == 0) {
            ++at;
            continue;
        }
        if (frame[at] == 53) kind = frame[at + 2];
        at += 2u + frame[at + 1];
    }
    if (kind != 1 && kind != 3) return {};
    pinging_ = kind == 3;
    Bytes reply = {2, 1, 6, 0};
    reply.insert(reply.end(), frame.begin() + message + 4, frame.begin() + message + 8);  // xid
    put(reply, Bytes(8, 0));
    put(reply, guest_ip);  // yiaddr
    put(reply, our_ip);    // siaddr
    put(reply, Bytes(4, 0));
    put(reply, guest_mac_);
    put(reply, Bytes(10 + 64 + 128, 0));
    put(reply, {99, 130, 83, 99, 53, 1, static_cast<std::uint8_t>(kind == 1 ? 2 : 5)});
    put(reply, {54, 4});
    put(reply, our_ip);
    put(reply, {51, 4, 0, 1, 0x51, 0x80});  // a day
    put(reply, {1, 4, 255, 255, 255, 0, 3, 4});
    put(reply, our_ip);
    reply.push_back(255);
    Bytes udp;
    put16(udp, 67);
    put16(udp, 68);
    put16(udp, static_cast<unsigned>(8 + reply.size()));
    put16(udp, 0);  // no checksum: allowed over IPv4
    put(udp, reply);
    return ethernet(guest_mac_, 0x0800, ipv4(guest_ip, 17, udp));
}

Bytes PingingHost::echo_request(Bytes const& payload, std::uint16_t number, bool broken) const {
    Bytes icmp = {8, 0, 0, 0};
    put16(icmp, identifier);
    put16(icmp, number);
    put(icmp, payload);
    unsigned const sum = checksum(icmp) ^ (broken ? 0x0101u : 0u);
    icmp[2] = static_cast<std::uint8_t>(sum >> 8);
    icmp[3] = static_cast<std::uint8_t>(sum);
    return ethernet(guest_mac_, 0x0800, ipv4(guest_ip, 1, icmp));
}

void PingingHost::check_echo_reply(std::span<std::uint8_t const> frame) {
    auto const ip = frame.subspan(14);
    auto complain = [&](char const* text) {
        if (!*complaint_) complaint_ = text;
    };
    std::size_t const length = get16(ip, 2);
    if (length > ip.size() || length < 28) return complain("the IPv4 length is wrong");
    auto const icmp = ip.subspan(20, length - 20);
    if (checksum(ip.first(20)) != 0) complain("the IPv4 checksum is wrong");
    if (checksum(icmp) != 0) complain("the ICMP checksum is wrong");
    if (!std::equal(guest_ip.begin(), guest_ip.end(), ip.begin() + 12)) complain("the source address is wrong");
    if (icmp[0] != 0 || icmp[1] != 0) complain("it is no echo reply");
    if (get16(icmp, 4) != identifier) complain("the identifier is wrong");
    if (get16(icmp, 6) != answered_) return complain("an answer to a broken request, or out of order");
    auto const& payload = payloads_[answered_];
    if (icmp.size() != 8 + payload.size() || !std::equal(payload.begin(), payload.end(), icmp.begin() + 8))
        complain("the payload came back changed");
    ++answered_;
}

}  // namespace scenario
