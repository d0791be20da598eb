// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the loader needs of an ELF file: segments and the PVH entry. The file is
// not trusted: every offset is checked before it is followed.
#pragma once

#include <cstdint>
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
    std::uint32_t pvh_entry = 0;  // physical, in 32-bit protected mode
};

// `name` is for messages. Throws LoadError: no ELF, another machine's, truncated,
// no PVH note. The result refers to the file's bytes.
ElfImage read_elf(std::string const& name, std::span<std::uint8_t const> file);

}  // namespace sim::loader
