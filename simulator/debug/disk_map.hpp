// SPDX-License-Identifier: GPL-2.0-or-later
//
// A disk as a map: whose each block of 4 KiB is, and how far the journal has come.
// Our own reading of the file system's layout, which believes nothing: the disk may be
// torn, damaged or somebody else's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/debug/kernel_view.hpp"

namespace sim::debug {

constexpr std::uint64_t disk_block_bytes = 4096, disk_block_sectors = 8;

// A block of a disk as one number: what an Entity's id holds.
constexpr std::uint64_t disk_block_id(unsigned disk, std::uint64_t block) {
    return std::uint64_t{disk} << 48 | block;
}
constexpr unsigned disk_of(std::uint64_t id) { return static_cast<unsigned>(id >> 48); }
constexpr std::uint64_t block_of(std::uint64_t id) { return id & ((std::uint64_t{1} << 48) - 1); }

// How several blocks change at once.
struct DiskJournal {
    enum class State : std::uint8_t {
        none,     // the disk has no journal that we can read
        empty,    // no transaction was ever begun
        torn,     // one is being written, or never came to its end: it has not happened
        pending,  // it has happened; not all of its blocks are in their places
        done,     // all of them are: the journal may be used again
    };
    State state = State::none;
    std::uint64_t start = 0, blocks = 0;  // where it lies
    std::uint64_t sequence = 0;           // of the transaction
    std::vector<std::uint32_t> targets;   // which blocks it changes
    std::vector<bool> in_place;           // of each target
};
char const* name_of(DiskJournal::State);

struct DiskFile {
    std::string path;  // "/sub/large.txt"; of a directory with a slash at its end
    bool directory = false;
    std::uint32_t inode = 0;
    std::uint64_t size = 0;
    struct Extent {
        std::uint64_t first = 0, blocks = 0;
        std::uint64_t index = 0;  // of the file's blocks before it
    };
    std::vector<Extent> extents;
};

struct DiskMap {
    unsigned disk = 0;
    std::string device;  // "disk0"
    bool read_only = false;
    std::uint64_t blocks = 0;  // of the device; the last one may not be whole
    std::string system;        // "our file system", "ext2"; empty: none that we know
    std::string problem;       // the first thing that cannot be
    // Blocks in place of frames: owners are "superblock", "journal", ..., paths of files.
    FrameMap owner;
    std::vector<DiskFile> files;  // in the order in which they were found; the root first
    DiskJournal journal;
    std::vector<bool> at_risk;  // written, and not flushed: a power cut may take it
    std::uint64_t blocks_at_risk = 0;

    struct Stretch {
        std::uint64_t first = 0, blocks = 0;
        std::size_t file = 0, extent = 0;  // which of `files`, which of its extents
    };
    std::vector<Stretch> stretches;  // of all files, by first block
    void find_stretches();           // once `files` is complete

    std::string const& owner_of(std::uint64_t block) const;
    struct Place {
        DiskFile const* file = nullptr;
        std::uint64_t index = 0;  // which of its blocks
    };
    std::optional<Place> place_of(std::uint64_t block) const;
    // "block 3 of /diary", "journal", ...
    std::string describe(std::uint64_t block) const;
};

// Fills `into` (one block) with what stands there.
using DiskBlockSource = std::function<void(std::uint64_t block, std::span<std::uint8_t> into)>;

// The map but for what only the device knows (its name, what is at risk).
DiskMap read_disk_map(std::uint64_t blocks, DiskBlockSource const&);

}  // namespace sim::debug
