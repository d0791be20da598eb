// SPDX-License-Identifier: MIT
//
// Every wire format: what is emitted parses to the same value; what is cut short
// anywhere, or has any bit of its checksum wrong, does not parse.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "kernel/net/testing/world.hpp"
#include "kernel/net/wire/arp.hpp"
#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/dhcp.hpp"
#include "kernel/net/wire/ethernet.hpp"
#include "kernel/net/wire/icmp.hpp"
#include "kernel/net/wire/ipv4.hpp"
#include "kernel/net/wire/tcp.hpp"
#include "kernel/net/wire/udp.hpp"

namespace net::wire {
namespace {

using Octets = std::vector<std::uint8_t>;
using testing::SeededRandom;

constexpr Ipv4Address source{192, 0, 2, 1};
constexpr Ipv4Address destination{198, 51, 100, 7};

Octets random_octets(SeededRandom& random, std::size_t count) {
    Octets octets(count);
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(random.next());
    return octets;
}

MacAddress random_station(SeededRandom& random) {
    std::array<std::uint8_t, 6> octets;
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(random.next());
    octets[0] = static_cast<std::uint8_t>((octets[0] & 0xfe) | 2);
    return MacAddress(octets);
}

// The definition, word by word. [rfc1071 §1]
std::uint16_t slow_checksum(Octets const& data) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < data.size(); i += 2)
        sum += static_cast<std::uint32_t>(data[i] << 8 | (i + 1 < data.size() ? data[i + 1] : 0));
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

TEST(Checksum, agrees_with_the_definition_for_every_length) {
    SeededRandom random(1);
    for (std::size_t length = 0; length < 200; ++length) {
        Octets const data = random_octets(random, length);
        EXPECT_EQ(checksum_of(data), slow_checksum(data)) << length;
    }
}

TEST(Checksum, agrees_with_the_definition_when_all_bits_are_set) {
    for (std::size_t length : {1u, 7u, 8u, 31u, 32u, 33u, 1480u, 65'535u}) {
        Octets const data(length, 0xff);
        EXPECT_EQ(checksum_of(data), slow_checksum(data)) << length;
    }
}

TEST(Checksum, does_not_depend_on_how_the_data_is_cut) {
    SeededRandom random(2);
    Octets const data = random_octets(random, 101);
    for (std::size_t first = 0; first <= data.size(); ++first) {
        for (std::size_t second : {first, (first + data.size()) / 2, data.size()}) {
            Checksum sum;
            sum.add(Bytes(data).first(first));
            sum.add(Bytes(data).subspan(first, second - first));
            sum.add(Bytes(data).subspan(second));
            EXPECT_EQ(sum.value(), slow_checksum(data)) << first << ' ' << second;
        }
    }
}

TEST(Checksum, is_that_of_the_example_in_the_rfc) {
    EXPECT_EQ(checksum_of(Octets{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}), 0xffff - 0xddf2);  // §3
}

TEST(Ethernet, emit_is_the_inverse_of_parse) {
    SeededRandom random(3);
    EthernetHeader const header{random_station(random), random_station(random), EtherType::Ipv4};
    Octets frame(EthernetHeader::size);
    header.emit(frame.data());
    auto const parsed = EthernetHeader::parse(frame);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value(), header);
}

TEST(Ethernet, refuses_every_truncation_and_group_sources) {  // E1, E4
    Octets frame(EthernetHeader::size);
    EthernetHeader{MacAddress(), MacAddress(), EtherType::Arp}.emit(frame.data());
    for (std::size_t length = 0; length < frame.size(); ++length) {
        Octets const cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
        auto const parsed = EthernetHeader::parse(cut);
        ASSERT_FALSE(parsed.ok());
        EXPECT_EQ(parsed.error(), Drop::FrameTooShort);
    }
    frame[6] = 1;
    EXPECT_EQ(EthernetHeader::parse(frame).error(), Drop::GroupSource);
}

TEST(Arp, emit_is_the_inverse_of_parse) {
    SeededRandom random(4);
    ArpPacket const arp{ArpPacket::Operation::Reply, random_station(random), source, random_station(random),
                        destination};
    Octets packet(ArpPacket::size);
    arp.emit(packet.data());
    auto const parsed = ArpPacket::parse(packet);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value(), arp);
}

