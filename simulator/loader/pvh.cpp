// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/loader/pvh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "simulator/loader/elf_image.hpp"

namespace sim::loader {
namespace {

using machine::page_bytes;

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

struct MemoryMapEntry {
    std::uint64_t address = 0, size = 0;
    std::uint32_t type = 0, reserved = 0;
};
static_assert(sizeof(MemoryMapEntry) == 24);

constexpr std::uint32_t usable = 1, unusable = 2;

template <class T>
std::span<std::uint8_t const> bytes_of(T const& object) {
    return {reinterpret_cast<std::uint8_t const*>(&object), sizeof object};
}

struct Range {
    std::uint64_t start = 0, end = 0;
    bool meets(Range const& other) const { return start < other.end && other.start < end; }
};

std::string mib(std::uint64_t bytes) { return fmt::format("{} MiB", ((bytes - 1) >> 20) + 1); }

void load_segment(std::string const& name, Segment const& segment, machine::PhysicalMemory& memory) {
    std::uint64_t const end = segment.address + segment.memory_size;
    if (end < segment.address || memory.at(segment.address, segment.memory_size).empty())
        throw LoadError(
            fmt::format("{}: too large for memory: it needs {:#x} to {:#x}, the machine has {}; give it "
                        "more with --memory",
                        name, segment.address, end, mib(memory.size())));
    if (Range{segment.address, end}.meets({reserved_start, reserved_end}))
        throw LoadError(
            fmt::format("{}: a segment at {:#x} lies where the firmware's tables are ({:#x} to {:#x}); link "
                        "the image at 1 MiB or above",
                        name, segment.address, reserved_start, reserved_end));
    memory.write(segment.address, segment.bytes);
    std::vector<std::uint8_t> const zeros(segment.memory_size - segment.bytes.size());
    memory.write(segment.address + segment.bytes.size(), zeros);
}

// The module's place: the end of low RAM, clear of the image.
std::uint64_t load_module(machine::Blob const& module, ElfImage const& image,
                          machine::PhysicalMemory& memory) {
    std::uint64_t const size = module.bytes->size();
    std::uint64_t const low_end = std::min<std::uint64_t>(memory.size(), machine::hole_start);
    std::uint64_t const address = size > low_end ? 0 : (low_end - size) / page_bytes * page_bytes;
    bool fits = size <= low_end && address >= reserved_end;
    for (Segment const& s : image.segments)
        fits &= !Range{address, address + size}.meets({s.address, s.address + s.memory_size});
    if (!fits)
        throw LoadError(
            fmt::format("{}: too large for memory: {} beside the image, the machine has {}; give it more "
                        "with --memory",
                        module.name, mib(size), mib(memory.size())));
    memory.write(address, *module.bytes);
    return address;
}

std::vector<MemoryMapEntry> memory_map(machine::PhysicalMemory const& memory) {
    std::vector<MemoryMapEntry> map{{0, reserved_start, usable},
                                    {reserved_start, reserved_end - reserved_start, unusable}};
    for (engine::RamRegion const& region : memory.regions()) {
        std::uint64_t const start = std::max(region.start, reserved_end);
        std::uint64_t const end = region.start + region.bytes.size();
        if (end > start) map.push_back({start, end - start, usable});
    }
    return map;
}

}  // namespace

Entry load_pvh(machine::MachineConfig const& config, machine::PhysicalMemory& memory, std::uint64_t rsdp) {
    ElfImage const image = read_elf(config.image.name, *config.image.bytes);
    for (Segment const& segment : image.segments) load_segment(config.image.name, segment, memory);

    // One after the other, from the start info on.
    std::uint64_t at = start_info_address + sizeof(StartInfo);
    auto const place = [&](std::span<std::uint8_t const> bytes) {
        std::uint64_t const address = (at + 7) / 8 * 8;
        at = address + bytes.size();
        if (at > acpi_address || !memory.write(address, bytes))
            throw LoadError(fmt::format("the command line of {} bytes is too long; at most 256 KiB fit",
                                        config.command_line.size()));
        return address;
    };
    StartInfo info;
    info.rsdp = rsdp;
    std::vector<std::uint8_t> line(config.command_line.begin(), config.command_line.end());
    line.push_back(0);
    info.command_line = place(line);
    auto const map = memory_map(memory);
    info.memory_map = place({reinterpret_cast<std::uint8_t const*>(map.data()), map.size() * sizeof(map[0])});
    info.memory_map_entries = static_cast<std::uint32_t>(map.size());
    if (config.initrd.present()) {
        ModuleEntry module;
        module.address = load_module(config.initrd, image, memory);
        module.size = config.initrd.bytes->size();
        info.modules = place(bytes_of(module));
        info.module_count = 1;
    }
    memory.write(start_info_address, bytes_of(info));
    return {image.pvh_entry, start_info_address};
}

void enter(engine::Cpu& cpu, Entry entry) {
    cpu.reset_to_protected_mode();
    engine::CpuState state = cpu.state();
    state.rip = entry.eip;
    state[engine::Gpr::rbx] = entry.ebx;
    cpu.set_state(state, 0);
}

}  // namespace sim::loader
