// SPDX-License-Identifier: MIT
//
// Datagrams in pieces, seen from the link. The letters are those of the list of hostile
// input: F.
#include "kernel/net/ip/reassembly.hpp"

#include "kernel/net/testing/packets.hpp"

namespace net::testing {
namespace {

using wire::IpProtocol;
using wire::Ipv4Header;

struct Piece {
    std::size_t offset;
    std::size_t length;
    bool more;
};

Frame fragment(Script const& s, Octets const& whole, Piece piece, std::uint16_t id = 77,
               std::uint8_t twist = 0) {
    Octets part(piece.length);
    for (std::size_t i = 0; i < piece.length; ++i) {
        std::size_t const at = piece.offset + i;
        part[i] = static_cast<std::uint8_t>((at < whole.size() ? whole[at] : 0) ^ twist);
    }
    return changed(s.ipv4_frame(IpProtocol::Icmp, part), [&](std::uint8_t* ip) {
        wire::store_be16(ip + 4, id);
        wire::store_be16(ip + 6, static_cast<std::uint16_t>((piece.more ? 0x2000 : 0) | piece.offset / 8));
    });
}

TEST(Fragments, in_any_order_make_the_datagram) {
    Octets const whole = echo_request(3000 - 8);
    std::vector<Piece> pieces{{0, 1000, true}, {1000, 800, true}, {1800, 600, true}, {2400, 600, false}};
    std::sort(pieces.begin(), pieces.end(), [](Piece a, Piece b) { return a.offset < b.offset; });
    std::vector<int> order{0, 1, 2, 3};
    do {
        Script s;
        for (int i : order) s.in_frame(fragment(s, whole, pieces[static_cast<std::size_t>(i)]));
        // The answer is larger than the link and leaves in pieces as well.
        Octets answer;
        while (auto const frame = s.out_frame()) {
            auto const ip = Ipv4Header::parse(Bytes(*frame).subspan(14));
            ASSERT_TRUE(ip.ok());
            EXPECT_EQ(ip.value().fragment_offset, answer.size());
            EXPECT_LE(ip.value().total_length, 1500);
            Bytes const part = Bytes(*frame).subspan(34);
            answer.insert(answer.end(), part.begin(), part.end());
        }
        ASSERT_EQ(answer.size(), whole.size());
        EXPECT_TRUE(std::equal(answer.begin() + 4, answer.end(), whole.begin() + 4));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Fragments, that_come_twice_do_no_harm) {  // F5
    Script s;
    Octets const whole = echo_request(2000 - 8);
    s.in_frame(fragment(s, whole, {0, 1000, true}));
    s.in_frame(fragment(s, whole, {0, 1000, true}));
    s.in_frame(fragment(s, whole, {1000, 1000, false}));
    EXPECT_TRUE(s.out_frame());
    EXPECT_EQ(s.stack().statistics().dropped(), 0u);
}

TEST(Fragments, that_overlap_condemn_the_datagram) {  // F1, F6
    struct Case {
        Piece first, second;
        std::uint8_t twist;
    };
    for (Case const& c : {Case{{0, 1000, true}, {992, 1008, false}, 0},      // partly
                          Case{{0, 1000, true}, {0, 1000, true}, 0xff},      // the same place, other bytes
                          Case{{0, 1000, true}, {8, 16, true}, 1},           // inside: "teardrop"
                          Case{{1000, 1000, false}, {1000, 992, false}, 0},  // two ends
                          Case{{1000, 1000, false}, {2000, 8, true}, 0},     // beyond the end
                          Case{{1000, 1000, true}, {800, 200, false}, 0}}) {
        Script s;
        Octets const whole = echo_request(2000 - 8);
        s.in_frame(fragment(s, whole, c.first));
        s.in_frame(fragment(s, whole, c.second, 77, c.twist));
        EXPECT_EQ(s.dropped(Drop::FragmentOverlap), 1u);
        s.expect_alive();
    }
}

TEST(Fragments, of_impossible_length_are_dropped) {  // F2, F3, F4
    Script s;
    Octets const whole = echo_request(2000 - 8);
    s.in_frame(fragment(s, whole, {0, 1001, true}));
    s.in_frame(fragment(s, whole, {0, 0, true}));
    s.in_frame(fragment(s, whole, {8, 0, false}));
    EXPECT_EQ(s.dropped(Drop::FragmentBadLength), 3u);
    s.in_frame(fragment(s, whole, {65'528, 1000, false}));  // the "ping of death"
    EXPECT_EQ(s.dropped(Drop::FragmentTooLarge), 1u);
    s.expect_alive();
}

TEST(Fragments, smaller_than_the_header_inside_are_put_together_first) {  // F7
    Script s;
    Octets const whole = echo_request(40 - 8);
    for (std::size_t at = 0; at < 40; at += 8) s.in_frame(fragment(s, whole, {at, 8, at < 32}));
    EXPECT_TRUE(s.out_frame());
}

TEST(Fragments, that_stay_incomplete_are_given_up_after_a_minute) {  // F8
    for (bool first : {true, false}) {
        Script s;
        Octets const whole = echo_request(2000 - 8);
        s.expect_alive();
        s.in_frame(fragment(s, whole, first ? Piece{0, 1000, true} : Piece{1000, 1000, false}));
        s.advance(Duration::seconds(59));
        EXPECT_EQ(s.dropped(Drop::FragmentTimeout), 0u);
        s.advance(Duration::seconds(1));
        EXPECT_EQ(s.dropped(Drop::FragmentTimeout), 1u);
        auto const told = s.out_frame();
        ASSERT_EQ(told.has_value(), first);  // only then does the sender hear of it
        if (told) {
            EXPECT_EQ((*told)[34], 11);
            EXPECT_EQ((*told)[35], 1);
        }
        s.expect_alive();
    }
}

TEST(Fragments, of_ten_thousand_datagrams_cost_bounded_memory) {  // F9
    Script s;
    Octets const whole = echo_request(2000 - 8);
    std::size_t peak = 0;
    for (unsigned id = 0; id < 10'000; ++id) {
        s.in_frame(fragment(s, whole, {0, 1000, true}, static_cast<std::uint16_t>(id)));
        if (id == 10) peak = s.memory().used();
    }
    EXPECT_LE(s.memory().used(), peak);
    s.expect_alive();
}

TEST(Fragments, of_two_senders_or_two_datagrams_never_mix) {  // F10, F11
    Script s;
    Octets const whole = echo_request(2000 - 8);
    s.in_frame(fragment(s, whole, {0, 1000, true}, 1));
    s.in_frame(fragment(s, whole, {1000, 1000, false}, 2));
    Frame other = changed(fragment(s, whole, {1000, 1000, false}, 1),
                          [](std::uint8_t* ip) { wire::store_ipv4(ip + 12, Ipv4Address(10, 0, 2, 9)); });
    s.in_frame(other);
    EXPECT_FALSE(s.out_frame());
    s.in_frame(fragment(s, whole, {1000, 1000, false}, 1));
    EXPECT_TRUE(s.out_frame());
}

TEST(Fragments, of_any_shape_are_survived) {
    Script s;
    SeededRandom random(3);
    Octets const whole = echo_request(4000 - 8);
    for (int i = 0; i < 20'000; ++i) {
        Piece const piece{8 * random.below(random.chance(95) ? 500 : 8192), random.below(1400),
                          random.chance(70)};
        s.in_frame(fragment(s, whole, piece, static_cast<std::uint16_t>(random.below(6)),
                            random.chance(5) ? 0xff : 0));
        if (i % 1000 == 0) s.advance(Duration::seconds(10));
        s.discard_output();
    }
    s.expect_alive();
}

}  // namespace
}  // namespace net::testing
