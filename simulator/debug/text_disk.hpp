// SPDX-License-Identifier: GPL-2.0-or-later
//
// The view "disk" as rows, for both of its twins and the window.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/debug/disk_history.hpp"
#include "simulator/debug/snapshot.hpp"

namespace sim::debug {

// Neighbouring blocks of one owner.
struct DiskRun {
    std::uint64_t first = 0, blocks = 0;
    std::string owner;
};
std::vector<DiskRun> disk_runs(DiskMap const&);

std::string journal_text(DiskMap const&);
// "12.3 ms  write  block 48 (block 0 of /diary), by diary"; "on its way" where it is.
std::string use_text(DiskUse const&, DiskMap const&, Snapshot const&);
// What there is to say of one block: its owner, its state in the cache, who read and wrote it.
std::vector<std::string> block_lines(DiskMap const&, std::uint64_t block, Snapshot const&);

}  // namespace sim::debug
