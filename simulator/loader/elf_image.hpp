// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the loader needs of an ELF file, 32 or 64 bits: segments and entries. The
// file is not trusted: every offset is checked before it is followed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/loader/load_error.hpp"

namespace sim::loader {

struct Segment {
    std::uint64_t address = 0;            // physical
    std::uint64_t memory_size = 0;        // beyond the bytes: zeros
    std::span<std::uint8_t const> bytes;  // within the file
};

struct ElfImage {
    std::vector<Segment> segments;
    std::uint64_t entry = 0;                 // physical: the header's, moved as its segment is
    std::optional<std::uint32_t> pvh_entry;  // physical, in 32-bit protected mode
};

bool is_elf(std::span<std::uint8_t const> file);

// `name` is for messages. Throws LoadError: no ELF, another machine's, truncated.
// The result refers to the file's bytes.
ElfImage read_elf(std::string const& name, std::span<std::uint8_t const> file);

// Throws LoadError when there is none, or it lies in no segment.
std::uint32_t require_pvh_entry(std::string const& name, ElfImage const&);

}  // namespace sim::loader
