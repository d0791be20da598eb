// SPDX-License-Identifier: MIT
//
// What a receiver says of blocks behind holes, and of what came twice. [rfc2018] [rfc2883]
#include "kernel/net/testing/stages.hpp"

namespace net::testing {
namespace {

TEST(Sack, says_what_came_behind_holes_the_latest_first) {  // RFC 2018 §4
    Script s;
    opened(s, "mss 1460,sackOK");
    s.in(". 101:201(100) ack 1");
    s.out(". 1:1(0) ack 1 <sack 101:201>");
    s.in(". 301:401(100) ack 1");
    s.out(". 1:1(0) ack 1 <sack 301:401,sack 101:201>");
    s.in(". 501:601(100) ack 1");
    s.out(". 1:1(0) ack 1 <sack 501:601,sack 301:401,sack 101:201>");
    s.in(". 201:301(100) ack 1");
    s.out(". 1:1(0) ack 1 <sack 101:401,sack 501:601>");
    s.in(". 1:101(100) ack 1");
    s.out(". 1:1(0) ack 401 <sack 501:601>");
    s.in(". 401:501(100) ack 1");
    s.out(". 1:1(0) ack 601");
    EXPECT_EQ(s.last().sack_count, 0u);
}

// Eight segments of 500 octets, of which the first is here: the examples of RFC 2018 §4 with
// 5001 for 1, and what the receiver is to say.
struct Example {
    explicit Example() {
        SocketId const listener = s.listen(80);
        s.in("S 0:0(0) win 65535 <mss 500,sackOK>");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        s.accept(listener);
    }
    void segment(unsigned i) {
        unsigned const begin = 1 + 500 * i;
        s.in((". " + std::to_string(begin) + ":" + std::to_string(begin + 500) + "(500) ack 1").c_str());
    }
    void says(unsigned ack, std::vector<std::pair<unsigned, unsigned>> const& blocks) {
        std::string text = ". 1:1(0) ack " + std::to_string(1 + 500 * ack);
        for (std::size_t i = 0; i < blocks.size(); ++i)
            text += std::string(i == 0 ? " <" : ",") + "sack " + std::to_string(1 + 500 * blocks[i].first) +
                    ":" + std::to_string(1 + 500 * blocks[i].second);
        s.out((text + (blocks.empty() ? "" : ">")).c_str());
        if (blocks.empty()) {
            EXPECT_EQ(s.last().sack_count, 0u);
        }
    }
    Script s;
};

TEST(Sack, example_case_1_the_first_four_come_and_the_last_four_are_lost) {  // RFC 2018 §4
    Example e;
    for (unsigned i = 0; i < 4; ++i) e.segment(i);
    e.s.advance(Duration::milliseconds(40));
    e.says(4, {});
}

TEST(Sack, example_case_2_the_first_is_lost_and_seven_come) {  // RFC 2018 §4
    Example e;
    for (unsigned i = 1; i < 8; ++i) {
        e.segment(i);
        e.says(0, {{1, i + 1}});
    }
}

TEST(Sack, example_case_3_every_second_one_is_lost_and_two_come_later) {  // RFC 2018 §4
    Example e;
    e.segment(0);
    e.segment(2);
    e.says(1, {{2, 3}});
    e.segment(4);
    e.says(1, {{4, 5}, {2, 3}});
    e.segment(6);
    e.says(1, {{6, 7}, {4, 5}, {2, 3}});
    e.segment(3);  // the fourth, out of order
    e.says(1, {{2, 5}, {6, 7}});
    e.segment(1);  // and the second
    e.says(5, {{6, 7}});
}

TEST(Sack, duplicate_example_1_an_ack_was_lost) {  // RFC 2883 §4.1.1
    Example e;
    for (unsigned i = 0; i < 2; ++i) e.segment(i);
    e.s.advance(Duration::milliseconds(40));
    e.s.discard_output();
    e.segment(0);
    e.says(2, {{0, 1}});
}

TEST(Sack, duplicate_example_2_beside_what_is_out_of_order) {  // RFC 2883 §4.1.2
    Example e;
    e.segment(0);
    e.segment(2);
    e.says(1, {{2, 3}});
    e.segment(0);
    e.says(1, {{0, 1}, {2, 3}});
}

TEST(Sack, duplicate_example_3_of_what_is_out_of_order) {  // RFC 2883 §4.1.3
    Example e;
    e.segment(0);
    e.segment(2);
    e.says(1, {{2, 3}});
    e.segment(3);
    e.says(1, {{2, 4}});
    e.segment(3);
    e.says(1, {{3, 4}, {2, 4}});
}

TEST(Sack, has_four_blocks_or_three_beside_time_stamps) {
    for (bool stamped : {false, true}) {
        Script s;
        opened(s, stamped ? "mss 1460,sackOK,TS 1" : "mss 1460,sackOK",
               stamped ? ". 1:1(0) ack 1 <TS 1>" : ". 1:1(0) ack 1");
        for (unsigned at : {101u, 301u, 501u, 701u, 901u}) {
            std::string const begin = std::to_string(at), end = std::to_string(at + 100);
            s.in((". " + begin + ":" + end + "(100) ack 1" + (stamped ? " <TS 1>" : "")).c_str());
            s.out(". 1:1(0) ack 1");
        }
        EXPECT_EQ(s.last().sack_count, stamped ? 3u : 4u);
        EXPECT_EQ(s.last().sack[0].begin.raw() - s.peer_isn(), 901u);
        EXPECT_LE(s.last().emitted_size(), wire::TcpHeader::largest_size);
    }
}

TEST(Sack, is_silent_when_it_was_not_agreed) {
    Script s;
    s.established();
    s.in(". 101:201(100) ack 1");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(s.last().sack_count, 0u);
}

TEST(Sack, tells_once_of_what_came_twice) {  // RFC 2883 §4
    Script s;
    opened(s, "mss 1460,sackOK");
    s.in("P. 1:101(100) ack 1");
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 101 <sack 1:101>");
    s.in(". 201:301(100) ack 1");
    s.out(". 1:1(0) ack 101 <sack 201:301>");
    s.in(". 201:301(100) ack 1");  // twice behind a hole: both blocks are the same
    s.out(". 1:1(0) ack 101 <sack 201:301>");
    s.in(". 151:251(100) ack 1");  // the duplicate lies in a larger block
    s.out(". 1:1(0) ack 101 <sack 201:251,sack 151:301>");
    s.in(". 301:401(100) ack 1");
    s.out(". 1:1(0) ack 101 <sack 151:401>");
}

TEST(Sack, tells_of_what_comes_again_after_its_ack_left) {  // RFC 2883 §4.1
    Script s;
    opened(s, "mss 1460,sackOK");
    s.in("P. 1:101(100) ack 1");
    s.until_output();
    s.out(". 1:1(0) ack 101");
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 101 <sack 1:101>");
    s.in(". 51:51(0) ack 1");  // without data nothing came twice
    s.out(". 1:1(0) ack 101");
    EXPECT_EQ(s.last().sack_count, 0u);
    s.in("S 0:0(0) win 65535");  // nor is a SYN data
    s.out(". 1:1(0) ack 101");
    EXPECT_EQ(s.last().sack_count, 0u);
}

TEST(Sack, a_duplicate_from_before_the_stream_ends_where_its_data_does) {
    Script s;
    opened(s, "mss 1460,sackOK");
    s.in("P. 1:101(100) ack 1");
    s.until_output();
    s.out(". 1:1(0) ack 101");
    s.in(". 4294967247:51(100) ack 1");  // its first half is nothing that we know
    s.out(". 1:1(0) ack 101 <sack 1:51>");
}

TEST(Sack, rides_on_data_that_leaves_room_for_it) {  // RFC 2018 §4
    Script s;
    SocketId const socket = opened(s, "mss 1460,sackOK");
    s.in(". 101:201(100) ack 1");
    s.send(socket, 3000);
    s.out(". 1:1449(1448) ack 1 <sack 101:201>");
    s.out(". 1449:2897(1448) ack 1 <sack 101:201>");
    s.in(". 1:101(100) ack 2897");
    s.out("P. 2897:3001(104) ack 201");
    EXPECT_EQ(s.last().sack_count, 0u);
}

TEST(Sack, options_of_a_syn_are_parsed_and_emitted_in_any_company) {
    SeededRandom random(21);
    for (int i = 0; i < 2000; ++i) {
        wire::TcpOptions options;
        if (random.chance(50)) options.mss = static_cast<std::uint16_t>(random.next());
        if (random.chance(50)) options.window_scale = static_cast<std::uint8_t>(random.below(15));
        options.sack_permitted = random.chance(50);
        if (random.chance(50))
            options.timestamps = {static_cast<std::uint32_t>(random.next()),
                                  static_cast<std::uint32_t>(random.next())};
        bool const is_syn = random.chance(50);
        if (!is_syn) {
            options.mss.reset();
            options.window_scale.reset();
            options.sack_permitted = false;
            options.sack_count = static_cast<std::uint8_t>(random.below(options.timestamps ? 4 : 5));
            for (std::uint8_t b = 0; b < options.sack_count; ++b)
                options.sack[b] = {tcp::SeqNum(static_cast<std::uint32_t>(random.next())),
                                   tcp::SeqNum(static_cast<std::uint32_t>(random.next()))};
        }
        std::vector<std::uint8_t> octets(options.emitted_size());
        ASSERT_EQ(octets.size() % 4, 0u);
        ASSERT_LE(octets.size(), wire::TcpOptions::largest_size);
        options.emit(octets.data());
        auto const parsed = wire::TcpOptions::parse(octets, is_syn);
        ASSERT_TRUE(parsed.ok());
        EXPECT_EQ(parsed.value(), options);
    }
}

TEST(Sack, lengths_that_cannot_be_condemn_the_segment) {  // T4
    auto const parse = [](std::vector<std::uint8_t> const& octets) {
        return wire::TcpOptions::parse(octets, true).ok();
    };
    for (std::uint8_t length = 0; length < 40; ++length) {
        std::vector<std::uint8_t> octets(40, 1);
        octets[1] = length;
        octets[0] = 3;
        EXPECT_EQ(parse(octets), length == 3) << unsigned{length};
        octets[0] = 4;
        EXPECT_EQ(parse(octets), length == 2) << unsigned{length};
        octets[0] = 5;
        EXPECT_EQ(parse(octets), length > 2 && (length - 2) % 8 == 0) << unsigned{length};
        octets[0] = 8;
        EXPECT_EQ(parse(octets), length == 10) << unsigned{length};
    }
}

}  // namespace
}  // namespace net::testing
