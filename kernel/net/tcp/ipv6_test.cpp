// SPDX-License-Identifier: MIT
//
// TCP over IPv6, seen from the link: how large a segment may be, and what routers say of the
// way. C is of the list of hostile input.
#include "kernel/net/testing/link.hpp"
#include "kernel/net/testing/six.hpp"

namespace net::testing {
namespace {

using Type = wire::Icmp6Header::Type;
using wire::NextHeader;

TEST(Ipv6Tcp, a_syn_has_the_mss_of_ipv6_and_a_right_checksum) {  // MUST-15, MUST-67
    Six s;
    SocketId const socket = s.stack().tcp().connect(Endpoint{Six::peer, Port(80)}).value();
    auto const syn = s.out();
    ASSERT_TRUE(syn);
    EXPECT_EQ(syn->ip.next_header, NextHeader::Tcp);
    auto const header = wire::TcpHeader::parse(syn->payload, Six::ours, Six::peer, true);
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header.value().mss, 1440);
    // Without an MSS in the answer: 1,220.
    wire::TcpHeader answer;
    answer.source = Port(80);
    answer.destination = header.value().source;
    answer.sequence = tcp::SeqNum(1000);
    answer.acknowledgement = header.value().sequence + 1;
    answer.flags = wire::TcpFlags::Syn | wire::TcpFlags::Ack;
    answer.window = 65'535;
    Octets segment(20);
    answer.emit(segment.data());
    s.in(NextHeader::Tcp, Six::finish(segment, NextHeader::Tcp, 16, Six::From()));
    EXPECT_EQ(s.stack().tcp().state(socket), tcp::State::Established);
    EXPECT_EQ(s.stack().tcp().information(socket).value().segment_size, 1220);
}

// A connection to the peer, whose own link carries 1500 octets, and what left last on it.
struct Connected {
    explicit Connected(Six& six)
        : s(six), socket(six.stack().tcp().connect(Endpoint{Six::peer, Port(80)}).value()) {
        auto const syn = take();
        EXPECT_TRUE(syn);
        answer(wire::TcpFlags::Syn | wire::TcpFlags::Ack, 1440);
        s.discard();
        s.stack().tcp().set_no_delay(socket, true);  // the rest of what is cut leaves, too
    }
    void answer(std::uint8_t flags, std::optional<std::uint16_t> mss = {}) {
        wire::TcpHeader header;
        header.source = Port(80);
        header.destination = port;
        header.sequence = tcp::SeqNum((flags & wire::TcpFlags::Syn) != 0 ? 1000 : 1001);
        header.acknowledgement = next;
        header.flags = flags;
        header.window = 65'535;
        header.mss = mss;
        Octets segment(header.emitted_size());
        header.emit(segment.data());
        s.in(NextHeader::Tcp, Six::finish(segment, NextHeader::Tcp, 16, Six::From()));
    }
    std::optional<Six::Packet> take() {
        while (auto packet = s.out()) {
            if (packet->ip.next_header != NextHeader::Tcp) continue;
            auto const header = wire::TcpHeader::parse(packet->payload, Six::ours, Six::peer, false);
            EXPECT_TRUE(header.ok());
            port = header.value().source;
            std::size_t const data = packet->payload.size() - header.value().header_length;
            next = header.value().sequence + static_cast<std::uint32_t>(data);
            if (header.value().has(wire::TcpFlags::Syn)) next = next + 1;
            return packet;
        }
        return std::nullopt;
    }
    void write(std::size_t count) { EXPECT_TRUE(s.stack().tcp().send(socket, stream(0, count)).ok()); }
    // All of it arrives, and is acknowledged. The length of the longest packet.
    std::uint32_t deliver() {
        std::uint32_t longest = 0;
        while (auto const packet = take())
            longest = std::max<std::uint32_t>(longest, packet->ip.total_length());
        answer(wire::TcpFlags::Ack);
        return longest;
    }
    std::uint32_t send(std::size_t count) {
        write(count);
        return deliver();
    }
    // A router says that no more fits through than `mtu`.
    void too_big(Six::Packet const& packet, std::uint16_t mtu) {
        Octets quote(40), body(4);
        packet.ip.emit(quote.data());
        wire::store_be16(&body[2], mtu);
        s.in_icmp(Type::PacketTooBig, Six::together({body, quote, packet.payload}), Six::From());
    }
    tcp::Information information() { return s.stack().tcp().information(socket).value(); }

