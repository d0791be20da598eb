// SPDX-License-Identifier: MIT
#include "kernel/memory/leak_search.hpp"

namespace memory {

using base::PhysAddr;
using base::VirtAddr;

void LeakSearch::begin(std::uint64_t to_virtual) {
    to_virtual_ = to_virtual;
    count_ = missing_ = 0;
}

// How many pieces start at this address or before.
std::size_t LeakSearch::place_of(PhysAddr address) const {
    std::size_t low = 0, high = count_;
    while (low < high) {
        std::size_t const middle = (low + high) / 2;
        if (pieces_[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void LeakSearch::add(Piece const& piece) {
    if (count_ == most_pieces) return;
    std::size_t const place = place_of(piece.start);
    for (std::size_t i = count_; i > place; --i) pieces_[i] = pieces_[i - 1];
    pieces_[place] = piece;
    ++count_;
    ++missing_;
}

bool LeakSearch::knows(PhysAddr start) const {
    std::size_t const place = place_of(start);
    return place > 0 && pieces_[place - 1].start == start;
}

void LeakSearch::follow(VirtAddr from, VirtAddr to) {
    for (VirtAddr at = from; at + sizeof(std::uint64_t) <= to && missing_ > 0;
         at = at + sizeof(std::uint64_t)) {
        std::uint64_t const word = *at.as<std::uint64_t const>();
        if (word < to_virtual_) continue;
        PhysAddr const address(word - to_virtual_);
        std::size_t const place = place_of(address);
        if (place == 0) continue;
        Piece& piece = pieces_[place - 1];
        if (piece.reached || address - piece.start >= piece.size) continue;
        piece.reached = true;
        --missing_;
    }
}

// The smallest first: the large ones are mostly buffers.
void LeakSearch::finish() {
    for (;;) {
        Piece* next = nullptr;
        for (std::size_t i = 0; i < count_; ++i) {
            Piece& piece = pieces_[i];
            bool const waits = piece.reached && !piece.of_device && !piece.followed;
            if (waits && (next == nullptr || piece.size < next->size)) next = &piece;
        }
        if (next == nullptr || missing_ == 0) return;
        next->followed = true;
        VirtAddr const start(next->start.raw() + to_virtual_);
        follow(start, start + next->size);
    }
}

}  // namespace memory
