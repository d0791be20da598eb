// SPDX-License-Identifier: MIT
//
// Lab 2: blocks of frames are taken and given back, in no order; then all of
// them are given back, and as many of the largest are taken as there are. At last
// many single frames are free at once that cannot merge: their list is long.
#include <array>
#include <cstring>
#include <utility>

#include "kernel/apps/need.hpp"
#include "kernel/apps/practice/exercises.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"

namespace apps::practice {
namespace {

struct Block {
    bool held = false;
    base::FrameNumber first;
    unsigned order = 0;
};
constinit std::array<Block, 128> blocks;
constinit std::array<Block, 1024> singles;

void take(Block& block, unsigned order) {
    auto const got = memory::allocate_frames(order, memory::FrameOwner::application);
    if (!got) return;
    block = {true, got.value(), order};
    // The owner may write all of it, its last byte too.
    auto* const bytes = memory::phys_to_virt(block.first.start()).as<char>();
    std::memset(bytes, 0xee, 64);
    bytes[(base::page_size << order) - 1] = 0x77;
}

void give_back(Block& block) {
    if (std::exchange(block.held, false)) memory::free_frames(block.first, block.order);
}

}  // namespace

void use_frames(std::uint64_t seed, std::uint64_t rounds) {
    Random random(seed);
    PROBE_0(practice_begin);
    for (std::uint64_t i = 0; i < rounds; ++i) {
        Block& block = blocks[random.below(blocks.size())];
        if (block.held)
            give_back(block);
        else
            take(block, static_cast<unsigned>(random.below(8) < 6 ? random.below(3) : random.below(10)));
    }
    for (Block& block : blocks) give_back(block);
    PROBE_0(practice_all_back);
    for (Block& block : blocks) take(block, memory::FrameAllocator::max_order);
    for (Block& block : blocks) give_back(block);
    for (Block& single : singles) take(single, 0);
    for (std::size_t i = 0; i < singles.size(); i += 2) give_back(singles[i]);
    for (Block& single : singles) give_back(single);
    PROBE_0(practice_done);
}

void free_twice() {
    PROBE_0(practice_begin);
    auto const block = apps::need(memory::allocate_frames(2, memory::FrameOwner::application));
    memory::free_frames(block, 2);
    memory::free_frames(block, 2);
}

}  // namespace apps::practice
