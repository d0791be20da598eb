// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/packet_decode.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sim::debug {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes hex(std::string_view text) {
    Bytes bytes;
    std::string pair;
    for (char c : text) {
        if (c == ' ' || c == '\n') continue;
        pair += c;
        if (pair.size() == 2) {
            bytes.push_back(static_cast<std::uint8_t>(std::stoul(pair, nullptr, 16)));
            pair.clear();
        }
    }
    return bytes;
}

Bytes operator+(Bytes a, std::string_view text) {
    a.insert(a.end(), text.begin(), text.end());
    return a;
}

PacketField const* find(PacketField const& in, std::string_view name) {
    for (PacketField const& f : in.children)
        if (f.name == name) return &f;
    return nullptr;
}
PacketField const* find(DecodedPacket const& p, std::string_view layer, std::string_view name) {
    for (PacketField const& l : p.layers)
        if (l.name == layer) return find(l, name);
    return nullptr;
}

// The frames below are from a capture of a real host, or computed by hand.
Bytes const arp_request =
    hex("ffffffffffff 525400123456 0806 0001 0800 06 04 0001 525400123456 0a00020f 000000000000 0a000202");
// 10.0.2.2:51234 -> 10.0.2.15:80 SYN, MSS 1460, checksums right.
Bytes const syn =
    hex("525400123456 525500000202 0800"
        "4500002c 00010000 4006 62bc 0a000202 0a00020f"
        "c822 0050 0000fa01 00000000 6002 2238 0000 0000 020405b4");

Bytes with_checksums(Bytes frame) {  // of an IPv4 and TCP frame with no options in IP
    auto sum = [](Bytes const& b) {
        std::uint32_t s = 0;
        for (std::size_t i = 0; i < b.size(); i += 2) s += b[i] * 256U + (i + 1 < b.size() ? b[i + 1] : 0U);
        while (s >> 16) s = (s & 0xffff) + (s >> 16);
        return static_cast<std::uint16_t>(~s);
    };
    frame[24] = frame[25] = 0;
    std::uint16_t c = sum(Bytes(frame.begin() + 14, frame.begin() + 34));
    frame[24] = static_cast<std::uint8_t>(c >> 8);
    frame[25] = static_cast<std::uint8_t>(c);
    frame[50] = frame[51] = 0;
    Bytes pseudo(frame.begin() + 26, frame.begin() + 34);
    std::size_t const length = frame.size() - 34;
    pseudo.insert(pseudo.end(),
                  {0, 6, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)});
    pseudo.insert(pseudo.end(), frame.begin() + 34, frame.end());
    c = sum(pseudo);
    frame[50] = static_cast<std::uint8_t>(c >> 8);
    frame[51] = static_cast<std::uint8_t>(c);
    return frame;
}

Bytes tcp_with(std::string_view payload) {
    Bytes f = hex("525400123456 525500000202 0800 45000028 00010000 4006 0000 0a000202 0a00020f"
                  "c822 0050 00000001 00000002 5018 2238 0000 0000") +
              payload;
    f[16] = static_cast<std::uint8_t>((f.size() - 14) >> 8);
    f[17] = static_cast<std::uint8_t>(f.size() - 14);
    return with_checksums(f);
}

TEST(PacketDecode, reads_an_arp_request) {
    DecodedPacket p = decode_packet(arp_request);
    EXPECT_EQ(p.protocol, Protocol::arp);
    EXPECT_EQ(p.info, "who has 10.0.2.2? tell 10.0.2.15");
    EXPECT_FALSE(p.bad);
    ASSERT_EQ(p.layers.size(), 2u);
    EXPECT_EQ(p.layers[1].offset, 14u);
    EXPECT_EQ(p.layers[1].length, 28u);
    EXPECT_EQ(find(p, "ARP", "Target address")->offset, 38u);
    EXPECT_EQ(find(p, "Ethernet", "Destination")->remark, "broadcast");
}

