// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/descriptor_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sim::debug {

namespace {

std::uint64_t number(std::span<std::uint8_t const> bytes, std::size_t at, unsigned size) {
    std::uint64_t n = 0;
    for (unsigned i = size; i-- > 0;) n = n << 8 | bytes[at + i];
    return n;
}

// Of what cannot be read all there is; the caller says so.
std::vector<std::uint8_t> table(engine::TableRegister const& r, std::size_t most, MappedReader const& read) {
    std::vector<std::uint8_t> bytes(std::min<std::size_t>(std::size_t{r.limit} + 1, most));
    bytes.resize(read(r.base, bytes));
    return bytes;
}

std::string loaded_from(engine::CpuState const& cpu, std::uint16_t selector) {
    std::pair<char const*, engine::Segment const*> const registers[] = {
        {"CS", &cpu.cs}, {"SS", &cpu.ss}, {"DS", &cpu.ds}, {"ES", &cpu.es},
        {"FS", &cpu.fs}, {"GS", &cpu.gs}, {"TR", &cpu.tr}, {"LDTR", &cpu.ldtr}};
    std::string names;
    constexpr std::uint16_t ring = 3;
    for (auto const& [name, segment] : registers)
        if ((segment->selector & ~ring) == selector) names += (names.empty() ? "" : " ") + std::string(name);
    return names;
}

// [sdm-3a §3.4.5, figure 3-8; §7.2.3, figure 7-4]
SegmentDescriptor segment(unsigned index, std::uint64_t raw, std::optional<std::uint64_t> high) {
    SegmentDescriptor d;
    d.index = index, d.raw = raw, d.raw_high = high.value_or(0), d.wide = high.has_value();
    std::uint64_t const attributes = raw >> 40 & 0xF0FF;
    d.fields = decode_segment(attributes);
    d.type = d.fields.back().text;
    d.present = attributes >> 7 & 1;
    d.privilege = attributes >> 5 & 3;
    d.base = (raw >> 16 & 0xFF'FFFF) | (raw >> 56 & 0xFF) << 24 | (d.raw_high & 0xFFFF'FFFF) << 32;
    d.limit = (raw & 0xFFFF) | (raw >> 48 & 0xF) << 16;
    if (attributes >> 15 & 1) d.limit = d.limit << 12 | 0xFFF;
    return d;
}

void read_segments(DescriptorTables& t, engine::CpuState const& cpu, bool long_mode, MappedReader const& read) {
    auto const bytes = table(cpu.gdtr, 65536, read);
    if (bytes.size() < std::size_t{cpu.gdtr.limit} + 1) t.problem = "the GDT is not mapped to its end";
    // The first one is never used. [sdm-3a §3.4.2]
    for (std::size_t at = 8; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t const raw = number(bytes, at, 8);
        auto const index = static_cast<unsigned>(at / 8);
        bool const is_system = !(raw >> 44 & 1);
        std::optional<std::uint64_t> high;
        if (raw && long_mode && is_system && at + 16 <= bytes.size()) high = number(bytes, at + 8, 8);
        auto const selector = static_cast<std::uint16_t>(at);
        if (raw || !loaded_from(cpu, selector).empty()) {
            t.segments.push_back(segment(index, raw, high));
            t.segments.back().used_by = loaded_from(cpu, selector);
        }
        if (high) at += 8;
    }
}

void read_task(DescriptorTables& t, engine::CpuState const& cpu, MappedReader const& read) {
    constexpr std::size_t size = 104;
    // TR that was never loaded leads nowhere.
    if ((cpu.tr.selector & ~3) == 0 || cpu.tr.limit + 1 < size) return;
    std::vector<std::uint8_t> bytes(size);
    if (read(cpu.tr.base, bytes) < size) return;
    TaskState& task = t.task.emplace();
    task.address = cpu.tr.base;
    for (unsigned ring = 0; ring < 3; ++ring) task.rsp[ring] = number(bytes, 4 + std::size_t{ring} * 8, 8);
    for (unsigned i = 0; i < 7; ++i) task.ist[i] = number(bytes, 36 + std::size_t{i} * 8, 8);
    task.io_map = static_cast<std::uint16_t>(number(bytes, 102, 2));
}

// [sdm-3a §6.11, figure 6-2; §6.14.1, figure 6-8]
void read_gates(DescriptorTables& t, engine::CpuState const& cpu, bool long_mode, MappedReader const& read) {
    std::size_t const size = long_mode ? 16 : 8;
    auto const bytes = table(cpu.idtr, size * 256, read);
    std::size_t const promised = std::min<std::size_t>((std::size_t{cpu.idtr.limit} + 1) / size, 256);
    for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
        Gate g;
        g.vector = static_cast<std::uint8_t>(at / size);
        g.selector = static_cast<std::uint16_t>(number(bytes, at + 2, 2));
        g.handler = number(bytes, at, 2) | number(bytes, at + 6, 2) << 16;
        if (long_mode) {
            g.handler |= number(bytes, at + 8, 4) << 32;
            g.stack = bytes[at + 4] & 7;
        }
        g.type = bytes[at + 5] & 15;
        g.privilege = bytes[at + 5] >> 5 & 3;
        g.present = bytes[at + 5] >> 7;
        t.gates.push_back(g);
    }
    if (t.gates.size() < promised)
        t.problem += std::string(t.problem.empty() ? "" : "; ") + "the IDT is not mapped to its end";
}

}  // namespace

std::string Gate::type_name() const {
    switch (type) {
        case 5:
            return "task gate";
        case 6:
        case 14:
            return "interrupt gate";
        case 7:
        case 15:
            return "trap gate";
        default:
            return fmt::format("type {}", type);
    }
}

unsigned DescriptorTables::present_gates() const {
    return static_cast<unsigned>(std::ranges::count(gates, true, &Gate::present));
}

DescriptorTables descriptor_tables(engine::CpuState const& cpu, MappedReader const& read) {
    DescriptorTables t;
    if (!(cpu.cr0 & 1)) {
        t.problem = "in real mode segments have no descriptors, and vectors are far pointers at IDTR's base";
        return t;
    }
    bool const long_mode = cpu.efer & 0x400;
    read_segments(t, cpu, long_mode, read);
    if (long_mode) read_task(t, cpu, read);
    read_gates(t, cpu, long_mode, read);
    return t;
}

}  // namespace sim::debug
