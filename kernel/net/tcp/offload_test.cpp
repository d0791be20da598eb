// SPDX-License-Identifier: MIT
//
// What the stack leaves to a device that can do it, and what it takes from one: checksums,
// segments to cut, segments merged.
#include "kernel/net/testing/script.hpp"
#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/icmp.hpp"

namespace net::testing {
namespace {

TEST(Offload, the_device_gets_large_segments_if_it_can_cut_them) {
    Config config = Script::default_config();
    config.offloads = {.tx_checksum = true, .tx_tcp4_segments = true};
    Script s(config);
    s.expect_alive();  // and the peer's MAC is known
    s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460>");
    TxFrame out;
    ASSERT_TRUE(s.stack().next_frame(out, s.now()));
    EXPECT_TRUE(out.needs_checksum);
    EXPECT_EQ(out.checksum_start, 34);
    EXPECT_EQ(out.checksum_offset, 16);
    wire::Checksum pseudo;
    pseudo.add_pseudo_header(Script::our_ip, Script::peer_ip, 6, 24);
    EXPECT_EQ(wire::load_be16(&out.header[34 + 16]), pseudo.sum());
    // What the device does makes a segment that everybody accepts.
    Frame frame(out.size());
    out.copy_to(frame.data());
    wire::store_be16(&frame[50], wire::checksum_of(Bytes(frame).subspan(34)));
    auto const header =
        wire::TcpHeader::parse(Bytes(frame).subspan(34), Script::our_ip, Script::peer_ip, true);
    ASSERT_TRUE(header.ok());

    wire::TcpHeader ack;
    ack.source = Port(40'000);
    ack.destination = Port(80);
    ack.flags = wire::TcpFlags::Ack;
    ack.sequence = tcp::SeqNum(s.peer_isn() + 1);
    ack.acknowledgement = header.value().sequence + 1;
    ack.window = 0xffff;
    s.in_frame(s.tcp_frame(ack, {}));
    SocketId socket;
    while (SocketId const id = s.stack().next_ready()) {
        if (id.kind() == SocketId::Kind::Listener) socket = s.accept(id);
    }
    s.send(socket, 10'000);
    ASSERT_TRUE(s.stack().next_frame(out, s.now()));
    EXPECT_EQ(out.gso, Gso::Tcp4);
    EXPECT_EQ(out.gso_size, 1460);
    EXPECT_EQ(out.payload[0].size() + out.payload[1].size(), 10'000u);
}

TEST(Offload, the_device_gets_segments_as_large_as_before_when_the_path_is_wide_again) {
    Config config = Script::default_config();
    config.offloads.tx_tcp4_segments = true;
    config.offloads.largest_frame = TxFrame::header_capacity + 3000;
    Script s(config);
    SocketId const socket = s.established(65'535, 1000);
    std::uint32_t at = 1;
    auto const out = [&](std::uint32_t length) {
        s.out((". " + std::to_string(at) + ":" + std::to_string(at + length) + "(" + std::to_string(length) +
               ") ack 1")
                  .c_str());
    };
    for (int i = 0; i < 3; ++i) {
        s.send(socket, 3000);
        out(3000);
        s.in_unreachable(wire::IcmpHeader::FragmentationNeeded, 740, at);
        out(2800);  // four times 700
        s.discard_output();
        at += 3000;
        s.in((". 1:1(0) ack " + std::to_string(at)).c_str());
        s.advance(Duration::seconds(601));
    }
}

TEST(Offload, a_checksum_that_the_device_verified_is_not_verified_again) {
    Script s;
    s.listen(80);
    wire::TcpHeader syn;
    syn.source = Port(1);
    syn.destination = Port(80);
    syn.flags = wire::TcpFlags::Syn;
    Frame frame = s.tcp_frame(syn, {});
    frame[50] ^= 1;
    s.in_frame(frame);
    EXPECT_EQ(s.dropped(Drop::TcpBadChecksum), 1u);
    s.in_frame(frame, ChecksumState::Verified);
    EXPECT_EQ(s.stack().tcp().connections(), 1u);
}

// `count` octets from the beginning of the stream, in one segment with its checksum left to
// the device that it never met.
Frame merged(Script& s, std::size_t count) {
    wire::TcpHeader header;
    header.source = Port(40'000);
    header.destination = Port(80);
    header.flags = wire::TcpFlags::Ack;
    header.sequence = tcp::SeqNum(s.peer_isn() + 1);
    header.acknowledgement = tcp::SeqNum(s.our_isn() + 1);
    header.window = 0xffff;
    Frame frame = s.tcp_frame(header, stream(0, count));
    wire::Checksum pseudo;
    pseudo.add_pseudo_header(Script::peer_ip, Script::our_ip, 6, static_cast<std::uint16_t>(20 + count));
    wire::store_be16(&frame[50], pseudo.sum());
    return frame;
}

TEST(Offload, segments_that_the_device_merged_are_taken_whole_and_acknowledged_at_once) {
    Config config = Script::default_config();
    config.limits.receive_buffer = 128 * 1024;
    config.offers.window_scale = true;
    for (std::size_t const size : {std::size_t{10'000}, std::size_t{65'535 - 40}}) {
        Script s(config);
        SocketId const listener = s.listen(80);
        s.in("S 0:0(0) win 65535 <mss 1460,wscale 2>");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        SocketId const socket = s.accept(listener);
        s.in_frame(merged(s, size));
        EXPECT_EQ(s.dropped(Drop::TcpBadChecksum), 1u) << "nobody said that it is partial";
        s.silent();
        s.in_frame(merged(s, size), ChecksumState::Partial, 1460);
        std::string const ack = ". 1:1(0) ack " + std::to_string(1 + size);
        s.out(ack.c_str());
        s.silent();
        s.expect_read(socket, size);
    }
}

TEST(Offload, of_merged_segments_only_what_the_window_holds_is_taken) {
    Script s;  // which offers 16 KiB
    SocketId const socket = s.established();
    s.in_frame(merged(s, 20'000), ChecksumState::Partial, 1460);
    s.out(". 1:1(0) ack 16385 win 0");
    EXPECT_EQ(s.dropped(Drop::TcpOutsideWindow), 1u);
    s.expect_read(socket, 16 * 1024);
}

TEST(Offload, merged_segments_that_are_not_tcp_are_dropped_without_a_word) {
    Script s;
    std::vector<std::uint8_t> echo(60'000);
    echo[0] = 8;  // an echo request: its answer would fit no link, were it not cut
    wire::store_be16(&echo[2], wire::checksum_of(echo));
    for (auto const protocol :
         {wire::IpProtocol::Icmp, wire::IpProtocol::Udp, static_cast<wire::IpProtocol>(99)})
        s.in_frame(s.ipv4_frame(protocol, echo), ChecksumState::Partial, 1460);
    Frame fragment = merged(s, 10'000);
    fragment[20] |= 0x20;  // more fragments
    wire::store_be16(&fragment[24], 0);
    wire::store_be16(&fragment[24], wire::checksum_of(Bytes(fragment).subspan(14, 20)));
    s.in_frame(fragment, ChecksumState::Partial, 1460);
    EXPECT_EQ(s.dropped(Drop::MergedButNotTcp), 4u);
    EXPECT_FALSE(s.out_frame());
    s.expect_alive();
}

}  // namespace
}  // namespace net::testing