TEST(PacketDecode, reads_a_tcp_syn_with_its_option) {
    DecodedPacket p = decode_packet(with_checksums(syn));
    EXPECT_EQ(p.protocol, Protocol::tcp);
    EXPECT_EQ(p.source, "10.0.2.2:51234");
    EXPECT_EQ(p.destination, "10.0.2.15:80");
    EXPECT_EQ(p.info, "51234 -> 80 [SYN] Seq=64001 Win=8760");
    EXPECT_EQ(p.tcp_flags, 2);
    EXPECT_EQ(find(p, "TCP", "Option: maximum segment size")->value, "1460");
    EXPECT_EQ(find(p, "TCP", "Checksum")->remark, "correct");
    EXPECT_EQ(find(p, "IPv4", "Header checksum")->remark, "correct");
    EXPECT_FALSE(p.bad);
}

// A SYN with options, padded to whole words.
Bytes with_options(std::uint8_t flags, Bytes options) {
    Bytes f(syn.begin(), syn.begin() + 54);
    while (options.size() % 4) options.push_back(1);
    f.insert(f.end(), options.begin(), options.end());
    f[17] = static_cast<std::uint8_t>(40 + options.size());
    f[46] = static_cast<std::uint8_t>((5 + options.size() / 4) << 4);
    f[47] = flags;
    return with_checksums(f);
}

TEST(PacketDecode, tells_the_window_shift_of_a_syn_alone_and_the_blocks_of_a_sack) {
    DecodedPacket const p = decode_packet(with_options(2, {3, 3, 20}));
    EXPECT_TRUE(p.tcp_whole);
    EXPECT_EQ(p.window_shift, 14) << "no more is allowed";
    EXPECT_EQ(decode_packet(with_options(16, {3, 3, 7})).window_shift, std::nullopt);
    DecodedPacket const two =
        decode_packet(with_options(16, {5, 18, 0, 0, 2, 0x59, 0, 0, 3, 0x21, 0, 0, 4, 0, 0, 0, 5, 0}));
    ASSERT_EQ(two.sacks, 2u);
    EXPECT_EQ(two.sack[0], (std::pair<std::uint32_t, std::uint32_t>{0x259, 0x321}));
    EXPECT_EQ(two.sack[1], (std::pair<std::uint32_t, std::uint32_t>{0x400, 0x500}));
    Bytes fragment = with_options(2, {});
    fragment[20] = 0x20;  // more fragments
    EXPECT_FALSE(decode_packet(fragment).tcp_whole);
    Bytes impossible = with_options(2, {});
    impossible[46] = 0x40;
    EXPECT_FALSE(decode_packet(impossible).tcp_whole);
}

TEST(PacketDecode, finds_a_wrong_checksum_and_says_the_right_one) {
    Bytes f = with_checksums(syn);
    std::uint16_t const right = static_cast<std::uint16_t>(f[50] << 8 | f[51]);
    f[51] ^= 0x21;
    DecodedPacket p = decode_packet(f);
    EXPECT_TRUE(p.bad);
    char text[40];
    std::snprintf(text, sizeof text, "wrong, should be 0x%04x", right);
    EXPECT_EQ(find(p, "TCP", "Checksum")->remark, text);
    EXPECT_FALSE(decode_packet(f, true).bad);
    EXPECT_EQ(find(decode_packet(f, true), "TCP", "Checksum")->remark, "left to the device");
    f = with_checksums(syn);
    f[22] ^= 1;  // time to live
    EXPECT_TRUE(find(decode_packet(f, true), "IPv4", "Header checksum")->bad);
}

TEST(PacketDecode, shows_the_first_line_of_http) {
    DecodedPacket p = decode_packet(tcp_with("GET /a HTTP/1.1\r\nHost: vivarium\r\n\r\nxy"));
    EXPECT_EQ(p.protocol, Protocol::http);
    EXPECT_EQ(p.info, "GET /a HTTP/1.1");
    EXPECT_EQ(find(p, "HTTP", "Host")->value, "vivarium");
    EXPECT_EQ(p.payload_length, 37u);
    EXPECT_EQ(p.payload_offset, 54u);
    EXPECT_EQ(p.layers.back().name, "Body");
    EXPECT_EQ(p.layers.back().length, 2u);
    EXPECT_FALSE(p.bad);
    EXPECT_EQ(decode_packet(tcp_with("HTTP/1.1 200 OK\r\n\r\n")).info, "HTTP/1.1 200 OK");
    EXPECT_EQ(decode_packet(tcp_with("hello")).protocol, Protocol::tcp);
}

