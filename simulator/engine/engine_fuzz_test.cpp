// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random bytes as code of ring 0 and of ring 3: whatever they do, the host
// survives, and a run in pieces, some of them one by one, is the straight run.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <iterator>
#include <random>
#include <span>
#include <vector>

#include "simulator/engine/test_board.hpp"
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine::test {
namespace {

using Opcode = std::array<std::uint8_t, 6>;

// Opcodes that matter, with operands near what the registers point to.
constexpr Opcode anywhere[] = {
    {0x8B, 0x03},
    {0x89, 0x43, 0x20},
    {0x01, 0x06},
    {0xF3, 0xA4},
    {0xF3, 0x48, 0xAB},
    {0xFF, 0x33},
    {0x8F, 0x06},
    {0x41, 0x0F, 0x11, 0x00},
    {0x0F, 0x31},
    {0xEC},
    {0x6E},
    {0xFA},
    {0x9C},
    {0x9D},
    {0x0F, 0xA2},
    {0xE2, 0xFC},
    {0xF0, 0x48, 0x0F, 0xB1, 0x0E},
    {0x48, 0xCF},
    {0xC6, 0x45, 0x00, 0x90},
    {0xC6, 0x45, 0xE0, 0xCC},
    {0xF3, 0x90},
    {0xA7},
    {0x48, 0x87, 0x2B},
    {0x0F, 0xC7, 0x0E},
    {0x75, 0xF0},
    {0xEB, 0x02},
    {0x41, 0xFF, 0x08},
};
constexpr Opcode floats[] = {
    {0x66, 0x0F, 0x58, 0xC1},
    {0xD9, 0xEB},
    {0xDE, 0xC9},
    {0x0F, 0xAE, 0x06},
    {0x0F, 0xAE, 0x13},  // LDMXCSR and FLDCW of what is there, mostly zero: nothing is masked
    {0xD9, 0x2B},
    {0x0F, 0xAE, 0x1B},
    {0xD9, 0xE8},
    {0xD9, 0xEE},
    {0xDE, 0xF9},
    {0xD9, 0x1B},
    {0xDF, 0xE0},
    {0xDB, 0xE3},
    {0x9B},
    {0xF2, 0x0F, 0x2A, 0xC3},
    {0xF2, 0x0F, 0x5E, 0xC1},
    {0xF2, 0x0F, 0x51, 0xC0},
    {0xF3, 0x0F, 0x53, 0xC0},
    {0x0F, 0xFC, 0xC1},
};
constexpr Opcode of_ring_0[] = {
    {0xEE}, {0xFB}, {0x0F, 0x20, 0xC0}, {0x0F, 0x22, 0xDF}, {0x0F, 0x01, 0x3E}, {0x8E, 0xD0}, {0x0F, 0x32},
};
constexpr Opcode of_ring_3[] = {
    {0xCD, 0x80},
    {0x0F, 0x34},
    {0x0F, 0x07},
    {0xF0, 0x89, 0x03},
    {0x48, 0xCB},
    {0x8E, 0xDA},
    {0x8E, 0xE2},
    {0x0F, 0x02, 0xCA},
    {0x0F, 0x00, 0xE2},
    {0xFF, 0xD3},
    {0xFF, 0xE0},
    {0xC3},
    {0xC8, 0x10, 0x00, 0x00},
    {0xC9},
    {0xF1},
    {0x48, 0x8B, 0x00},
    {0x48, 0x89, 0x45, 0xF8},
    {0x8C, 0xD8},
    {0x64, 0x8B, 0x03},
    {0x0F, 0x01, 0x23},
    {0x49, 0x8B, 0x03},
    {0x41, 0x8B, 0x80, 0x00, 0x10, 0x00},
    {0xF7, 0xF1},
    {0xF7, 0xF2},
};
constexpr Opcode calls[] = {
    {0xCC},
    {0xCD, 0x50},
    {0x0F, 0x05},
};

using Opcodes = std::span<Opcode const>;

// A quarter is noise, the rest are these. Floats are in each eighth chunk only:
// what they leave unmasked ends it soon, and the others would hardly get to calls.
void fill_with_code(Board& board, unsigned seed, Opcodes of_this_ring) {
    constexpr std::size_t chunk = 64;
    std::mt19937_64 random(seed);
    std::vector<std::uint8_t> code(2'100 * chunk);
    for (std::size_t at = 0; at < code.size();) {
        if (random() % 4 == 0) {
            code[at++] = static_cast<std::uint8_t>(random());
            continue;
        }
        Opcodes const last = at / chunk % 8 == 0 ? Opcodes(floats) : Opcodes(calls);
        Opcodes const groups[] = {anywhere, of_this_ring, last, last};
        Opcodes const group = groups[random() % std::size(groups)];
        for (std::uint8_t byte : group[random() % group.size()]) {
            if (byte == 0 && random() % 2) break;
            if (at < code.size()) code[at++] = byte;
        }
    }
    std::memcpy(board.ram() + 0x280000, code.data(), code.size());
    board.cpu->memory_written(0x280000, code.size());
}

std::deque<std::uint64_t> ticks(unsigned seed) {
    std::mt19937_64 random(seed + 1);
    std::deque<std::uint64_t> at;
    for (std::uint64_t count = 25'000; count < 100'000; count += 50 + random() % 500) at.push_back(count);
    return at;
}

void runs_in_pieces_as_it_runs_straight(char const* guest, Opcodes of_this_ring, unsigned seeds) {
    char const* more = std::getenv("VIV_FUZZ_SEEDS");
    if (more) seeds = static_cast<unsigned>(std::atoi(more));
    for (unsigned seed = 0; seed < seeds; ++seed) {
        Board straight(guest), pieces(guest), spare(guest);
        static_cast<UnicornCpu&>(*spare.cpu).take_one_by_one();
        for (Board* board : {&straight, &pieces}) {
            fill_with_code(*board, seed, of_this_ring);
            board->timer = ticks(seed);
        }
        constexpr std::uint64_t end = 90'000;
        straight.run(end);
        std::mt19937_64 random(seed);
        Board *one = &pieces, *other = &spare;
        while (one->run(std::min(one->cpu->retired() + 1 + random() % 150, end)) == StopReason::limit &&
               one->cpu->retired() < end) {
            if (random() % 8 == 0) {
                one->copy_to(*other);
                std::swap(one, other);
            } else {
                one->cpu->take_dirty_pages();
            }
        }
        ASSERT_EQ(one->cpu->retired(), straight.cpu->retired()) << "seed " << seed;
        ASSERT_EQ(one->events, straight.events) << "seed " << seed;
        ASSERT_EQ(one->hash(), straight.hash()) << "seed " << seed;
    }
}

TEST(RandomCode, runs_in_pieces_as_it_runs_straight) {
    runs_in_pieces_as_it_runs_straight("fuzz", of_ring_0, 8);
}

TEST(RandomCode, of_ring_3_does_so_too) { runs_in_pieces_as_it_runs_straight("fuzz3", of_ring_3, 5); }

// That it is worth something: the chunks are run, and come back from the kernel.
TEST(RandomCode, of_ring_3_calls_the_kernel_and_is_interrupted) {
    Board board("fuzz3");
    fill_with_code(board, 1, of_ring_3);
    board.timer = ticks(1);
    board.run(90'000);
    EXPECT_GT(board.at<std::uint32_t>(0x6D100), 500u) << "chunks";
    EXPECT_GT(board.at<std::uint64_t>(0x6D108), 1000u) << "calls";
    EXPECT_GT(board.at<std::uint64_t>(0x6FF08), 50u) << "ticks";
}

}  // namespace
}  // namespace sim::engine::test