TEST(Arp, refuses_every_truncation) {  // A2
    SeededRandom random(5);
    Octets packet(ArpPacket::size);
    ArpPacket{ArpPacket::Operation::Request, random_station(random), source, MacAddress(), destination}.emit(
        packet.data());
    for (std::size_t length = 0; length < packet.size(); ++length) {
        Octets const cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_EQ(ArpPacket::parse(cut).error(), Drop::ArpTruncated);
    }
}

TEST(Arp, refuses_what_is_not_ethernet_and_ipv4_or_has_an_impossible_sender) {  // A1, A5, A6
    SeededRandom random(6);
    Octets good(ArpPacket::size);
    ArpPacket{ArpPacket::Operation::Request, random_station(random), source, MacAddress(), destination}.emit(
        good.data());
    struct Case {
        std::size_t offset;
        std::uint8_t value;
        Drop reason;
    };
    for (Case const& c : {Case{1, 6, Drop::ArpUnsupported}, Case{2, 0x86, Drop::ArpUnsupported},
                          Case{4, 5, Drop::ArpUnsupported}, Case{4, 255, Drop::ArpUnsupported},
                          Case{5, 16, Drop::ArpUnsupported}, Case{7, 0, Drop::ArpUnsupported},
                          Case{7, 3, Drop::ArpUnsupported}, Case{6, 255, Drop::ArpUnsupported},
                          Case{8, 0xff, Drop::ArpBadSender}, Case{14, 224, Drop::ArpBadSender},
                          Case{14, 255, Drop::ArpBadSender}, Case{14, 127, Drop::ArpBadSender}}) {
        Octets packet = good;
        packet[c.offset] = c.value;
        auto const parsed = ArpPacket::parse(packet);
        ASSERT_FALSE(parsed.ok()) << c.offset;
        EXPECT_EQ(parsed.error(), c.reason) << c.offset;
    }
}

Ipv4Header an_ipv4_header(std::uint16_t payload) {
    Ipv4Header header;
    header.total_length = static_cast<std::uint16_t>(Ipv4Header::size + payload);
    header.identification = 0xbeef;
    header.dont_fragment = true;
    header.time_to_live = 3;
    header.protocol = IpProtocol::Udp;
    header.source = source;
    header.destination = destination;
    return header;
}

TEST(Ipv4, emit_is_the_inverse_of_parse) {
    for (bool more : {false, true}) {
        for (std::uint16_t offset : {0, 8, 65'528}) {
            Ipv4Header header = an_ipv4_header(8);
            header.more_fragments = more;
            header.fragment_offset = offset;
            header.traffic_class = 0xb8;
            Octets packet(28);
            header.emit(packet.data());
            auto const parsed = Ipv4Header::parse(packet);
            ASSERT_TRUE(parsed.ok());
            EXPECT_EQ(parsed.value(), header);
        }
    }
}

TEST(Ipv4, refuses_every_truncation_of_header_and_payload) {  // I1
    Octets packet(Ipv4Header::size + 8);
    an_ipv4_header(8).emit(packet.data());
    for (std::size_t length = 0; length < packet.size(); ++length) {
        Octets const cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(Ipv4Header::parse(cut).ok()) << length;
    }
}

TEST(Ipv4, ignores_the_padding_of_a_short_frame) {
    Octets packet(46);
    an_ipv4_header(8).emit(packet.data());
    auto const parsed = Ipv4Header::parse(packet);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value().payload_length(), 8u);
}

