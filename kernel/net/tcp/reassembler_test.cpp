// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/reassembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "kernel/net/testing/world.hpp"

namespace net::tcp {
namespace {

using testing::CountingAllocator;
using testing::SeededRandom;
using testing::stream_byte;

struct Fixture {
    CountingAllocator memory;
    BlockPool pool{memory, 4096, 1};
    Reassembler reassembler{pool};

    // The bytes [begin, end) of the stream, counted from its first byte.
    Reassembler::Outcome insert(Position begin, Position end, std::uint8_t twist = 0) {
        std::vector<std::uint8_t> bytes;
        for (Position p = begin; p < end; ++p)
            bytes.push_back(static_cast<std::uint8_t>(stream_byte(p) ^ twist));
        return reassembler.insert(begin + 1, bytes);
    }
    Position ready() { return reassembler.next() - 1; }
    void expect_stream(Position begin, std::size_t count) {
        for (std::size_t done = 0; done < count;) {
            Bytes const piece = reassembler.peek();
            ASSERT_FALSE(piece.empty());
            std::size_t const now = std::min(piece.size(), count - done);
            for (std::size_t i = 0; i < now; ++i) ASSERT_EQ(piece[i], stream_byte(begin + done + i));
            reassembler.consume(now);
            done += now;
        }
    }
};

TEST(Reassembler, delivers_what_comes_in_order) {
    Fixture f;
    f.insert(0, 100);
    f.insert(100, 250);
    EXPECT_EQ(f.reassembler.unread(), 250u);
    f.expect_stream(0, 250);
}

TEST(Reassembler, fills_a_hole_then_delivers_both_parts) {
    Fixture f;
    f.insert(100, 200);
    EXPECT_EQ(f.ready(), 0u);
    EXPECT_TRUE(f.reassembler.has_holes());
    f.insert(0, 100);
    EXPECT_EQ(f.ready(), 200u);
    EXPECT_FALSE(f.reassembler.has_holes());
    f.expect_stream(0, 200);
}

TEST(Reassembler, keeps_the_first_copy_of_every_byte) {  // T8
    Fixture f;
    f.insert(50, 100);
    f.insert(20, 120, 0xff);  // another story about [50, 100)
    f.insert(0, 60, 0);
    f.insert(0 + f.ready(), 150);
    for (Position p = 0; p < 150; ++p) {
        Bytes const piece = f.reassembler.peek();
        bool const twisted = (p >= 20 && p < 50) || (p >= 100 && p < 120);
        ASSERT_EQ(piece[0], static_cast<std::uint8_t>(stream_byte(p) ^ (twisted ? 0xff : 0))) << p;
        f.reassembler.consume(1);
    }
}

// Three segments, each with another story, that lie in every possible way to each other: all
// 21 intervals within six octets, in every order.
TEST(Reassembler, the_first_copy_wins_in_the_whole_overlap_matrix) {  // T8
    constexpr Position room = 6;
    struct Interval {
        Position begin, end;
    };
    std::vector<Interval> all;
    for (Position begin = 0; begin < room; ++begin)
        for (Position end = begin + 1; end <= room; ++end) all.push_back({begin, end});
    ASSERT_EQ(all.size(), 21u);
    constexpr std::uint8_t stories[] = {0x11, 0x22, 0x44, 0x88};
    auto const teller_of = [&](Interval const(&told)[4], Position p) {
        for (unsigned i = 0; i < 4; ++i)
            if (told[i].begin <= p && p < told[i].end) return i;
        return 4u;
    };
    for (Interval const& a : all) {
        for (Interval const& b : all) {
            for (Interval const& c : all) {
                Fixture f;
                Interval const told[4] = {a, b, c, {0, room}};  // the last fills what is missing
                for (unsigned i = 0; i < 4; ++i) {
                    Position const begin =
                        std::max(told[i].begin, f.ready());  // the receiver cuts off the rest
                    if (begin < told[i].end) f.insert(begin, told[i].end, stories[i]);
                }
                ASSERT_EQ(f.ready(), room);
                Bytes const got = f.reassembler.peek();
                ASSERT_EQ(got.size(), room);
                for (Position p = 0; p < room; ++p)
                    ASSERT_EQ(got[p], static_cast<std::uint8_t>(stream_byte(p) ^ stories[teller_of(told, p)]))
                        << "octet " << p << " of [" << a.begin << ',' << a.end << ") [" << b.begin << ','
                        << b.end << ") [" << c.begin << ',' << c.end << ')';
            }
        }
    }
}

TEST(Reassembler, holds_memory_only_while_it_holds_bytes) {
    Fixture f;
    EXPECT_EQ(f.pool.in_use(), 0u);
    f.insert(10, 20);
    EXPECT_EQ(f.pool.in_use(), 1u);
    f.insert(0, 10);
    f.expect_stream(0, 20);
    EXPECT_EQ(f.pool.in_use(), 0u);
}

TEST(Reassembler, says_so_when_the_pool_is_empty) {
    Fixture f;
    Block* taken = f.pool.take();
    EXPECT_EQ(f.insert(0, 10), Reassembler::Outcome::NoBuffer);
    EXPECT_EQ(f.ready(), 0u);
    f.pool.give_back(taken);
    EXPECT_EQ(f.insert(0, 10), Reassembler::Outcome::Stored);
}

TEST(Reassembler, is_bounded_in_holes_as_well_as_in_bytes) {  // T9
    Fixture f;
    for (Position p = 0; p < RangeSet::capacity; ++p)
        EXPECT_EQ(f.insert(2 * p + 1, 2 * p + 2), Reassembler::Outcome::Stored);
    Position const one_more = 2 * RangeSet::capacity + 1;
    EXPECT_EQ(f.insert(one_more, one_more + 1), Reassembler::Outcome::TooManyHoles);
    EXPECT_EQ(f.insert(0, one_more + 1), Reassembler::Outcome::Stored);
    f.expect_stream(0, one_more + 1);
}

TEST(Reassembler, wraps_round_its_ring_many_times) {
    Fixture f;
    SeededRandom random(5);
    Position at = 0;
    for (int i = 0; i < 1000; ++i) {
        Position const count = 1 + random.below(4096);
        Position const middle = random.below(count);
        if (middle < count) f.insert(at + middle, at + count);
        if (middle > 0) f.insert(at, at + middle);
        f.expect_stream(at, count);
        at += count;
    }
}

// Any order of any overlapping pieces: what is delivered is always the longest
// prefix that has arrived, and in the end the whole.
TEST(Reassembler, any_permutation_delivers_exactly_the_prefix) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        SeededRandom random(seed);
        Fixture f;
        Position const total = 1 + random.below(4096);
        std::vector<Range> pieces;
        for (Position at = 0; at < total;) {
            Position const end = std::min(total, at + 1 + random.below(400));
            pieces.push_back({at - random.below(at < 50 ? at + 1 : 50), end});
            at = end;
        }
        for (std::size_t i = pieces.size(); i > 1; --i) std::swap(pieces[i - 1], pieces[random.below(i)]);

