// SPDX-License-Identifier: GPL-2.0-or-later
//
// Checkpoints inside a recording, for looking at it where it cannot be run.
// Pages are stored by content, each once, of RAM and disks alike; pages as they
// are at power-on are not stored at all, for the seed says what they hold. Of a
// disk only what was written since the checkpoint before is stored.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/recording/run_file.hpp"

namespace sim::recording {

// Collects the pages of one recording.
class PageStore {
public:
    PageStore(std::uint64_t memory_bytes, std::uint64_t seed);

    // In order of their moments. None when there would be too many pages; the
    // store is of no more use then.
    std::optional<StoredCheckpoint> store(machine::Checkpoint const&);
    // Pages that store() gave a number since the last call, in order.
    std::vector<machine::PagePtr> take_new();

private:
    static constexpr std::uint32_t as_at_power_on = UINT32_MAX;
    std::uint32_t content_of(machine::PagePtr const&);
    StoredOverlay store_overlay(machine::DeviceOverlay const&);

    machine::RamImage base_;
    std::vector<machine::PagePtr> contents_;  // by number
    std::size_t taken_ = 0;
    std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
    struct Seen {
        machine::PagePtr page;
        std::uint32_t content = 0;
    };
    std::vector<Seen> seen_;                                // by page index: most pages stay as they were
    std::map<std::string, machine::PageOverlay> overlays_;  // as the last checkpoint had them
};

// The checkpoints as a machine takes them, sharing their pages. Throws
// RunFileError when RAM at power-on is filled in another way here, or a page lies
// outside RAM.
std::vector<machine::CheckpointPtr> unpack_checkpoints(Recording const&);

}  // namespace sim::recording
