// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many million instructions a second: bare, with checkpoints, with timer
// interrupts, with observers. Figures for people; nothing is judged here.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "simulator/engine/test_board.hpp"

using namespace sim::engine;
using namespace sim::engine::test;

namespace {

void measure(char const* what, std::uint64_t rounds, std::uint64_t slice, bool checkpoints,
             std::uint64_t tick, bool watch) {
    Board board("speed");
    Observer observer;
    board.put(0x6D000, rounds);
    if (watch) {
        board.cpu->set_observer(&observer);
        VirtAddr const addresses[] = {0x1012A0};
        board.cpu->set_watched_addresses(addresses);
        Cpu::MemoryRange const ranges[] = {{0x6E000, 8, true, true}};
        board.cpu->set_watched_memory(ranges);
    }
    auto const start = std::chrono::steady_clock::now();
    std::uint64_t dirty = 0;
    for (std::uint64_t limit = slice;; limit += slice) {
        if (tick)
            while (board.timer.empty() || board.timer.back() < limit)
                board.timer.push_back(board.timer.empty() ? 30'000 : board.timer.back() + tick);
        if (board.run(limit) != StopReason::limit) break;
        if (checkpoints) dirty += board.cpu->take_dirty_pages().size();
    }
    double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double const million = static_cast<double>(board.cpu->retired()) / 1e6;
    std::printf("%-44s %7.0f MIPS  (%.0f million instructions, %.2f s)\n", what, million / seconds, million,
                seconds);
    (void)dirty;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t const rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 40;
    measure("exact counting", rounds, 1'000'000'000'000, false, 0, false);
    measure("and a slice every 1 M instructions", rounds, 1'000'000, false, 0, false);
    measure("and a checkpoint every 1 M instructions", rounds, 1'000'000, true, 0, false);
    measure("and a timer interrupt every 1 M instructions", rounds, 1'000'000, false, 1'000'000, false);
    measure("and an address and memory watched", rounds, 1'000'000'000'000, false, 0, true);
}