    Six& s;
    SocketId socket;
    Port port{0};
    tcp::SeqNum next;  // behind all that left
};

TEST(Ipv6Tcp, only_a_hard_error_ends_an_attempt_to_connect) {  // C4, MUST-56, SHLD-25, SHLD-26
    struct Case {
        Type type;
        std::uint8_t code;
        Error error;
    };
    for (Case const& c : {Case{Type::Unreachable, 0, Error::NetworkUnreachable},
                          Case{Type::Unreachable, 1, Error::HostUnreachable},
                          Case{Type::Unreachable, 3, Error::HostUnreachable},
                          Case{Type::Unreachable, 4, Error::ConnectionRefused},
                          Case{Type::TimeExceeded, 0, Error::HostUnreachable},
                          Case{Type::ParameterProblem, 1, Error::HostUnreachable}}) {
        SCOPED_TRACE(std::to_string(static_cast<unsigned>(c.type)) + '/' + std::to_string(c.code));
        Six s;
        auto& tcp = s.stack().tcp();
        SocketId const socket = tcp.connect(Endpoint{Six::peer, Port(80)}).value();
        auto const syn = s.out();
        ASSERT_TRUE(syn);
        Octets quote(40);
        syn->ip.emit(quote.data());
        quote.insert(quote.end(), syn->payload.begin(), syn->payload.end());
        Octets wrong = quote;
        wrong[44] ^= 0x40;  // a sequence number that is not on its way
        s.in_icmp(c.type, Six::together({Octets(4), wrong}), Six::From(), c.code);
        EXPECT_FALSE(tcp.readiness(socket).failed || tcp.readiness(socket).troubled);
        EXPECT_EQ(s.dropped(Drop::IcmpBadQuote), 1u);
        s.in_icmp(c.type, Six::together({Octets(4), quote}), Six::From(), c.code);
        bool const ends = c.error == Error::ConnectionRefused;
        EXPECT_EQ(tcp.readiness(socket).failed, ends);
        EXPECT_EQ(ends ? tcp.error(socket) : tcp.information(socket).value().trouble, c.error);
    }
}

TEST(Ipv6Tcp, a_packet_that_was_too_big_goes_again_in_smaller_pieces_and_the_way_is_remembered) {  // C5
    Six s;
    Connected first(s);
    first.write(1440);
    auto sent = first.take();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->ip.total_length(), 1500u);
    sent->payload[4] ^= 0x40;  // a sequence number that is not on its way
    first.too_big(*sent, 1280);
    EXPECT_EQ(first.information().segment_size, 1440);
    sent->payload[4] ^= 0x40;
    first.too_big(*sent, 1280);
    EXPECT_EQ(first.information().segment_size, 1220);
    EXPECT_EQ(first.deliver(), 1280u);
    Connected second(s);
    EXPECT_EQ(second.send(1440), 1280u);
}

void say_mtu(Six& s, std::uint16_t mtu) {
    Octets option{5, 1, 0, 0, 0, 0, 0, 0};
    wire::store_be16(&option[6], mtu);
    s.in_router(9000, option);
}

TEST(Ipv6Tcp, no_packet_is_longer_than_a_router_said_of_the_link_however_long_it_lasts) {  // RFC 4861 §6.3.4
    Six s;
    say_mtu(s, 1400);
    Connected c(s);
    for (int i = 0; i < 13; ++i) {
        EXPECT_EQ(c.send(1440), 1400u) << i << " times 100 s";
        s.advance(Duration::seconds(100));
    }
    EXPECT_EQ(c.information().retransmissions, 0u);
}

// The peer's segments come over the link, too. RFC 9293 §3.7.1, "MMS_R"
TEST(Ipv6Tcp, a_syn_offers_what_a_router_said_that_the_link_carries) {  // RFC 4861 §6.3.4
    Six s;
    say_mtu(s, 1400);
    auto const mss_of_next = [&]() -> std::optional<std::uint16_t> {
        while (auto const packet = s.out()) {
            if (packet->ip.next_header != NextHeader::Tcp) continue;
            auto const header = wire::TcpHeader::parse(packet->payload, Six::ours, Six::peer, false);
            return header.value().mss;
        }
        return std::nullopt;
    };
    ASSERT_TRUE(s.stack().tcp().connect(Endpoint{Six::peer, Port(80)}).ok());
    EXPECT_EQ(mss_of_next(), 1340);

    ASSERT_TRUE(s.stack().tcp().listen(Endpoint{IpAddress(), Port(80)}, 1).ok());
    for (std::uint16_t port : {1000, 1001}) {  // a connection, and a cookie
        wire::TcpHeader syn;
        syn.source = Port(port);
        syn.destination = Port(80);
        syn.sequence = tcp::SeqNum(1000);
        syn.flags = wire::TcpFlags::Syn;
        syn.window = 65'535;
        syn.mss = 1440;
        Octets segment(syn.emitted_size());
        syn.emit(segment.data());
        s.in(NextHeader::Tcp, Six::finish(segment, NextHeader::Tcp, 16, Six::From()));
        EXPECT_EQ(mss_of_next(), 1340) << port;
    }
    EXPECT_EQ(s.stack().statistics().cookies_sent, 1u);
}

