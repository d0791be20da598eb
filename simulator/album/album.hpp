// SPDX-License-Identifier: GPL-2.0-or-later
//
// An album: a recorded life at some of its moments, to be looked at where no machine
// can run, as in a browser. It holds what snapshots are made of: registers, memory,
// the kernel's objects, devices and the TLB of each moment; events, packets, console,
// names, source text and decoded instructions once. docs/reference/albums.md has the format.
//
// Needs no engine, no debug info and no disassembler. A file is not trusted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "simulator/album/contents.hpp"
#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/event_index.hpp"
#include "simulator/debug/kernel_view.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/symbols.hpp"

namespace sim::album {

constexpr std::uint32_t version = 1;
// Of the bytes inside the packed file: what a reader takes at most, and what a writer
// makes at most.
constexpr std::uint64_t most_bytes = 384ULL << 20;
constexpr std::uint64_t most_bytes_written = 256ULL << 20;
constexpr std::size_t most_section = 128U << 20;  // of one that does not hold contents
constexpr std::size_t most_moments = 1U << 16, most_events = 1U << 21;
constexpr std::size_t most_part_bytes = 8U << 20;  // of one part of a moment
constexpr std::size_t most_processors = 64;
constexpr std::uint64_t most_memory = 64ULL << 30;
constexpr std::size_t page_bytes = 4096;

// The file is not what it should be: one line.
class AlbumError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Parts of a moment that are stored each by itself, for many stay as they were.
enum class Part : std::uint8_t { processors, tlbs, threads, frames, queues, connections, kernel, devices, count_ };
constexpr std::size_t part_count = static_cast<std::size_t>(Part::count_);

struct AlbumMoment {
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    debug::RunState state = debug::RunState::paused;
    std::int32_t exit_status = 0;
    std::string stop_reason;
    std::uint32_t processor = 0;                       // the one that is looked at
    std::uint64_t console_begin = 0, console_end = 0;  // of Album::console
    std::array<std::uint32_t, part_count> parts{};     // numbers in Album::parts
    // Pages that differ from the moment before (in the first: from power-on): the
    // page's number, and that of its content in Album::pages.
    std::vector<std::pair<std::uint64_t, std::uint32_t>> pages;
};

// How many of a kind there were, and how many of them are moments here.
struct Share {
    std::string what;  // "packets"
    std::uint64_t all = 0, here = 0;
};

struct SourceFile {
    std::string name, text;
};

struct Instruction {
    debug::CodeMode mode = debug::CodeMode::bits64;
    debug::Instruction what;
};

struct Album {
    // What it was made from.
    std::string title;   // of the recording
    std::string image;   // file name, without its folder
    std::uint64_t memory_bytes = 0, seed = 0;
    std::vector<debug::MachineInfo::Ram> ram;
    std::vector<recording::Bookmark> bookmarks;
    std::vector<debug::BranchInfo> branches;
    machine::Moment end;
    std::uint64_t end_ns = 0;
    std::vector<Share> shares;
    std::string cut;  // why moments are missing that should be here; empty: none

    std::shared_ptr<debug::Symbols const> symbols = debug::Symbols::none();
    std::vector<SourceFile> sources;
    std::vector<Instruction> code;  // by address
    debug::EventView events;
    std::string console;
    Contents parts{most_part_bytes}, pages{page_bytes};
    std::vector<AlbumMoment> moments;  // ascending; at least one
};

// Throws AlbumError when read_album would not take it.
std::vector<std::uint8_t> write_album(Album const&);
// Of the sections that hold neither contents nor moments.
std::uint64_t bytes_but_moments(Album const&);
// Throws AlbumError. What it returns can be shown whole.
std::shared_ptr<Album const> read_album(std::span<std::uint8_t const>);

// "412 of its moments: 120 of 400 packets, ..."
std::string describe(Album const&);

// A stretch of RAM at a moment, by number; false: none is there, or not all of it.
class Memory {
public:
    explicit Memory(Album const&);
    bool read(std::size_t moment, std::uint64_t address, std::span<std::uint8_t> into) const;

private:
    std::span<std::uint8_t const> page(std::size_t moment, std::uint64_t number) const;

    Album const& album_;
    std::vector<std::uint8_t> as_at_power_on_;
    // By page: from which moment on which content.
    std::map<std::uint64_t, std::vector<std::pair<std::uint32_t, std::uint32_t>>> history_;
    mutable std::map<std::uint32_t, std::vector<std::uint8_t>> kept_;  // contents put together
    mutable std::uint64_t last_page_ = UINT64_MAX;
    mutable std::size_t last_moment_ = 0;
    mutable std::span<std::uint8_t const> last_;
};

// What the parts of a moment say.
std::vector<std::uint8_t> processors_part(std::vector<debug::ProcessorInfo> const&);
std::vector<std::uint8_t> tlbs_part(std::vector<std::vector<engine::TlbEntry>> const&);
std::vector<std::uint8_t> devices_part(std::vector<machine::StateNode> const&);
std::vector<std::uint8_t> kernel_part(Part, debug::KernelView const&);
// Throw AlbumError.
std::vector<debug::ProcessorInfo> read_processors(std::span<std::uint8_t const>);
std::vector<std::vector<engine::TlbEntry>> read_tlbs(std::span<std::uint8_t const>);
std::vector<machine::StateNode> read_devices(std::span<std::uint8_t const>);
void read_kernel(Part, std::span<std::uint8_t const>, debug::KernelView&);

}  // namespace sim::album
