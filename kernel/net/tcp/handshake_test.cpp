// SPDX-License-Identifier: MIT
//
// Opening connections, by either side or both. [rfc9293 §3.5, §3.10.7]
#include <cmath>
#include <set>

#include "kernel/net/testing/ports.hpp"
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

TEST(Handshake, a_syn_to_a_listener_is_answered_and_the_connection_accepted) {
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1 win 16384 <mss 1460>");  // MUST-14, SHLD-5
    EXPECT_FALSE(s.stack().tcp().readiness(listener).readable);
    s.in(". 1:1(0) ack 1");
    s.silent();
    EXPECT_TRUE(s.stack().tcp().readiness(listener).readable);
    EXPECT_EQ(s.stack().next_ready(), listener);
    EXPECT_FALSE(s.stack().next_ready());
    SocketId const socket = s.accept(listener);
    s.state(socket, State::Established);
    EXPECT_EQ(s.stack().tcp().accept(listener).error(), Error::WouldBlock);
}

TEST(Handshake, a_request_is_read_and_answered_and_both_sides_close) {
    Script s;
    SocketId const socket = s.established();
    s.in("P. 1:101(100) ack 1");
    s.expect_read(socket, 100);
    s.send(socket, 200);
    s.out("P. 1:201(200) ack 101");
    s.in(". 101:101(0) ack 201");
    s.silent();
    s.stack().tcp().close(socket);
    s.out("F. 201:201(0) ack 101");
    s.in("F. 101:101(0) ack 202");
    s.out(". 202:202(0) ack 102");
    s.silent();
}

TEST(Handshake, a_syn_to_nobody_is_reset) {  // §3.10.7.1
    Script s;
    s.in("S 0:0(0) win 65535");
    s.out("R. 0:0(0) ack 1");
    s.in("P 5:15(10)");
    s.out("R. 0:0(0) ack 15");
    s.in("R 5:5(0)");
    s.silent();
    EXPECT_EQ(s.dropped(Drop::TcpNoConnection), 3u);
}

TEST(Handshake, an_ack_to_nobody_is_reset_with_its_own_number) {
    Script s;
    s.in(". 5:5(0) ack 4711");
    s.out("R 4711:4711(0)");
    s.listen(80);
    s.in(". 5:5(0) ack 4712");  // §3.10.7.2, second
    s.out("R 4712:4712(0)");
}