TEST(Ipv4, notices_every_flipped_bit_of_its_header) {  // I5
    Octets packet(Ipv4Header::size);
    an_ipv4_header(0).emit(packet.data());
    for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
        Octets flipped = packet;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1 << (bit % 8));
        EXPECT_FALSE(Ipv4Header::parse(flipped).ok()) << bit;
    }
}

// Options of `options`, with a checksum that is right.
Octets ipv4_with_options(Octets const& options) {
    Octets padded = options;
    while (padded.size() % 4 != 0) padded.push_back(0);
    Octets packet(Ipv4Header::size + padded.size());
    Ipv4Header header = an_ipv4_header(static_cast<std::uint16_t>(padded.size()));
    header.emit(packet.data());
    packet[0] = static_cast<std::uint8_t>(4 << 4 | packet.size() / 4);
    std::copy(padded.begin(), padded.end(), packet.begin() + Ipv4Header::size);
    store_be16(&packet[10], 0);
    store_be16(&packet[10], checksum_of(packet));
    return packet;
}

TEST(Ipv4, skips_unknown_options_and_refuses_malformed_ones_and_source_routes) {  // I9
    EXPECT_TRUE(Ipv4Header::parse(ipv4_with_options({1, 1, 1, 0})).ok());
    EXPECT_TRUE(Ipv4Header::parse(ipv4_with_options({148, 4, 0, 0})).ok());         // router alert
    EXPECT_TRUE(Ipv4Header::parse(ipv4_with_options({7, 7, 4, 0, 0, 0, 0})).ok());  // record route
    EXPECT_EQ(Ipv4Header::parse(ipv4_with_options({7, 0, 0, 0})).error(), Drop::Ipv4BadOptions);
    EXPECT_EQ(Ipv4Header::parse(ipv4_with_options({7, 1, 0, 0})).error(), Drop::Ipv4BadOptions);
    EXPECT_EQ(Ipv4Header::parse(ipv4_with_options({7, 5, 0, 0})).error(), Drop::Ipv4BadOptions);
    EXPECT_EQ(Ipv4Header::parse(ipv4_with_options({1, 1, 1, 7})).error(), Drop::Ipv4BadOptions);
    EXPECT_EQ(Ipv4Header::parse(ipv4_with_options({131, 7, 4, 0, 0, 0, 0})).error(), Drop::Ipv4SourceRoute);
    EXPECT_EQ(Ipv4Header::parse(ipv4_with_options({137, 3, 4})).error(), Drop::Ipv4SourceRoute);
}

