// SPDX-License-Identifier: GPL-2.0-or-later
//
// When each page of RAM last changed. Two neighbouring checkpoints share the pages
// that are the same in both, so which pages changed between them is known without
// running anything. What is written and put back in between leaves no trace; who
// wants the instruction asks for the last write (queries/last_write.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "simulator/machine/checkpoint.hpp"
#include "simulator/machine/moment.hpp"

namespace sim::debug {

struct PageHeat {
    // From one checkpoint to the next; of the last one perhaps to now.
    struct Stretch {
        machine::Moment from, to;
        std::uint64_t from_ns = 0, to_ns = 0;
    };
    static constexpr std::uint32_t never = UINT32_MAX;

    std::vector<Stretch> stretches;  // ascending
    // Of each page of RAM, by its place in RAM: the newest stretch in which it
    // changed; never: it is as it was at moment 0.
    std::vector<std::uint32_t> newest;

    // Of a page number, as the machine counts; SIZE_MAX: no RAM is there.
    static std::size_t place_in_ram(std::uint64_t page_number);
    // By page number, as the machine counts. Null: never, or no RAM.
    Stretch const* last_change(std::uint64_t page_number) const;
    // Changed in a stretch that ends after this time.
    bool changed_since(std::uint64_t page_number, std::uint64_t ns) const;
};

// Remembers what earlier checkpoints said: a running machine is asked often.
class HeatReader {
public:
    // What is known at `now`, of the life that the store holds. `until_ns`: only the
    // stretches that begin before that time, which may lie behind `now`, too.
    std::shared_ptr<PageHeat const> read(machine::CheckpointStore const&, machine::Checkpoint const& now,
                                         std::optional<std::uint64_t> until_ns = {});

private:
    PageHeat heat_;                                  // until the last checkpoint that counted
    std::weak_ptr<machine::Checkpoint const> last_;  // which that was
};

}  // namespace sim::debug
