// SPDX-License-Identifier: GPL-2.0-or-later
//
// The simplest possible bookkeeping of physical memory: for each frame, whether
// the allocator was given it and who has it. Slow and obviously right; what the
// student's allocator does is held against it. It knows no policy: any allocator
// that hands out free, aligned blocks and finds one while there is one is right.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lab::frames {

constexpr unsigned max_order = 10;

// One rule broken, and by how much.
struct Breach {
    enum class Rule { alignment, outside, taken, refused, left_over } rule;
    std::uint64_t frame = 0;  // the frame that shows it
    std::string seen;
};

class Bookkeeping {
public:
    explicit Bookkeeping(std::uint64_t frames = 0) : given_(frames), taken_(frames) {}

    void give(std::uint64_t first, std::uint64_t end);
    // What an allocation gave; none: it said that there is nothing.
    std::optional<Breach> allocated(unsigned order, std::optional<std::uint64_t> first);
    // A block comes back. Unknown ones are ignored: asking for that is another matter.
    void freed(std::uint64_t first, unsigned order);

    bool given(std::uint64_t frame) const { return frame < given_.size() && given_[frame]; }
    bool taken(std::uint64_t frame) const { return frame < taken_.size() && taken_[frame]; }
    std::uint64_t frames() const { return given_.size(); }
    std::uint64_t free_frames() const;
    std::uint64_t total_frames() const;
    // The first aligned block of that order that is all free.
    std::optional<std::uint64_t> free_run(unsigned order) const;
    // How many free blocks of each order there are when all buddies are merged.
    std::vector<std::uint64_t> merged_blocks() const;
    // What the byte of each frame should be then: blocks_ of the allocator's header.
    std::vector<std::uint8_t> block_bytes() const;
    // The order of the free block that this one would be cut from, and of the smallest free
    // block that is large enough. None: it is not free.
    struct Cut {
        unsigned from, smallest;
    };
    std::optional<Cut> cut_for(unsigned order, std::uint64_t first) const;

private:
    bool all_free(std::uint64_t first, unsigned order) const;
    // visit(first frame, order) of each free block when all buddies are merged.
    template <class Visit>
    void for_each_merged(Visit visit) const;

    std::vector<bool> given_, taken_;
    std::map<std::uint64_t, unsigned> blocks_;  // handed out: first frame, order
};

}  // namespace lab::frames