TEST(Handshake, a_listener_ignores_resets_and_flags_that_make_no_sense) {  // T3
    Script s;
    s.listen(80);
    for (char const* segment : {"R 0:0(0)", "SR 0:0(0)", "SF 0:0(0)", "- 0:0(0)", "F 0:0(0)", "FP 0:0(0)"}) {
        s.in(segment);
        s.silent();
    }
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Handshake, the_syn_ack_is_sent_again_until_it_is_acknowledged) {
    Script s;
    s.listen(80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    for (int seconds : {1, 2, 4, 8}) {
        EXPECT_EQ(s.until_output(), Duration::seconds(seconds));  // [rfc6298 §2.1, §5.5]
        s.out("S. 0:0(0) ack 1");
    }
    s.in(". 1:1(0) ack 1");
    s.advance(Duration::seconds(100));
    s.silent();
}

TEST(Handshake, a_half_open_connection_is_forgotten_after_three_minutes) {  // MUST-22, MUST-23
    Script s;
    s.listen(80);
    s.in("S 0:0(0) win 65535");
    Instant const start = s.now();
    while (s.stack().tcp().connections() > 0) s.advance(Duration::seconds(1));
    EXPECT_GE(s.now() - start, Duration::seconds(180));
    EXPECT_LE(s.now() - start, Duration::seconds(300));
}

TEST(Handshake, a_repeated_syn_is_answered_with_an_ack) {
    Script s;
    s.listen(80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in("S 0:0(0) win 65535");
    s.out(". 1:1(0) ack 1");
    s.in(". 1:1(0) ack 1");
    s.silent();
}

TEST(Handshake, a_wrong_ack_of_our_syn_is_reset_and_the_right_one_still_counts) {
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 2");
    s.out("R 2:2(0)");
    s.in(". 1:1(0) ack 0");
    s.out("R 0:0(0)");
    s.in(". 1:1(0) ack 1");
    s.state(s.accept(listener), State::Established);
}

TEST(Handshake, a_reset_sends_a_passive_connection_back_to_listen) {  // MUST-11
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in("R 1:1(0)");
    s.silent();
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    s.accept(listener);
}

TEST(Handshake, data_with_the_last_ack_is_taken) {
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in("P. 1:11(10) ack 1");
    SocketId const socket = s.accept(listener);
    EXPECT_EQ(s.stack().next_ready(), listener);
    EXPECT_EQ(s.stack().next_ready(), socket);
    s.expect_read(socket, 10);
}

TEST(Handshake, data_in_a_syn_comes_again_and_is_taken_then) {
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 1:11(10) win 65535");  // the script counts data from 1: this SYN has number 1
    s.out("S. 0:0(0) ack 2");
    s.in(". 2:2(0) ack 1");
    s.expect_read(s.accept(listener), 0);
}

TEST(Handshake, without_an_mss_segments_are_536_octets) {  // MUST-15
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    s.send(socket, 1000);
    s.out(". 1:537(536) ack 1");
    s.silent();  // Nagle
    s.in(". 1:1(0) ack 537");
    s.out("P. 537:1001(464) ack 1");
}

TEST(Handshake, an_mss_that_wants_to_make_us_work_is_not_believed) {  // T4
    for (char const* syn : {"S 0:0(0) win 65535 <mss 0>", "S 0:0(0) win 65535 <mss 1>"}) {
        Script s;
        SocketId const listener = s.listen(80);
        s.in(syn);
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        s.send(s.accept(listener), 128);
        s.out(". 1:65(64) ack 1");
        s.out("P. 65:129(64) ack 1");
    }
}

TEST(Handshake, an_mss_beyond_our_link_is_cut_to_it) {  // MUST-16, MUST-67
    Script s;
    SocketId const socket = s.established(65'535, 65'535);
    s.send(socket, 3000);
    s.out(". 1:1461(1460) ack 1");
    s.out(". 1461:2921(1460) ack 1");
}

TEST(Handshake, the_mss_that_we_offer_is_what_our_link_carries) {  // SHLD-6, MUST-67
    for (std::uint16_t mtu : {576, 1000, 1492, 1500}) {
        Config config = Script::default_config();
        config.mtu = mtu;
        std::string const option = "<mss " + std::to_string(mtu - 40) + ">";
        Script s(config);
        s.connect(8080);
        s.out(("S 0:0(0) " + option).c_str());
        s.ports(40'000, 80);
        s.listen(80);
        s.in("S 0:0(0) win 65535 <mss 1460,TS 1,sackOK>");
        s.out(("S. 0:0(0) ack 1 " + option).c_str());  // whatever options segments will have
    }
}

TEST(Handshake, we_can_open_a_connection_too) {
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0) win 16384 <mss 1460>");
    s.state(socket, State::SynSent);
    EXPECT_FALSE(s.stack().tcp().readiness(socket).writable);
    s.in("S. 0:0(0) ack 1 win 1000 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    s.state(socket, State::Established);
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_TRUE(s.stack().tcp().readiness(socket).writable);
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
}

TEST(Handshake, our_own_ports_are_not_to_be_guessed) {  // RFC 6056
    Script s;
    auto& tcp = s.stack().tcp();
    expect_not_to_be_guessed([&] {
        SocketId const socket = s.connect(8080);
        std::uint16_t const port = tcp.information(socket).value().local.port.value();
        tcp.abort(socket);
        return port;
    });
}

TEST(Handshake, a_refused_connection_says_so) {
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0)");
    s.in("R. 0:0(0) ack 1");
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_EQ(s.stack().tcp().error(socket), Error::ConnectionRefused);
    EXPECT_TRUE(s.stack().tcp().readiness(socket).failed);
    std::uint8_t byte = 0;
    EXPECT_EQ(s.stack().tcp().receive(socket, MutableBytes(&byte, 1)).error(), Error::ConnectionRefused);
    s.stack().tcp().close(socket);
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Handshake, while_opening_a_reset_counts_only_with_the_right_ack) {  // §3.10.7.3
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0)");
    s.in("R 0:0(0)");
    s.in("R. 0:0(0) ack 2");
    s.in("R. 0:0(0) ack 0");
    s.silent();
    s.state(socket, State::SynSent);
    s.in(". 0:0(0) ack 2");  // an ACK of nothing: reset, and we carry on
    s.out("R 2:2(0)");
    s.state(socket, State::SynSent);
    s.in("- 0:0(0)");
    s.in("F 0:0(0)");
    s.silent();
    s.state(socket, State::SynSent);
}

TEST(Handshake, nobody_there_means_timed_out_after_three_minutes) {  // MUST-23
    Script s;
    SocketId const socket = s.connect(8080);
    Instant const start = s.now();
    while (!s.stack().tcp().readiness(socket).failed) s.advance(Duration::seconds(1));
    EXPECT_EQ(s.stack().tcp().error(socket), Error::TimedOut);
    EXPECT_GE(s.now() - start, Duration::seconds(180));
}

TEST(Handshake, both_sides_may_open_at_once) {  // MUST-10, RFC 9293 figure 8
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0) <mss 1460>");
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1 <mss 1460>");
    s.state(socket, State::SynReceived);
    s.in("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    s.state(socket, State::Established);
    s.out(". 1:1(0) ack 1");
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
}

TEST(Handshake, a_simultaneous_open_that_is_reset_was_refused) {  // MUST-11
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0)");
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in("R 1:1(0)");
    EXPECT_EQ(s.stack().tcp().error(socket), Error::ConnectionRefused);
}

