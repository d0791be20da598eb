// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who last wrote this? The newest stretch between two checkpoints in which the
// memory's pages changed is run again with one hook on the range. What the guest
// did not do is told, too: a device's DMA, the page walker's accessed and dirty
// bits, a person's poke, the loader.
//
// A link of the chain asks where the written value came from: back through the
// registers to the memory that it was loaded from, whose last writer is the next
// link.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/command.hpp"
#include "simulator/debug/queries/scene.hpp"

namespace sim::debug::queries {

struct WrittenRange {
    AddressSpace space = AddressSpace::virtual_;
    std::uint64_t address = 0;
    std::uint64_t length = 8;                      // at most max_written_range
    std::vector<engine::Cpu::MemoryRange> pieces;  // physical
};
constexpr std::uint64_t max_written_range = 65'536;

struct WriteLink {
    WrittenRange range;                // what was asked
    std::vector<std::uint8_t> before;  // its first bytes (16 at most) before the write
    std::vector<std::uint8_t> after;   // and after it
    Writer writer = Writer::instruction;
    std::string device;            // of DMA
    machine::Moment at, seen;      // `seen`: the first moment at which it can be seen
    engine::PhysAddr address = 0;  // where the write went
    std::uint64_t length = 0;
    Actor actor;         // of a DMA: what the processor did meanwhile
    std::string origin;  // "rdx, loaded by mov rdx, [rsp+8] from 0x... at f.cpp:12"; may be empty
};

struct LastWrite {
    WrittenRange range;
    std::string object;               // "threads::the_scheduler.current_": what lies there
    std::vector<std::uint8_t> value;  // at the moment, 16 bytes at most
    std::vector<WriteLink> links;     // newest first
    std::string ending;               // why the chain ends: "as the loader left it"
    bool cancelled = false;
};

// Empty `problem` and the range with its physical pieces, or why not.
struct Resolved {
    WrittenRange range;
    std::string problem;
};
Resolved resolve(Scene const&, AddressSpace, std::uint64_t address, std::uint64_t length);

// At most `links` links.
LastWrite last_write(Scene&, WrittenRange, unsigned links = 1);

}  // namespace sim::debug::queries