        std::set<Position> arrived;
        for (Range piece : pieces) {
            if (piece.end <= f.ready()) continue;
            piece.begin = std::max(piece.begin, f.ready());
            ASSERT_EQ(f.insert(piece.begin, piece.end), Reassembler::Outcome::Stored);
            for (Position p = piece.begin; p < piece.end; ++p) arrived.insert(p);
            Position prefix = 0;
            while (arrived.count(prefix) != 0) ++prefix;
            // What was inserted in order earlier is in `arrived` as well.
            ASSERT_EQ(f.ready(), prefix);
        }
        EXPECT_EQ(f.ready(), total);
        f.expect_stream(0, total);
    }
}

TEST(RangeSet, agrees_with_a_set_of_numbers) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        SeededRandom random(seed);
        RangeSet ranges;
        std::set<Position> numbers;
        for (int i = 0; i < 60; ++i) {
            Position const begin = random.below(150);
            Range const added{begin, begin + 1 + random.below(6)};
            if (random.chance(80)) {
                // Gaps first: they are what is not there yet.
                std::set<Position> gaps;
                ranges.for_each_gap(added, [&](Range gap) {
                    for (Position p = gap.begin; p < gap.end; ++p) gaps.insert(p);
                });
                for (Position p = added.begin; p < added.end; ++p)
                    ASSERT_EQ(gaps.count(p) != 0, numbers.count(p) == 0);
                if (ranges.insert(added))
                    for (Position p = added.begin; p < added.end; ++p) numbers.insert(p);
                else
                    ASSERT_EQ(ranges.size(), RangeSet::capacity);
            } else {
                Position reached = begin;
                while (numbers.count(reached) != 0) ++reached;
                ASSERT_EQ(ranges.take_up_to(begin), reached);
                numbers.erase(numbers.begin(), numbers.lower_bound(reached));
            }
            std::set<Position> held;
            for (std::size_t r = 0; r < ranges.size(); ++r) {
                ASSERT_LT(ranges[r].begin, ranges[r].end);
                if (r > 0) {
                    ASSERT_LT(ranges[r - 1].end, ranges[r].begin);  // they do not touch
                }
                for (Position p = ranges[r].begin; p < ranges[r].end; ++p) held.insert(p);
            }
            ASSERT_EQ(held, numbers);
        }
    }
}

TEST(SeqNum, has_no_order_but_knows_who_comes_shortly_before) {
    SeqNum const last(0xffff'ffff);
    EXPECT_TRUE(precedes(last, SeqNum(0)));
    EXPECT_FALSE(precedes(SeqNum(0), last));
    EXPECT_FALSE(precedes(last, last));
    EXPECT_EQ(distance(last, SeqNum(4)), 5u);
    EXPECT_EQ(last + 1, SeqNum(0));
}

TEST(SeqNum, positions_and_numbers_convert_over_many_turns_of_the_circle) {
    SeededRandom random(3);
    for (int i = 0; i < 10'000; ++i) {
        SeqNum const initial(static_cast<std::uint32_t>(random.next()));
        Position const near = random.next() >> 24;
        Position const position = near + random.below(1u << 30);
        EXPECT_EQ(to_position(to_sequence(position, initial), initial, near),
                  static_cast<std::int64_t>(position));
    }
    EXPECT_EQ(to_position(SeqNum(9), SeqNum(10), 0), -1);
}

}  // namespace
}  // namespace net::tcp