TEST(Handshake, some_addresses_cannot_be_connected_to) {  // MUST-46, T12
    Script s;
    auto const try_to = [&](Ipv4Address address) {
        return s.stack().tcp().connect(Endpoint{address, Port(80)}).error();
    };
    EXPECT_EQ(try_to(Ipv4Address::broadcast()), Error::InvalidAddress);
    EXPECT_EQ(try_to(Ipv4Address(10, 0, 2, 255)), Error::InvalidAddress);
    EXPECT_EQ(try_to(Ipv4Address(224, 0, 0, 1)), Error::InvalidAddress);
    EXPECT_EQ(try_to(Ipv4Address()), Error::InvalidAddress);
    EXPECT_EQ(try_to(Script::our_ip), Error::InvalidAddress);
    EXPECT_EQ(s.stack().tcp().connect(Endpoint{Script::peer_ip, Port(0)}).error(), Error::InvalidAddress);
}

TEST(Handshake, listening_twice_on_a_port_is_refused_and_connections_do_not_matter) {  // MUST-41, MUST-42
    Script s;
    SocketId const socket = s.established();
    EXPECT_EQ(s.stack().tcp().listen(Endpoint{IpAddress(), Port(80)}).error(), Error::AddressInUse);
    s.state(socket, State::Established);
    s.ports(40'001, 80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.state(socket, State::Established);
}

TEST(Handshake, a_host_that_does_not_answer_arp_is_unreachable) {
    Script s;
    auto result = s.stack().tcp().connect(Endpoint{Ipv4Address(10, 0, 2, 77), Port(80)});
    ASSERT_TRUE(result.ok());
    s.advance(Duration::seconds(5));
    EXPECT_EQ(s.stack().tcp().error(result.value()), Error::HostUnreachable);
    s.advance(Duration::seconds(60));
    s.stack().tcp().close(result.value());
}

TEST(Handshake, the_backlog_is_bounded_also_in_what_nobody_accepts) {  // T13
    Script s;
    SocketId const listener = s.listen(80, 4);
    for (std::uint16_t port = 1; port <= 4; ++port) {
        s.ports(port, 80);
        s.in("S 0:0(0) win 65535");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
    }
    s.ports(5, 80);
    s.in("S 0:0(0) win 65535");
    s.silent();
    EXPECT_EQ(s.dropped(Drop::TcpBacklogFull), 1u);
    s.accept(listener);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    EXPECT_EQ(s.stack().tcp().connections(), 5u);
}

TEST(Handshake, closing_a_listener_resets_what_nobody_accepted) {
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    s.stack().tcp().close(listener);
    s.out("R. 1:1(0) ack 1");
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
    s.ports(40'001, 80);
    s.in("S 0:0(0) win 65535");
    s.out("R. 0:0(0) ack 1");
}

TEST(Handshake, initial_numbers_grow_for_one_pair_and_are_unrelated_between_pairs) {  // MUST-8, SHLD-1, T22
    Script s;
    s.listen(80);
    std::set<std::uint32_t> steps;
    std::uint32_t previous = 0;
    for (std::uint16_t port = 1; port <= 2000; ++port) {
        s.ports(port, 80);
        s.in("S 0:0(0) win 65535");
        s.out("S. 0:0(0) ack 1");
        std::uint32_t const isn = s.our_isn();
        steps.insert(isn - previous);
        previous = isn;
        s.in("R 1:1(0)");
        if (port % 100 == 0) {
            s.advance(Duration::milliseconds(400));
            s.in("S 0:0(0) win 65535");
            s.out("S. 0:0(0) ack 1");
            EXPECT_EQ(s.our_isn() - isn, 100'000u);  // one tick every 4 us
            s.in("R 1:1(0)");
            previous = s.our_isn();
        }
    }
    EXPECT_GE(steps.size(), 1999u);
}

// What shows a generator: numbers that come again, bits that are rarely set, a rhythm.
TEST(Handshake, initial_numbers_of_ten_thousand_pairs_are_noise) {  // T22
    Script s;
    s.listen(80);
    constexpr unsigned pairs = 10'000;
    std::vector<std::uint32_t> numbers;
    for (unsigned i = 0; i < pairs; ++i) {
        s.ports(static_cast<std::uint16_t>(1024 + i), 80);
        s.in("S 0:0(0) win 65535");
        s.out("S. 0:0(0) ack 1");
        numbers.push_back(s.our_isn());
        s.in("R 1:1(0)");
    }
    EXPECT_GE(std::set(numbers.begin(), numbers.end()).size(), pairs - 5);
    std::set<std::uint32_t> steps;
    std::array<unsigned, 32> set{};
    unsigned rises = 0;
    for (unsigned i = 1; i < pairs; ++i) {
        std::uint32_t const step = numbers[i] - numbers[i - 1];
        steps.insert(step);
        for (unsigned bit = 0; bit < 32; ++bit) set[bit] += step >> bit & 1;
        rises += numbers[i] > numbers[i - 1];
    }
    EXPECT_GE(steps.size(), pairs - 6);
    // Five standard deviations: 250 of 10,000, and less of rises, which depend on one another.
    for (unsigned bit = 0; bit < 32; ++bit) EXPECT_NEAR(set[bit], pairs / 2, 250) << "bit " << bit;
    EXPECT_NEAR(rises, pairs / 2, 150);
    // The power at each frequency of noise has an exponential distribution: of 512, one in ten
    // million is above 24 times its mean.
    constexpr unsigned length = 1024;
    for (unsigned frequency = 1; frequency < length / 2; ++frequency) {
        double real = 0, imaginary = 0;
        for (unsigned i = 0; i < length; ++i) {
            double const value = numbers[i] / 2147483648.0 - 1;
            double const angle = 2 * M_PI * frequency * i / length;
            real += value * std::cos(angle);
            imaginary += value * std::sin(angle);
        }
        double const mean = length / 3.0;  // the variance of an even distribution from -1 to 1
        EXPECT_LT((real * real + imaginary * imaginary) / mean, 24) << frequency;
    }
}

TEST(SipHash, is_that_of_its_authors) {
    // The test vectors' key 00..0f and the message 00..07, 00..0f of the reference implementation.
    SipKey const key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    EXPECT_EQ(SipHash(key).finish(), 0x726fdb47dd0e0e31u);
    EXPECT_EQ(SipHash(key).add(0x0706050403020100).finish(), 0x93f5f5799a932462u);
}

}  // namespace
}  // namespace net::testing
