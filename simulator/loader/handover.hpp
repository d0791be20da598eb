// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the boot protocols have in common: where things lie below 1 MiB, the
// memory map, and the processor at the image's first instruction.
//
//   0x0000'0000  RAM; a BIOS data area at 0x400 for protocols that know a BIOS
//   0x0009'F000  reserved from here: PVH's and multiboot's information
//   0x000F'0000  reserved: ACPI tables (the root pointer first)
//   0x0010'0000  RAM up to the hole; a module or initial RAM disk lies at its end
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulator/engine/cpu.hpp"
#include "simulator/loader/elf_image.hpp"
#include "simulator/loader/load_error.hpp"
#include "simulator/machine/config.hpp"
#include "simulator/machine/memory.hpp"

namespace sim::loader {

constexpr std::uint64_t reserved_start = 0x9'F000;
constexpr std::uint64_t acpi_address = 0xF'0000;
constexpr std::uint64_t reserved_end = 0x10'0000;

// Where the processor starts, in 32-bit protected mode with flat segments,
// paging and interrupts off.
struct Entry {
    std::uint32_t eip = 0;
    std::uint32_t eax = 0, ebx = 0, esi = 0;
    std::uint16_t code_selector = 0x08, data_selector = 0x10;
    engine::TableRegister gdtr{};
    bool after_bios = false;  // the protocol begins where a BIOS ended: PCI's resources are assigned
};

// Puts the processor there.
void enter(engine::Cpu&, Entry const&);

struct Range {
    std::uint64_t start = 0, end = 0;
    bool meets(Range const& other) const { return start < other.end && other.start < end; }
};

// "3 MiB", rounded up.
std::string mib(std::uint64_t bytes);

// Little-endian words at any offset; false, or zero, outside the bytes.
template <class Word>
bool put(std::span<std::uint8_t> bytes, std::size_t at, Word word) {
    if (at > bytes.size() || sizeof word > bytes.size() - at) return false;
    for (std::size_t i = 0; i < sizeof word; ++i) bytes[at + i] = static_cast<std::uint8_t>(word >> 8 * i);
    return true;
}
template <class Word>
Word get(std::span<std::uint8_t const> bytes, std::size_t at) {
    Word word = 0;
    if (at > bytes.size() || sizeof word > bytes.size() - at) return 0;
    for (std::size_t i = 0; i < sizeof word; ++i)
        word = static_cast<Word>(word | static_cast<Word>(bytes[at + i]) << 8 * i);
    return word;
}

struct MemoryMapEntry {
    static constexpr std::uint32_t usable = 1, reserved = 2;
    std::uint64_t address = 0, size = 0;
    std::uint32_t type = 0;
};
// All of RAM, ascending. `buses`: the window of PCI's configuration space too,
// which Linux uses only when the firmware says that nobody else may.
// [pci-firmware §4.1.2]
std::vector<MemoryMapEntry> memory_map(machine::PhysicalMemory const&, bool buses);

// Bytes and zeros to their place. Throws LoadError: outside RAM, or over the
// firmware's tables.
void load_segment(std::string const& name, Segment const&, machine::PhysicalMemory&);

// Puts a module at the end of RAM below `end`, page aligned, clear of `taken`.
// Throws LoadError when it does not fit.
std::uint64_t load_module(machine::Blob const&, std::span<Range const> taken, std::uint64_t end,
                          machine::PhysicalMemory&);

// A BIOS data area: where conventional memory ends, COM1. [linux-boot, "Memory
// Layout"; the layout is IBM's, PC/AT technical reference, 1984]
void write_bios_data_area(machine::PhysicalMemory&);

// Takes room, piece by piece, eight-byte aligned, from `start` up to `end`.
class Shelf {
public:
    Shelf(machine::PhysicalMemory& memory, std::uint64_t start, std::uint64_t end)
        : memory_(memory), at_(start), end_(end) {}
    // The address. Throws LoadError: `what` does not fit.
    std::uint64_t place(std::span<std::uint8_t const> bytes, std::string const& what);
    std::uint64_t place_text(std::string const& text, std::string const& what);

private:
    machine::PhysicalMemory& memory_;
    std::uint64_t at_, end_;
};

}  // namespace sim::loader