TEST(Ipv6Tcp,
     a_path_that_became_narrow_is_tried_anew_after_ten_minutes_as_wide_as_the_link) {  // RFC 8201 §5.3
    Six s;
    say_mtu(s, 1400);
    Connected c(s);
    c.write(1340);
    auto const sent = c.take();
    ASSERT_TRUE(sent);
    c.too_big(*sent, 1280);
    EXPECT_EQ(c.deliver(), 1280u);
    s.advance(Duration::seconds(599));
    EXPECT_EQ(c.send(1440), 1280u);
    s.advance(Duration::seconds(2));
    EXPECT_EQ(c.send(1440), 1400u);
    s.advance(Duration::seconds(700));
    EXPECT_EQ(c.send(1440), 1400u);
    EXPECT_EQ(c.information().segment_size, 1340);
}

TEST(Ipv6Tcp, the_device_gets_large_segments_if_it_can_cut_those_of_ipv6) {
    for (bool const cuts : {false, true}) {
        Config config = Six::config();
        config.offloads = {.tx_checksum = true, .tx_tcp4_segments = true, .tx_tcp6_segments = cuts};
        Six s(config);
        Connected c(s);
        c.write(10'000);
        TxFrame out;
        ASSERT_TRUE(s.stack().next_frame(out, s.now()));
        EXPECT_EQ(out.gso, cuts ? Gso::Tcp6 : Gso::None);
        EXPECT_EQ(out.gso_size, cuts ? 1440 : 0);
        std::size_t const data = out.payload[0].size() + out.payload[1].size();
        EXPECT_EQ(data, cuts ? 10'000u : 1440u);
        EXPECT_TRUE(out.needs_checksum);
        EXPECT_EQ(out.checksum_start, 54);
        EXPECT_EQ(out.checksum_offset, 16);
        wire::Checksum pseudo;
        pseudo.add_pseudo_header(Six::ours, Six::peer, NextHeader::Tcp,
                                 static_cast<std::uint32_t>(out.header_length - 54 + data));
        EXPECT_EQ(wire::load_be16(&out.header[54 + 16]), pseudo.sum());
    }
}

TEST(Ipv6Tcp, a_segment_for_nobody_is_reset_and_one_for_a_group_is_not) {
    Six s;
    wire::TcpHeader syn;
    syn.source = Port(9);
    syn.destination = Port(80);
    syn.flags = wire::TcpFlags::Syn;
    Octets segment(20);
    syn.emit(segment.data());
    s.in(NextHeader::Tcp, Six::finish(segment, NextHeader::Tcp, 16, Six::From()));
    auto const reset = s.out();
    ASSERT_TRUE(reset);
    auto const header = wire::TcpHeader::parse(reset->payload, Six::ours, Six::peer, true);
    ASSERT_TRUE(header.ok());
    EXPECT_TRUE(header.value().has(wire::TcpFlags::Rst));
    Six::From group;
    group.destination = Ipv6Address::all_nodes();
    s.in(NextHeader::Tcp, Six::finish(segment, NextHeader::Tcp, 16, group), group);
    EXPECT_EQ(s.dropped(Drop::TcpToGroup), 1u);
    EXPECT_FALSE(s.out());
}

Config pair_config() {
    Config config;
    config.ipv6.enabled = true;
    return config;
}

TEST(Ipv6Tcp, a_megabyte_each_way_over_a_link_that_loses_repeats_and_reorders) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        LinkFaults faults;
        Pair pair(seed, faults, pair_config());
        pair.run_for(Duration::seconds(3));
        Ipv6Address const server = pair.stack(1).ipv6()->addresses().all()[0].address;
        ASSERT_TRUE(pair.stack(1).ipv6()->is_ours(server));
        pair.faults().loss_percent = 2;
        pair.faults().duplicate_percent = 2;
        pair.faults().reorder_percent = 5;
        pair.faults().corrupt_percent = 1;
        auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
        auto const client = pair.tcp(0).connect(Endpoint{server, Port(80)});
        ASSERT_TRUE(client.ok());
        Peer a{&pair.tcp(0), client.value(), 1 << 20}, b{&pair.tcp(1), {}, 1 << 20};
        Instant const end = pair.now() + Duration::seconds(600);
        while (!(a.done() && b.done()) && pair.now() < end && pair.step()) {
            if (!b.socket) {
                auto const accepted = pair.tcp(1).accept(listener.value());
                if (accepted.ok()) b.socket = accepted.value();
            }
            a.work();
            if (b.socket) b.work();
        }
        EXPECT_TRUE(a.done() && b.done()) << "seed " << seed;
        EXPECT_LE(pair.longest_frame(), 1514u);
    }
}

}  // namespace
}  // namespace net::testing
