// SPDX-License-Identifier: MIT
//
// What the textbook's halves cannot do is not offered to a peer, and not done when a peer, a
// device or a configuration suggests it. What they can do, the scripts of kernel/net/tcp test
// with them, too.
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

static_assert(!tcp::Sender::knows_sack && !tcp::Receiver::knows_sack && !tcp::Sender::knows_ecn,
              "compiled with the halves that this test is about");

TEST(Textbook, our_syn_offers_a_scale_and_time_stamps_and_asks_for_nothing_else) {
    Config config = Script::default_config();
    config.offers.ecn = TcpOffers::Ecn::Ask;
    Script s(config);
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0) win 16384 <mss 1460,TS 0 ecr 0,wscale 0>");
    EXPECT_FALSE(s.last().sack_permitted);
    // A peer that says more in its answer says it in vain.
    s.in("SE. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS 5,wscale 3>");
    s.out(". 1:1(0) ack 1 <TS 0 ecr 5>");
    auto const information = s.stack().tcp().information(socket).value();
    EXPECT_TRUE(information.timestamps);
    EXPECT_EQ(information.send_shift, 3u);
    EXPECT_FALSE(information.sack);
    EXPECT_FALSE(information.ecn);
}

TEST(Textbook, our_answer_agrees_to_no_more_than_that) {
    Script s;
    SocketId const listener = s.listen(80);
    s.in("SEW 0:0(0) win 65535 <mss 1460,sackOK,TS 7,wscale 3>");
    s.out("S. 0:0(0) ack 1 <mss 1460,TS 0 ecr 7,wscale 0>");  // and without E
    EXPECT_FALSE(s.last().sack_permitted);
    s.in(". 1:1(0) ack 1 <TS 8>");
    SocketId const socket = s.accept(listener);
    EXPECT_FALSE(s.stack().tcp().information(socket).value().sack);
    EXPECT_FALSE(s.stack().tcp().information(socket).value().ecn);
    // Behind a hole: a duplicate ACK, without blocks, and unmarked whatever came marked.
    s.in(". 101:201(100) ack 1 ce <TS 9>");
    s.out(". 1:1(0) ack 1 notect");
    EXPECT_EQ(s.last().sack_count, 0u);
    s.send(socket, 100);
    s.out("P. 1:101(100) ack 1 notect");
    EXPECT_EQ(s.last().sack_count, 0u);
}

TEST(Textbook, a_cookie_promises_no_more_either) {
    Script s;
    s.listen(80, 1);
    for (std::uint16_t port = 40'000; port < 40'003; ++port) {
        s.ports(port, 80);
        s.in("SEW 0:0(0) win 65535 <mss 1460,sackOK,TS 7,wscale 3>");
        s.out("S. 0:0(0) ack 1 <mss 1460,TS 0 ecr 7,wscale 0>");
        EXPECT_FALSE(s.last().sack_permitted);
    }
    EXPECT_GT(s.stack().statistics().cookies_sent, 0u);
}

TEST(Textbook, blocks_that_come_uninvited_change_nothing) {
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 5 * 1460);
    s.discard_output();
    s.in(". 1:1(0) ack 1 <sack 1461:7301>");
    s.silent();
    s.until_output();
    s.out(". 1:1461(1460) ack 1");  // the loss window, from the first octet on
    s.in(". 1:1(0) ack 1461");
    s.out(". 1461:2921(1460) ack 1");  // not what the blocks left out
    s.discard_output();
}

TEST(Textbook, cuts_segments_itself_whatever_the_device_can) {
    Config config = Script::default_config();
    config.offloads.tx_tcp4_segments = true;
    Script s(config);
    SocketId const socket = s.established();
    s.send(socket, 4000);
    s.out(". 1:1461(1460) ack 1");
    s.out(". 1461:2921(1460) ack 1");
    s.silent();
    s.in(". 1:1(0) ack 2921");
    s.out("P. 2921:4001(1080) ack 1");
}

TEST(Textbook, everything_behind_a_loss_is_sent_again_after_the_timer) {
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 4 * 1460);
    s.discard_output();
    s.until_output();
    s.out(". 1:1461(1460) ack 1");
    s.in(". 1:1(0) ack 1461");
    s.out(". 1461:2921(1460) ack 1");
    s.out(". 2921:4381(1460) ack 1");
    s.in(". 1:1(0) ack 5841");  // the rest had arrived
    s.silent();
    EXPECT_EQ(s.stack().tcp().information(socket).value().retransmissions, 3u);
}

// The law that a stack is configured with may be another: these halves know Reno's.
TEST(Textbook, the_window_halves_by_the_book) {
    Config config = Script::default_config();
    config.congestion = CongestionLaw::Cubic;  // would leave seven tenths
    Script s(config);
    SocketId const socket = s.established();
    s.send(socket, 10 * 1460);
    s.discard_output();
    for (int i = 0; i < 3; ++i) s.in(". 1:1(0) ack 1");
    s.out(". 1:1461(1460) ack 1");
    EXPECT_EQ(s.stack().tcp().information(socket).value().threshold, 5u * 1460);
    s.in(". 1:1(0) ack 14601");
    s.silent();
}

}  // namespace
}  // namespace net::testing
