// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/loader/pvh.hpp"

#include <fmt/format.h>

namespace sim::loader {
namespace {

// The structures of version 1. [pvh "start_info.h"]
struct StartInfo {
    std::uint32_t magic = 0x336E'C578;
    std::uint32_t version = 1;
    std::uint32_t flags = 0;
    std::uint32_t module_count = 0;
    std::uint64_t modules = 0;
    std::uint64_t command_line = 0;
    std::uint64_t rsdp = 0;
    std::uint64_t memory_map = 0;
    std::uint32_t memory_map_entries = 0;
    std::uint32_t reserved = 0;
};
static_assert(sizeof(StartInfo) == 56);

struct ModuleEntry {
    std::uint64_t address = 0, size = 0, command_line = 0, reserved = 0;
};
static_assert(sizeof(ModuleEntry) == 32);

struct MapEntry {
    std::uint64_t address = 0, size = 0;
    std::uint32_t type = 0, reserved = 0;
};
static_assert(sizeof(MapEntry) == 24);

template <class T>
std::span<std::uint8_t const> bytes_of(T const& object) {
    return {reinterpret_cast<std::uint8_t const*>(&object), sizeof object};
}

}  // namespace

Entry load_pvh(machine::MachineConfig const& config, machine::PhysicalMemory& memory, std::uint64_t rsdp) {
    ElfImage const image = read_elf(config.image.name, *config.image.bytes);
    std::uint32_t const entry = require_pvh_entry(config.image.name, image);
    std::vector<Range> taken;
    for (Segment const& segment : image.segments) {
        load_segment(config.image.name, segment, memory);
        taken.push_back({segment.address, segment.address + segment.memory_size});
    }

    Shelf shelf(memory, start_info_address + sizeof(StartInfo), acpi_address);
    StartInfo info;
    info.rsdp = rsdp;
    info.command_line = shelf.place_text(config.command_line, "the command line");
    std::vector<MapEntry> map;
    for (MemoryMapEntry const& part : memory_map(memory, false))
        map.push_back({part.address, part.size, part.type, 0});
    info.memory_map = shelf.place(
        {reinterpret_cast<std::uint8_t const*>(map.data()), map.size() * sizeof(map[0])}, "the memory map");
    info.memory_map_entries = static_cast<std::uint32_t>(map.size());
    if (config.initrd.present()) {
        ModuleEntry module;
        module.address = load_module(config.initrd, taken, machine::hole_start, memory);
        module.size = config.initrd.bytes->size();
        info.modules = shelf.place(bytes_of(module), "the list of modules");
        info.module_count = 1;
    }
    memory.write(start_info_address, bytes_of(info));
    Entry result;
    result.eip = entry;
    result.ebx = start_info_address;
    return result;
}

}  // namespace sim::loader
