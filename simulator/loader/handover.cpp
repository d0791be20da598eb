// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/loader/handover.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::loader {
namespace {

using machine::page_bytes;

// PCI configuration space, as the ACPI table MCFG has it (board/pc.hpp).
constexpr std::uint64_t configuration_space = 0xE000'0000, configuration_space_size = 0x1000'0000;

}  // namespace

std::string mib(std::uint64_t bytes) {
    return fmt::format("{} MiB", bytes == 0 ? 0 : ((bytes - 1) >> 20) + 1);
}

void enter(engine::Cpu& cpu, Entry const& entry) {
    cpu.reset_to_protected_mode();
    engine::CpuState state = cpu.state();
    state.rip = entry.eip;
    state[engine::Gpr::rax] = entry.eax;
    state[engine::Gpr::rbx] = entry.ebx;
    state[engine::Gpr::rsi] = entry.esi;
    state.cs.selector = entry.code_selector;
    for (engine::Segment* segment : {&state.ds, &state.es, &state.ss, &state.fs, &state.gs})
        segment->selector = entry.data_selector;
    state.gdtr = entry.gdtr;
    cpu.set_state(state, 0);
}

std::vector<MemoryMapEntry> memory_map(machine::PhysicalMemory const& memory, bool buses) {
    std::vector<MemoryMapEntry> map{
        {0, reserved_start, MemoryMapEntry::usable},
        {reserved_start, reserved_end - reserved_start, MemoryMapEntry::reserved}};
    for (engine::RamRegion const& region : memory.regions()) {
        std::uint64_t const start = std::max(region.start, reserved_end);
        std::uint64_t const end = region.start + region.bytes.size();
        if (end > start) map.push_back({start, end - start, MemoryMapEntry::usable});
    }
    if (buses) map.push_back({configuration_space, configuration_space_size, MemoryMapEntry::reserved});
    std::sort(map.begin(), map.end(), [](auto const& a, auto const& b) { return a.address < b.address; });
    return map;
}

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

std::uint64_t load_module(machine::Blob const& module, std::span<Range const> taken, std::uint64_t end,
                          machine::PhysicalMemory& memory) {
    std::uint64_t const size = module.bytes->size();
    std::uint64_t const low_end = std::min({memory.size(), machine::hole_start, end});
    std::uint64_t const address = size > low_end ? 0 : (low_end - size) / page_bytes * page_bytes;
    bool fits = size <= low_end && address >= reserved_end;
    for (Range const& range : taken) fits &= !Range{address, address + size}.meets(range);
    if (!fits)
        throw LoadError(
            fmt::format("{}: too large for memory: {} beside the image, the machine has {}; give it more "
                        "with --memory",
                        module.name, mib(size), mib(memory.size())));
    memory.write(address, *module.bytes);
    return address;
}

void write_bios_data_area(machine::PhysicalMemory& memory) {
    std::vector<std::uint8_t> area(0x100);
    put<std::uint16_t>(area, 0x00, 0x3F8);                  // COM1
    put<std::uint16_t>(area, 0x0E, reserved_start >> 4);    // segment of the extended area
    put<std::uint16_t>(area, 0x13, reserved_start / 1024);  // KiB of conventional memory
    memory.write(0x400, area);
}

std::uint64_t Shelf::place(std::span<std::uint8_t const> bytes, std::string const& what) {
    std::uint64_t const address = (at_ + 7) / 8 * 8;
    if (address > end_ || bytes.size() > end_ - address || !memory_.write(address, bytes))
        throw LoadError(fmt::format("{} of {} bytes is too long; at most {} KiB fit", what, bytes.size(),
                                    (end_ - std::min(at_, end_)) / 1024));
    at_ = address + bytes.size();
    return address;
}

std::uint64_t Shelf::place_text(std::string const& text, std::string const& what) {
    std::vector<std::uint8_t> bytes(text.begin(), text.end());
    bytes.push_back(0);
    return place(bytes, what);
}

}  // namespace sim::loader
