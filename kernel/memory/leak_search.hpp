// SPDX-License-Identifier: MIT
//
// Which of the memory that was allocated can nobody free any more? That to which no
// pointer is left. The search marks what is in use, as a garbage collector does:
//
//     add     every piece of memory that might be lost
//     follow  the words of what is in use by itself: globals, stacks. Every piece that
//             they point to is in use, too
//     finish  and so is what those pieces point to, and so on
//
// It is conservative: it knows no types, and takes each word for a pointer that is an
// address in a piece. So an old word may hide a piece that is lost, but no piece is called
// lost that somebody can still reach. [boehm-weiser]
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/address.hpp"

namespace memory {

class LeakSearch {
public:
    // More are not added; what they point to is to be followed then.
    static constexpr std::size_t most_pieces = 512;

    struct Piece {
        base::PhysAddr start;  // a virtual address here would be a pointer to it
        std::uint64_t size = 0;
        std::uint32_t allocated_by = 0;  // as in guard::Tail
        bool of_device = false;          // which fills it: no pointers are in there
        bool reached = false, followed = false;
    };

    // `to_virtual` is added to a physical address to reach the memory.
    void begin(std::uint64_t to_virtual);
    void add(Piece const& piece);
    bool knows(base::PhysAddr start) const;

    // The words from the first address to the last.
    void follow(base::VirtAddr from, base::VirtAddr to);
    void finish();

    template <class Visit>
    void for_each_lost(Visit visit) const {
        for (std::size_t i = 0; i < count_; ++i)
            if (!pieces_[i].reached) visit(pieces_[i]);
    }

private:
    std::size_t place_of(base::PhysAddr address) const;

    Piece pieces_[most_pieces];  // in the order of their addresses
    std::size_t count_ = 0;
    std::size_t missing_ = 0;  // those that nobody has pointed to so far
    std::uint64_t to_virtual_ = 0;
};

}  // namespace memory
