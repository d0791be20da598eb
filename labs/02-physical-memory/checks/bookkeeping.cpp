// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/02-physical-memory/checks/bookkeeping.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lab::frames {

void Bookkeeping::give(std::uint64_t first, std::uint64_t end) {
    for (std::uint64_t f = first; f < end && f < given_.size(); ++f) given_[f] = true;
}

std::optional<Breach> Bookkeeping::allocated(unsigned order, std::optional<std::uint64_t> first) {
    if (!first) {
        auto const run = free_run(order);
        if (!run) return {};
        return Breach{
            Breach::Rule::refused, *run,
            order == 0
                ? fmt::format("a single frame was refused, but frame {:#x} is free", *run)
                : fmt::format("a block of order {} was refused, but the {} frames from {:#x} are all free",
                              order, 1u << order, *run)};
    }
    if (order > max_order)
        return Breach{
            Breach::Rule::outside, *first,
            fmt::format("a block of order {} was given; the largest order is {}", order, max_order)};
    std::uint64_t const count = std::uint64_t{1} << order;
    if (*first % count != 0)
        return Breach{Breach::Rule::alignment, *first,
                      fmt::format("frame {:#x} was given as a block of order {}; it is no multiple of {}",
                                  *first, order, count)};
    for (std::uint64_t f = *first; f < *first + count; ++f) {
        if (!given(f))
            return Breach{Breach::Rule::outside, f,
                          fmt::format("frame {:#x} was handed out; it was never the allocator's", f)};
        if (!taken(f)) continue;
        auto block = blocks_.upper_bound(f);
        --block;
        return Breach{
            Breach::Rule::taken, f,
            fmt::format("frame {:#x} was handed out twice: it belongs to the block of order {} at {:#x}", f,
                        block->second, block->first)};
    }
    for (std::uint64_t f = *first; f < *first + count; ++f) taken_[f] = true;
    blocks_[*first] = order;
    return {};
}

void Bookkeeping::freed(std::uint64_t first, unsigned order) {
    auto const block = blocks_.find(first);
    if (block == blocks_.end() || block->second != order) return;
    for (std::uint64_t f = first; f < first + (std::uint64_t{1} << order); ++f) taken_[f] = false;
    blocks_.erase(block);
}

std::uint64_t Bookkeeping::free_frames() const {
    std::uint64_t count = 0;
    for (std::uint64_t f = 0; f < given_.size(); ++f) count += given_[f] && !taken_[f];
    return count;
}

std::uint64_t Bookkeeping::total_frames() const {
    return static_cast<std::uint64_t>(std::count(given_.begin(), given_.end(), true));
}

bool Bookkeeping::all_free(std::uint64_t first, unsigned order) const {
    std::uint64_t const end = first + (std::uint64_t{1} << order);
    if (end > given_.size()) return false;
    for (std::uint64_t f = first; f < end; ++f)
        if (!given_[f] || taken_[f]) return false;
    return true;
}

std::optional<std::uint64_t> Bookkeeping::free_run(unsigned order) const {
    if (order > max_order) return {};
    for (std::uint64_t f = 0; f < given_.size(); f += std::uint64_t{1} << order)
        if (all_free(f, order)) return f;
    return {};
}

template <class Visit>
void Bookkeeping::for_each_merged(Visit visit) const {
    for (std::uint64_t f = 0; f < given_.size();) {
        if (!all_free(f, 0)) {
            ++f;
            continue;
        }
        unsigned order = 0;
        while (order < max_order && f % (std::uint64_t{2} << order) == 0 && all_free(f, order + 1)) ++order;
        visit(f, order);
        f += std::uint64_t{1} << order;
    }
}

std::vector<std::uint64_t> Bookkeeping::merged_blocks() const {
    std::vector<std::uint64_t> count(max_order + 1);
    for_each_merged([&](std::uint64_t, unsigned order) { ++count[order]; });
    return count;
}

std::vector<std::uint8_t> Bookkeeping::block_bytes() const {
    constexpr unsigned block_start = 0x80, block_free = 0x40;
    std::vector<std::uint8_t> bytes(given_.size());
    for_each_merged([&](std::uint64_t first, unsigned order) {
        bytes[first] = static_cast<std::uint8_t>(block_start | block_free | order);
    });
    for (auto const& [first, order] : blocks_) bytes[first] = static_cast<std::uint8_t>(block_start | order);
    return bytes;
}

std::optional<Bookkeeping::Cut> Bookkeeping::cut_for(unsigned order, std::uint64_t first) const {
    std::optional<unsigned> from;
    unsigned smallest = max_order;
    for_each_merged([&](std::uint64_t block, unsigned size) {
        if (first >= block && first - block < std::uint64_t{1} << size) from = size;
        if (size >= order) smallest = std::min(smallest, size);
    });
    if (!from) return {};
    return Cut{*from, smallest};
}

}  // namespace lab::frames
