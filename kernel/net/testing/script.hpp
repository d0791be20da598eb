// SPDX-License-Identifier: MIT
//
// Tests that read as a script: this arrives, that is expected to leave, so much
// time passes, silence. The stack under test is 10.0.2.15; the script plays
// 10.0.2.2, which answers ARP by itself. Segments are written as packetdrill
// writes them, with sequence numbers relative to each side's first:
//
//     Script s;
//     SocketId listener = s.listen(80);
//     s.in("S 0:0(0) win 65535 <mss 1460>");
//     s.out("S. 0:0(0) ack 1 win 16384 <mss 1460>");
//     s.in(". 1:1(0) ack 1");
//     s.advance(Duration::milliseconds(200));
//     s.silent();
//
// Options stand in <>, separated by commas: mss N, sackOK, wscale N, sack BEGIN:END, and
// TS VALUE ecr ECHO. Of segments that leave, only the kinds of options that are named are
// compared, and of TS only the echo. An incoming TS without ecr echoes the last of ours;
// `ecr N` is N ticks before that one.
//
// Behind the window may stand `urg POINTER`, and what the IP header says of congestion: ect0
// or ce; notect, of what leaves, that it must be neither.
// Flags are S F R P U E W and . for ACK. `win` may be left out: incoming segments
// then carry the last one, and of outgoing ones it is not checked. The payload's
// bytes are those of stream_byte. A failure prints the script so far.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/net/interface.hpp"
#include "kernel/net/testing/world.hpp"
#include "kernel/net/wire/tcp.hpp"

namespace net::testing {

using base::Duration;
using base::Instant;
using Frame = std::vector<std::uint8_t>;

// A segment as the script writes it.
struct Segment {
    std::string flags;
    std::uint32_t begin = 0;  // relative
    std::uint32_t length = 0;
    std::optional<std::uint32_t> ack;
    std::optional<std::uint32_t> window;
    std::optional<unsigned> urgent;  // the pointer, of segments with U
    std::optional<unsigned> ecn;     // the field in the IP header
    std::optional<std::uint16_t> mss;
    std::optional<unsigned> window_scale;
    bool sack_permitted = false;
    struct Timestamps {
        std::uint32_t value = 0;
        std::optional<std::uint32_t> echo;
    };
    std::optional<Timestamps> timestamps;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sack;  // relative
};

class Script {
public:
    static constexpr MacAddress our_mac{{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}};
    static constexpr MacAddress peer_mac{{0x52, 0x55, 0x0a, 0x00, 0x02, 0x02}};
    static constexpr Ipv4Address our_ip{10, 0, 2, 15};
    static constexpr Ipv4Address peer_ip{10, 0, 2, 2};

    static Config default_config();
    explicit Script(Config const& config = default_config());
    ~Script();

    // ---- sockets ----
    SocketId listen(std::uint16_t port, std::uint16_t backlog = 256);
    SocketId accept(SocketId listener);
    SocketId connect(std::uint16_t port);
    void send(SocketId, std::size_t count);         // the next bytes of the stream
    void expect_read(SocketId, std::size_t count);  // the next ones, in order; 0: there are none
    void expect_end(SocketId);
    // A connection that the script opened, with the handshake done.
    SocketId established(std::uint16_t window = 65'535, std::uint16_t mss = 1460);

    // ---- the wire ----
    void in(char const* segment);
    void out(char const* segment);
    void silent();           // nothing leaves
    void advance(Duration);  // time passes; deadlines are kept on the way
    // Lets time pass until something leaves, at most `limit`; how long it took.
    Duration until_output(Duration limit = Duration::seconds(200));
    void state(SocketId, tcp::State);

    // From which ports the script speaks: a new pair is a new connection.
    void ports(std::uint16_t peer, std::uint16_t ours);
    void use_peer_isn(std::uint32_t isn) { peer_isn_ = isn; }

    // ---- below TCP ----
    void in_frame(Frame const&, ChecksumState = ChecksumState::Unknown, std::uint16_t gso_size = 0);
    std::optional<Frame> out_frame();  // whatever leaves next, ARP included
    // A router says why it forwards no segment of ours: it quotes what starts at `sequence`.
    void in_unreachable(std::uint8_t code, std::uint32_t rest, std::uint32_t sequence);
    // An IPv4 packet from the peer to us.
    Frame ipv4_frame(wire::IpProtocol, std::vector<std::uint8_t> const& payload) const;
    Frame tcp_frame(wire::TcpHeader const&, std::vector<std::uint8_t> const& payload) const;

    Interface& stack() { return *stack_; }
    CountingAllocator& memory() { return memory_; }
    Instant now() const { return now_; }
    std::uint64_t dropped(Drop reason) const { return stack_->statistics().dropped(reason); }
    // Forgets what was queued for the script to look at.
    void discard_output();
    void log(std::string line);
    std::uint32_t our_isn() const { return our_isn_.value_or(0); }
    std::uint32_t peer_isn() const { return peer_isn_; }
    wire::TcpHeader const& last() const { return last_; }  // the last segment that out() saw

    // What every hostile input must leave behind: a host that answers ping.
    void expect_alive();

private:
    void pump();
    bool answer_arp(Frame const&);
    std::optional<std::string> next_segment_text(Segment const& expected);
    [[nodiscard]] std::string story() const;

    CountingAllocator memory_;
    SeededRandom random_{1};
    Interface* stack_;
    Instant now_ = Instant::from_boot(Duration::seconds(1));
    std::deque<Frame> output_;
    std::vector<std::string> lines_;
    std::uint16_t peer_port_ = 40'000;
    std::uint16_t our_port_ = 80;
    std::uint32_t peer_isn_ = 0x1000'0000;
    std::optional<std::uint32_t> our_isn_;
    std::uint32_t our_clock_ = 0;  // the last time stamp that left
    wire::TcpHeader last_;
    std::map<std::pair<std::uint16_t, std::uint16_t>, std::uint32_t> known_isns_;
    std::uint32_t window_ = 65'535;
    std::uint64_t sent_ = 0;
    std::uint64_t read_ = 0;
};

}  // namespace net::testing
