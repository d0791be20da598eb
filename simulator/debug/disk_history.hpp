// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who read and wrote a disk, and when: from the events alone, so the same in the
// window, in text and in a test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/event_index.hpp"

namespace sim::debug {

// One piece of work of a disk. Disks do one after the other, in the order asked.
struct DiskUse {
    EventKind kind = EventKind::disk_read;  // disk_read, disk_write or disk_flush
    unsigned disk = 0;
    std::uint64_t first = 0, blocks = 0;   // of 4 KiB, whole or not
    bool failed = false;
    std::optional<std::uint64_t> request;  // event: handed over; none: before the events that are held
    std::optional<std::uint64_t> done;     // event; none: it is on its way
    std::uint64_t thread = 0;              // that ran when it was handed over; 0: not known

    bool touches(unsigned which, std::uint64_t block) const {
        return disk == which && block >= first && block - first < blocks;
    }
    std::uint64_t event() const { return done ? *done : *request; }
};

// The newest that was done, or is on its way, until a moment: newest first, at most so many.
std::vector<DiskUse> newest_disk_uses(EventView const&, unsigned disk, machine::Moment until, std::size_t most);
// The newest that touched a block and was done: read, or written (`kind`); failed ones do not count.
std::optional<DiskUse> last_disk_use(EventView const&, unsigned disk, std::uint64_t block, EventKind kind,
                                     machine::Moment until);
// The next or the previous event that touches a block, strictly after or before a moment.
std::optional<std::uint64_t> disk_event_beside(EventView const&, unsigned disk, std::uint64_t block,
                                               machine::Moment, bool forward);

}  // namespace sim::debug
