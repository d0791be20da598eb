// SPDX-License-Identifier: MIT
#include "kernel/memory/leak_search.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

namespace memory {
namespace {

using base::PhysAddr;
using base::VirtAddr;

// Memory of 1,000 words; pieces of it by their first word's number.
class Search : public testing::Test {
protected:
    Search() { search->begin(VirtAddr::of(memory.data()).raw()); }
    static PhysAddr at(std::size_t word) { return PhysAddr(word * 8); }
    void add(std::size_t first, std::size_t words, bool of_device = false) {
        search->add({at(first), words * 8, 0, of_device});
    }
    // Word `from` points to word `to`, or `offset` bytes behind its start.
    void point(std::size_t from, std::size_t to, std::size_t offset = 0) {
        memory[from] = VirtAddr::of(&memory[to]).raw() + offset;
    }
    void follow(std::size_t first, std::size_t words) {
        search->follow(VirtAddr::of(&memory[first]), VirtAddr::of(&memory[first] + words));
    }
    std::vector<std::size_t> lost() {
        search->finish();
        std::vector<std::size_t> first_words;
        search->for_each_lost([&](auto const& piece) { first_words.push_back(piece.start.raw() / 8); });
        return first_words;
    }
    using Pieces = std::vector<std::size_t>;
    std::array<std::uint64_t, 1000> memory{};
    std::unique_ptr<LeakSearch> search = std::make_unique<LeakSearch>();
};

TEST_F(Search, what_nobody_points_to_is_lost) {
    add(300, 4);
    add(100, 4);
    add(200, 4);
    point(0, 200);
    follow(0, 1);
    EXPECT_EQ(lost(), (Pieces{100, 300}));
}

TEST_F(Search, any_byte_of_a_piece_will_do_and_none_behind_it) {
    add(100, 4);
    add(200, 4);
    add(300, 4);
    point(0, 100, 31);
    point(1, 200, 32);
    point(2, 299, 7);
    follow(0, 3);
    EXPECT_EQ(lost(), (Pieces{200, 300}));
}

TEST_F(Search, a_chain_is_in_use_whatever_its_order_and_length) {
    for (std::size_t first = 10; first < 500; first += 10) add(first, 2);
    point(0, 490);
    for (std::size_t first = 20; first < 500; first += 10) point(first + 1, first - 10);
    follow(0, 1);
    EXPECT_EQ(lost(), Pieces{});
}

TEST_F(Search, pieces_that_point_only_to_each_other_are_lost) {
    add(100, 4);
    add(200, 4);
    point(100, 200);
    point(200, 100);
    follow(0, 10);
    EXPECT_EQ(lost(), (Pieces{100, 200}));
}

TEST_F(Search, what_a_device_fills_holds_no_pointer) {
    add(100, 4, true);
    add(200, 4);
    point(0, 100);
    point(100, 200);
    follow(0, 1);
    EXPECT_EQ(lost(), (Pieces{200}));
}

TEST_F(Search, a_second_search_knows_nothing_of_the_first) {
    add(100, 4);
    point(0, 100);
    follow(0, 1);
    search->begin(VirtAddr::of(memory.data()).raw());
    add(100, 4);
    EXPECT_EQ(lost(), (Pieces{100}));
}

TEST_F(Search, more_pieces_than_there_is_room_for_are_left_to_the_caller) {
    std::vector<std::uint64_t> large(2 * (LeakSearch::most_pieces + 1));
    search->begin(VirtAddr::of(large.data()).raw());
    for (std::size_t i = 0; i <= LeakSearch::most_pieces; ++i) add(2 * i, 2);
    EXPECT_TRUE(search->knows(at(2 * (LeakSearch::most_pieces - 1))));
    EXPECT_FALSE(search->knows(at(2 * LeakSearch::most_pieces)));
    EXPECT_EQ(lost().size(), LeakSearch::most_pieces);
}

}  // namespace
}  // namespace memory
