// SPDX-License-Identifier: MIT
//
// Floods: whatever strangers send without end, a connection goes on as if nobody did, and memory
// has a bound. The letters are those of the list of hostile input.
#include <functional>

#include "kernel/net/testing/packets.hpp"
#include "kernel/net/wire/arp.hpp"

namespace net::testing {
namespace {

using wire::IpProtocol;

// A connection, and somebody who sends frames between its segments.
struct Besieged {
    Besieged() : socket(s.established()) { s.stack().tcp().set_no_delay(socket, true); }

    // One octet each way, acknowledged: among all else that leaves.
    void exchange() {
        s.in(segment(". ", told + 1, "(1)", said).c_str());
        ++told;
        s.expect_read(socket, 1);
        s.send(socket, 1);
        bool left = false;
        while (auto const frame = s.out_frame()) {
            bool const is_tcp = (*frame)[12] == 8 && (*frame)[23] == 6;
            if (!is_tcp || wire::load_be16(&(*frame)[36]) != 40'000) continue;
            std::uint32_t const sequence = wire::load_be32(&(*frame)[38]) - s.our_isn();
            std::uint32_t const acknowledged = wire::load_be32(&(*frame)[42]) - s.peer_isn();
            left = left || (sequence == said + 1 && frame->size() == 55 && acknowledged == told + 1);
        }
        ASSERT_TRUE(left) << "octet " << said << " did not leave at once";
        ++said;
        s.in((". " + std::to_string(told + 1) + ':' + std::to_string(told + 1) + "(0) ack " +
              std::to_string(said + 1))
                 .c_str());
    }
    static std::string segment(char const* flags, std::uint32_t begin, char const* length,
                               std::uint32_t acknowledged) {
        return flags + std::to_string(begin) + ':' + std::to_string(begin + 1) + length + " ack " +
               std::to_string(acknowledged + 1);
    }

    void endure(std::function<Frame(unsigned)> const& frame, unsigned count = 20'000) {
        exchange();
        for (unsigned i = 0; i < count; ++i) {
            s.in_frame(frame(i));
            if (i % 16 == 15) s.discard_output();
            if (i % 200 == 199) s.advance(Duration::milliseconds(10));
            if (i == count / 10) peak = s.memory().peak();
            if (i % 1000 != 999) continue;
            exchange();
            if (::testing::Test::HasFailure()) return;
        }
        EXPECT_LE(s.memory().peak(), peak + 4096) << "a tenth of it should have cost as much";
        EXPECT_EQ(s.stack().tcp().information(socket).value().retransmissions, 0u);
        s.expect_alive();
    }

    Script s;
    SocketId socket;
    std::uint32_t said = 0, told = 0;
    std::size_t peak = 0;
};

Ipv4Address stranger(unsigned i) { return Ipv4Address(10, 0, 2, static_cast<std::uint8_t>(16 + i % 230)); }

Frame sent_by(Frame frame, Ipv4Address source) {
    return changed(std::move(frame), [&](std::uint8_t* ip) { wire::store_ipv4(ip + 12, source); });
}

Frame arp_frame(wire::ArpPacket::Operation operation, MacAddress mac, Ipv4Address ip) {
    Frame frame(42);
    wire::EthernetHeader{Script::our_mac, mac, wire::EtherType::Arp}.emit(frame.data());
    wire::ArpPacket{operation, mac, ip, Script::our_mac, Script::our_ip}.emit(frame.data() + 14);
    return frame;
}

MacAddress mac_of(unsigned i) {
    return MacAddress({2, 9, 9, 9, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
}

TEST(Flood, of_arp_requests_leaves_a_connection_alone) {  // A7
    Besieged b;
    b.endure(
        [](unsigned i) { return arp_frame(wire::ArpPacket::Operation::Request, mac_of(i), stranger(i)); });
}

TEST(Flood, of_forged_arp_replies_leaves_a_connection_alone) {  // A3, A7
    Besieged b;
    b.endure([](unsigned i) {
        return arp_frame(wire::ArpPacket::Operation::Reply, mac_of(i), i % 2 ? Script::peer_ip : stranger(i));
    });
}

TEST(Flood, of_pieces_leaves_a_connection_alone) {  // F9
    Besieged b;
    b.endure([&](unsigned i) {
        Octets const piece(8 + 8 * (i % 100));
        return changed(sent_by(b.s.ipv4_frame(IpProtocol::Udp, piece), stranger(i / 3)),
                       [&](std::uint8_t* ip) {
                           wire::store_be16(ip + 4, static_cast<std::uint16_t>(i));
                           wire::store_be16(ip + 6, static_cast<std::uint16_t>(0x2000 | i % 5));
                       });
    });
}

TEST(Flood, of_pings_and_datagrams_for_nobody_leaves_a_connection_alone) {  // C9
    Besieged b;
    b.endure([&](unsigned i) {
        Octets const data(i % 1000);
        return sent_by(i % 2 ? b.s.ipv4_frame(IpProtocol::Icmp, echo_request(i % 1000))
                             : b.s.ipv4_frame(static_cast<IpProtocol>(99), data),
                       i % 4 < 2 ? Script::peer_ip : stranger(i));
    });
}

// Of those who know the ends of the connection and not its numbers.
TEST(Flood, of_acks_resets_syns_and_data_leaves_a_connection_alone) {  // T6, T7, T16
    Besieged b;
    SeededRandom random(5);
    b.endure([&](unsigned) {
        wire::TcpHeader header;
        header.source = Port(40'000);
        header.destination = Port(80);
        header.flags = static_cast<std::uint8_t>(random.below(64));
        // Somewhere, but neither in the window nor before it.
        header.sequence =
            tcp::SeqNum(b.s.peer_isn() + 200'000 + static_cast<std::uint32_t>(random.below(1u << 31)));
        header.acknowledgement =
            tcp::SeqNum(b.s.our_isn() + 200'000 + static_cast<std::uint32_t>(random.below(1u << 31)));
        header.window = static_cast<std::uint16_t>(random.next());
        header.urgent_pointer = static_cast<std::uint16_t>(random.next());
        return b.s.tcp_frame(header, Octets(random.below(100)));
    });
}

TEST(Flood, of_segments_for_no_connection_leaves_a_connection_alone) {
    Besieged b;
    SeededRandom random(6);
    b.endure([&](unsigned) {
        wire::TcpHeader header;
        header.source = Port(static_cast<std::uint16_t>(1 + random.below(30'000)));
        header.destination = Port(static_cast<std::uint16_t>(1 + random.below(65'000)));
        header.flags = static_cast<std::uint8_t>(random.below(64));
        header.sequence = tcp::SeqNum(static_cast<std::uint32_t>(random.next()));
        header.acknowledgement = tcp::SeqNum(static_cast<std::uint32_t>(random.next()));
        return b.s.tcp_frame(header, Octets(random.below(100)));
    });
}

}  // namespace
}  // namespace net::testing
