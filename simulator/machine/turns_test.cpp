// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/turns.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sim::machine {
namespace {

struct Ring {
    Turns turns{3, 10};
    std::set<unsigned> awake{0, 1, 2};
    std::uint64_t count = 0;

    std::optional<Turns::Turn> next() {
        return turns.next(count, [this](unsigned i) { return awake.contains(i); });
    }
    // Who executes the next instructions, one digit each; '-': nobody.
    std::string run(unsigned instructions) {
        std::string text;
        for (unsigned i = 0; i < instructions; ++i) {
            auto const turn = next();
            if (!turn) return text + '-';
            text += static_cast<char>('0' + turn->cpu);
            ++count;
            turns.taken(*turn);
        }
        return text;
    }
};

TEST(Turns, go_round_by_the_quantum) {
    Ring ring;
    ring.count = 5;
    EXPECT_EQ(ring.run(40), "1111111111222222222200000000001111111111");
}

TEST(Turns, are_the_same_however_often_they_are_looked_at) {
    Ring ring, asked;
    for (unsigned i = 0; i < 100; ++i) {
        for (unsigned k = 0; k < i % 4; ++k) asked.next();
        EXPECT_EQ(asked.run(1), ring.run(1));
    }
}

TEST(Turns, skip_who_sleeps_and_last_while_one_is_alone) {
    Ring ring;
    ring.awake = {1};
    EXPECT_EQ(ring.run(25), std::string(25, '1'));
    ring.awake = {1, 2};  // its turn is long over
    EXPECT_EQ(ring.run(12), "222222222211");
    ring.awake = {};
    EXPECT_EQ(ring.run(1), "-");
    ring.awake = {0, 2};
    EXPECT_EQ(ring.run(11), "22222222220");
}

TEST(Turns, end_when_they_are_given_up) {
    Ring ring;
    ring.awake = {0, 1};
    EXPECT_EQ(ring.run(3), "111");
    ring.turns.give_up(ring.count);
    EXPECT_EQ(ring.run(11), "00000000001");
    ring.awake = {1};
    ring.turns.give_up(ring.count);
    EXPECT_EQ(ring.run(3), "111");
}

}  // namespace
}  // namespace sim::machine
