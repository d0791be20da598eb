// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/02-physical-memory/checks/buddy_model.hpp"

#include <algorithm>
#include <bit>

namespace lab::frames {
namespace {

constexpr unsigned frame_count = BuddyModel::frame_count;
using Memory = std::array<char, frame_count>;

bool all_free(Memory const& memory, unsigned first, unsigned size) {
    return std::all_of(memory.begin() + first, memory.begin() + first + size, [](char c) { return c == 0; });
}

// A free block as the lists have it: free, and its buddy is not.
bool is_free_block(Memory const& memory, unsigned first, unsigned size) {
    return all_free(memory, first, size) && (size == frame_count || !all_free(memory, first ^ size, size));
}

}  // namespace

BuddyModel::BuddyModel() { possible_.insert(Memory{}); }

// Two memories that differ only in which of two buddies is which will serve the same
// requests for ever: one of them is enough, that in which the lower buddy is the
// smaller as text.
void BuddyModel::keep(std::set<Memory>& all, Memory memory) {
    for (unsigned size = 1; size < frame_count; size *= 2)
        for (unsigned first = 0; first < frame_count; first += 2 * size) {
            auto const lower = memory.begin() + first, upper = lower + size;
            if (std::lexicographical_compare(upper, upper + size, lower, lower + size))
                std::swap_ranges(lower, upper, upper);
        }
    all.insert(memory);
}

BuddyModel::Served BuddyModel::take(char name, unsigned frames) {
    unsigned const wanted = std::bit_ceil(frames);
    bool refused = false;
    std::set<Memory> after;
    for (Memory const& memory : possible_) {
        unsigned size = wanted;
        bool found = false;
        for (; size <= frame_count && !found; size *= 2) {
            for (unsigned block = 0; block < frame_count; block += size) {
                if (!is_free_block(memory, block, size)) continue;
                found = true;
                for (unsigned part = block; part < block + size; part += wanted) {
                    Memory next = memory;
                    std::fill_n(next.begin() + part, wanted, name);
                    keep(after, next);
                }
            }
        }
        refused = refused || !found;
    }
    if (after.empty()) return Served::never;
    possible_ = std::move(after);
    return refused ? Served::sometimes : Served::always;
}

void BuddyModel::give_back(char name) {
    std::set<Memory> after;
    for (Memory memory : possible_) {
        std::replace(memory.begin(), memory.end(), name, char{0});
        keep(after, memory);
    }
    possible_ = std::move(after);
}

}  // namespace lab::frames