TEST(Ipv4, refuses_lengths_that_disagree) {  // I2, I3, I4
    auto const parse_with = [](std::size_t offset, std::uint8_t value) {
        Octets packet(64);
        an_ipv4_header(44).emit(packet.data());
        packet[offset] = value;
        store_be16(&packet[10], 0);
        store_be16(&packet[10], checksum_of(Bytes(packet).first(20)));
        return Ipv4Header::parse(packet).error();
    };
    for (std::uint8_t version : {0, 5, 6, 15})
        EXPECT_EQ(parse_with(0, static_cast<std::uint8_t>(version << 4 | 5)), Drop::Ipv4BadVersion);
    for (std::uint8_t ihl : {0, 1, 2, 3, 4})
        EXPECT_EQ(parse_with(0, static_cast<std::uint8_t>(4 << 4 | ihl)), Drop::Ipv4BadHeaderLength);
    EXPECT_EQ(parse_with(2, 0xff), Drop::Ipv4BadTotalLength);
    EXPECT_EQ(parse_with(3, 0), Drop::Ipv4BadTotalLength);
    EXPECT_EQ(parse_with(3, 19), Drop::Ipv4BadTotalLength);
    EXPECT_EQ(parse_with(3, 65), Drop::Ipv4BadTotalLength);
    // A header longer than what the packet says it is, or than what came.
    Octets header(60);
    an_ipv4_header(0).emit(header.data());
    header[0] = 0x4f;
    for (std::uint16_t length : {0, 20, 56, 59}) {
        store_be16(&header[2], length);
        EXPECT_EQ(Ipv4Header::parse(header).error(), Drop::Ipv4BadTotalLength) << length;
    }
    store_be16(&header[2], 60);
    for (std::size_t length = 20; length < 60; ++length) {
        Octets const cut(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(Ipv4Header::parse(cut).ok()) << length;
    }
}

TEST(Icmp, emit_is_the_inverse_of_parse_and_truncation_is_refused) {  // C1, C2
    SeededRandom random(7);
    Octets message = random_octets(random, 41);
    IcmpHeader const header{IcmpHeader::Type::EchoRequest, 0, 0x1234'5678};
    header.emit(message);
    auto const parsed = IcmpHeader::parse(message);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value(), header);
    for (std::size_t length = 0; length < message.size(); ++length) {
        Octets const cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(IcmpHeader::parse(cut).ok()) << length;
    }
}

TEST(Icmp, a_quote_needs_a_header_and_eight_octets) {  // C4
    Octets quote(28);
    an_ipv4_header(8).emit(quote.data());
    EXPECT_TRUE(QuotedPacket::parse(quote).ok());
    for (std::size_t length = 0; length < quote.size(); ++length) {
        Octets const cut(quote.begin(), quote.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(QuotedPacket::parse(cut).ok()) << length;
    }
    quote[0] = 0x4f;
    EXPECT_FALSE(QuotedPacket::parse(quote).ok());
    quote[0] = 0x45;
    quote[7] = 1;  // a later fragment
    EXPECT_FALSE(QuotedPacket::parse(quote).ok());
}

TEST(Udp, emit_is_the_inverse_of_parse_and_lengths_are_checked) {  // U1
    SeededRandom random(8);
    Octets datagram = random_octets(random, 21);
    UdpHeader const header{Port(53), Port(40'000), 21};
    header.emit(datagram, source, destination);
    auto const parsed = UdpHeader::parse(datagram, source, destination, true);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value(), header);
    for (std::size_t length = 0; length < datagram.size(); ++length) {
        Octets const cut(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(UdpHeader::parse(cut, source, destination, false).ok()) << length;
    }
    for (std::uint8_t length : {0, 1, 7, 22, 255}) {
        Octets wrong = datagram;
        wrong[5] = length;
        EXPECT_EQ(UdpHeader::parse(wrong, source, destination, false).error(), Drop::UdpBadLength);
    }
    datagram[10] ^= 1;
    EXPECT_EQ(UdpHeader::parse(datagram, source, destination, true).error(), Drop::UdpBadChecksum);
    store_be16(&datagram[6], 0);  // U2: the sender made none
    EXPECT_TRUE(UdpHeader::parse(datagram, source, destination, true).ok());
}

TEST(Udp, never_sends_a_checksum_of_zero) {
    SeededRandom random(9);
    UdpHeader const header{Port(1), Port(2), 10};
    Octets datagram(10);
    bool met = false;
    for (unsigned word = 0; word <= 0xffff; ++word) {
        store_be16(&datagram[8], static_cast<std::uint16_t>(word));
        header.emit(datagram, source, destination);
        ASSERT_NE(load_be16(&datagram[6]), 0);
        met = met || load_be16(&datagram[6]) == 0xffff;
        ASSERT_TRUE(UdpHeader::parse(datagram, source, destination, true).ok());
    }
    EXPECT_TRUE(met);
}

Octets a_segment(TcpHeader const& header, Octets const& options, Octets const& data) {
    Octets segment(TcpHeader::size);
    TcpHeader plain = header;
    plain.mss.reset();
    plain.emit(segment.data());
    segment[12] = static_cast<std::uint8_t>((TcpHeader::size + options.size()) / 4 << 4);
    segment.insert(segment.end(), options.begin(), options.end());
    segment.insert(segment.end(), data.begin(), data.end());
    Checksum sum;
    sum.add_pseudo_header(source, destination, 6, static_cast<std::uint16_t>(segment.size()));
    sum.add(segment);
    store_be16(&segment[16], sum.value());
    return segment;
}

TcpHeader a_tcp_header(std::uint8_t flags) {
    TcpHeader header;
    header.source = Port(40'000);
    header.destination = Port(80);
    header.sequence = tcp::SeqNum(0xfffffff0);
    header.acknowledgement = tcp::SeqNum(77);
    header.flags = flags;
    header.window = 0xffff;  // MUST-1
    return header;
}

TEST(Tcp, emit_is_the_inverse_of_parse) {
    for (unsigned flags = 0; flags < 256; ++flags) {
        TcpHeader header = a_tcp_header(static_cast<std::uint8_t>(flags));
        if (header.has(TcpFlags::Syn)) {
            header.mss = 1460;
            header.header_length = 24;
        }
        Octets segment(header.emitted_size());
        header.emit(segment.data());
        auto const parsed = TcpHeader::parse(segment, source, destination, false);
        ASSERT_TRUE(parsed.ok());
        EXPECT_EQ(parsed.value(), header) << flags;
    }
}

TEST(Tcp, notices_every_flipped_bit_and_every_truncation) {  // MUST-3, T18
    SeededRandom random(10);
    Octets const segment = a_segment(a_tcp_header(TcpFlags::Ack), {}, random_octets(random, 13));
    ASSERT_TRUE(TcpHeader::parse(segment, source, destination, true).ok());
    for (std::size_t bit = 0; bit < 8 * segment.size(); ++bit) {
        Octets flipped = segment;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1 << (bit % 8));
        EXPECT_FALSE(TcpHeader::parse(flipped, source, destination, true).ok()) << bit;
    }
    for (std::size_t length = 0; length < segment.size(); ++length) {
        Octets const cut(segment.begin(), segment.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(TcpHeader::parse(cut, source, destination, true).ok()) << length;
    }
    EXPECT_FALSE(TcpHeader::parse(segment, source, Ipv4Address(1, 2, 3, 4), true).ok());
}

TEST(Tcp, refuses_an_impossible_data_offset) {  // T1
    for (std::uint8_t offset = 0; offset < 16; ++offset) {
        Octets segment = a_segment(a_tcp_header(TcpFlags::Ack), {}, Octets(8));
        segment[12] = static_cast<std::uint8_t>(offset << 4);
        bool const possible = offset >= 5 && offset <= 7;
        EXPECT_EQ(TcpHeader::parse(segment, source, destination, false).ok(), possible) << unsigned{offset};
    }
}

std::string mss_of(Octets const& options, std::uint8_t flags = TcpFlags::Syn) {
    auto const parsed =
        TcpHeader::parse(a_segment(a_tcp_header(flags), options, {}), source, destination, true);
    if (!parsed.ok()) return name(parsed.error());
    return parsed.value().mss ? std::to_string(*parsed.value().mss) : "none";
}

TEST(Tcp, finds_the_mss_among_any_options) {  // T4, MUST-4 to MUST-7, MUST-64, MUST-65, MUST-68
    EXPECT_EQ(mss_of({2, 4, 5, 180}), "1460");
    EXPECT_EQ(mss_of({1, 2, 4, 5, 180, 1, 1, 1}), "1460");  // on any octet
    EXPECT_EQ(mss_of({3, 3, 7, 2, 4, 5, 180, 0}), "1460");  // behind an unknown one
    EXPECT_EQ(mss_of({253, 8, 1, 2, 3, 4, 5, 6, 2, 4, 5, 180}), "1460");
    EXPECT_EQ(mss_of({0, 2, 4, 5, 180, 0, 0, 0}), "none");  // behind the end
    EXPECT_EQ(mss_of({1, 1, 1, 1}), "none");
    EXPECT_EQ(mss_of({2, 4, 5, 180}, TcpFlags::Ack), "none");  // not in a SYN
    for (std::uint8_t length : {0, 1, 3, 5, 255})
        EXPECT_EQ(mss_of({2, length, 5, 180}), "TcpBadOptions") << unsigned{length};
    for (unsigned kind = 2; kind < 256; ++kind) {
        auto const k = static_cast<std::uint8_t>(kind);
        EXPECT_EQ(mss_of({k, 0, 0, 0}), "TcpBadOptions") << kind;
        EXPECT_EQ(mss_of({k, 1, 0, 0}), "TcpBadOptions") << kind;
        EXPECT_EQ(mss_of({k, 5, 0, 0}), "TcpBadOptions") << kind;
        EXPECT_EQ(mss_of({1, 1, 1, k}), "TcpBadOptions") << kind;
    }
}

TEST(Tcp, refuses_port_zero) {  // T19
    TcpHeader header = a_tcp_header(TcpFlags::Syn);
    header.source = Port(0);
    EXPECT_EQ(TcpHeader::parse(a_segment(header, {}, {}), source, destination, true).error(),
              Drop::TcpBadPort);
    header = a_tcp_header(TcpFlags::Syn);
    header.destination = Port(0);
    EXPECT_EQ(TcpHeader::parse(a_segment(header, {}, {}), source, destination, true).error(),
              Drop::TcpBadPort);
}

TEST(Tcp, options_of_any_content_never_read_too_far) {
    SeededRandom random(11);
    for (int i = 0; i < 20'000; ++i) {
        Octets const options = random_octets(random, 4 * random.below(11));
        auto const flags = random.chance(50) ? TcpFlags::Syn : TcpFlags::Ack;
        static_cast<void>(mss_of(options, flags));  // the sanitizer is the oracle
    }
}

TEST(Dhcp, a_request_parses_to_what_was_emitted) {
    DhcpMessage message;
    message.type = DhcpMessage::Type::Request;
    message.transaction = 0xdeadbeef;
    message.seconds = 9;
    message.client_mac = MacAddress({2, 1, 2, 3, 4, 5});
    message.requested_address = Ipv4Address(10, 0, 2, 15);
    message.server = Ipv4Address(10, 0, 2, 2);
    Octets octets(DhcpMessage::largest_request);
    message.emit_request(octets.data());
    auto const parsed = DhcpMessage::parse(octets);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value(), message);
}

TEST(Dhcp, every_truncation_is_refused_but_between_two_options) {  // D1: END may be missing, an option not
    DhcpMessage message;
    message.type = DhcpMessage::Type::Discover;
    Octets octets(DhcpMessage::largest_request);
    message.emit_request(octets.data());
    constexpr std::size_t after_type = 243, after_list = 251;
    for (std::size_t length = 0; length < octets.size(); ++length) {
        Octets const cut(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_EQ(DhcpMessage::parse(cut).ok(), length == after_type || length >= after_list) << length;
    }
}

TEST(Dhcp, options_of_any_content_never_read_too_far) {  // D2, D3, D6, D9
    SeededRandom random(12);
    DhcpMessage message;
    message.type = DhcpMessage::Type::Offer;
    Octets start(DhcpMessage::largest_request);
    message.emit_request(start.data());
    start.resize(240);
    for (int i = 0; i < 20'000; ++i) {
        Octets octets = start;
        Octets const options = random_octets(random, random.below(600));
        octets.insert(octets.end(), {53, 1, 2, 52, 1, static_cast<std::uint8_t>(random.below(5))});
        octets.insert(octets.end(), options.begin(), options.end());
        static_cast<void>(DhcpMessage::parse(octets).ok());
    }
}

TEST(Drops, every_reason_has_its_own_name_and_sentence) {
    std::set<std::string> names, sentences;
    for (std::size_t i = 0; i < drop_reasons; ++i) {
        names.insert(name(static_cast<Drop>(i)));
        sentences.insert(description(static_cast<Drop>(i)));
    }
    EXPECT_EQ(names.size(), drop_reasons);
    EXPECT_EQ(sentences.size(), drop_reasons);
}

}  // namespace
}  // namespace net::wire