TEST(PacketDecode, reads_an_icmp_echo) {
    DecodedPacket p = decode_packet(hex(
        "525400123456 525500000202 0800 4500001c 00010000 4001 62d1 0a000202 0a00020f 0800 e5ca 1234 0001"));
    EXPECT_EQ(p.protocol, Protocol::icmp);
    EXPECT_EQ(p.info, "echo request id=0x1234 seq=1");
    EXPECT_EQ(find(p, "ICMP", "Checksum")->remark, "correct");
}

Bytes dhcp_discover() {
    Bytes f = hex(
        "ffffffffffff 525400123456 0800 45000000 00000000 4011 0000 00000000 ffffffff 0044 0043 0000 0000");
    Bytes bootp(240, 0);
    bootp[0] = 1;
    bootp[4] = 0xaa;
    bootp[236] = 0x63, bootp[237] = 0x82, bootp[238] = 0x53, bootp[239] = 0x63;
    bootp.insert(bootp.end(), {53, 1, 1, 0, 12, 3, 'v', 'i', 'v', 255});
    f.insert(f.end(), bootp.begin(), bootp.end());
    f[17] = static_cast<std::uint8_t>(f.size() - 14), f[16] = static_cast<std::uint8_t>((f.size() - 14) >> 8);
    f[39] = static_cast<std::uint8_t>(f.size() - 34), f[38] = static_cast<std::uint8_t>((f.size() - 34) >> 8);
    return f;
}

TEST(PacketDecode, reads_dhcp_and_its_options) {
    DecodedPacket p = decode_packet(dhcp_discover());
    EXPECT_EQ(p.protocol, Protocol::dhcp);
    EXPECT_EQ(p.info, "DISCOVER");
    EXPECT_EQ(find(p, "DHCP", "Host name")->value, "viv");
    EXPECT_NE(find(p, "DHCP", "End of options"), nullptr);
}

TEST(PacketDecode, padding_is_not_payload) {
    Bytes f =
        with_checksums(hex("525400123456 525500000202 0800 45000028 00010000 4006 0000 0a000202 0a00020f"
                           "c822 0050 00000001 00000002 5010 2238 0000 0000"));
    f.resize(60);
    DecodedPacket p = decode_packet(f);
    EXPECT_EQ(p.payload_length, 0u);
    EXPECT_EQ(p.layers.back().name, "Padding");
    EXPECT_EQ(find(p, "TCP", "Checksum")->remark, "correct");
}

void check_bounds(PacketField const& f, std::size_t size) {
    ASSERT_LE(f.offset, size);
    ASSERT_LE(f.length, size - f.offset);
    for (PacketField const& child : f.children) check_bounds(child, size);
}

// Exactly sized heap copies, so that the sanitizer sees a read of one byte too many.
void check_hostile(Bytes const& bytes) {
    std::unique_ptr<std::uint8_t[]> copy(new std::uint8_t[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), copy.get());
    DecodedPacket p = decode_packet({copy.get(), bytes.size()});
    for (PacketField const& l : p.layers) check_bounds(l, bytes.size());
}

TEST(PacketDecode, is_safe_when_cut_anywhere) {
    Bytes const frames[] = {arp_request, with_checksums(syn), tcp_with("GET / HTTP/1.1\r\nA: b\r\n\r\n"),
                            dhcp_discover()};
    for (Bytes const& whole : frames)
        for (std::size_t n = 0; n <= whole.size(); ++n) {
            Bytes const part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
            check_hostile(part);
            // What is missing from an IP packet shows.
            if (n >= 14 && n < whole.size() && whole[12] == 8 && whole[13] == 0) {
                EXPECT_TRUE(decode_packet(part).bad) << n;
            }
        }
}

TEST(PacketDecode, is_safe_with_any_bytes_changed) {
    std::mt19937 random(1);
    Bytes const frames[] = {arp_request, syn, tcp_with("GET / HTTP/1.1\r\n\r\n"), dhcp_discover()};
    for (int i = 0; i < 20000; ++i) {
        Bytes f = frames[random() % 4];
        for (unsigned k = random() % 6 + 1; k; --k)
            f[random() % f.size()] = static_cast<std::uint8_t>(random());
        check_hostile(f);
    }
}

}  // namespace
}  // namespace sim::debug
