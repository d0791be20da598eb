// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/testing/sample_tables.hpp"

#include <algorithm>

namespace viz::testing {

using namespace sim::debug;

namespace {

using Bytes = std::vector<std::uint8_t>;

void put64(Bytes& bytes, std::size_t at, std::uint64_t word) {
    for (unsigned i = 0; i < 8; ++i) bytes[at + i] = static_cast<std::uint8_t>(word >> 8 * i);
}

// What lies at GDTR, TR and IDTR: exceptions with a stack of their own for #DF and NMI, a
// timer and a card, and a gate that ring 3 may come through.
std::shared_ptr<DescriptorTables const> descriptors(sim::engine::CpuState const& cpu) {
    Bytes gdt(0x38), task(104), idt(4096);
    put64(gdt, 0x08, 0x00af'9b00'0000'ffff);
    put64(gdt, 0x10, 0x00cf'9300'0000'ffff);
    put64(gdt, 0x18, 0x00cf'f300'0000'ffff);
    put64(gdt, 0x20, 0x00af'fb00'0000'ffff);
    put64(gdt, 0x28, 0x8000'8b20'8000'0067);
    put64(gdt, 0x30, 0xffff'ffff);
    put64(task, 4, 0xffff'9000'0001'8000);
    put64(task, 36, 0xffff'9000'0002'0000);
    put64(task, 44, 0xffff'9000'0002'4000);
    auto const gate = [&](std::uint64_t vector, std::uint64_t handler, std::uint64_t stack, std::uint64_t flags) {
        put64(idt, vector * 16, (handler & 0xffff) | 8U << 16 | stack << 32 | flags << 40 | (handler >> 16 & 0xffff) << 48);
        put64(idt, vector * 16 + 8, handler >> 32);
    };
    for (std::uint64_t v = 0; v < 22; ++v)
        gate(v, 0xffff'ffff'8010'0800 + v * 16, v == 8 ? 1 : v == 2 ? 2 : 0, v == 3 ? 0xee : 0x8e);
    for (std::uint64_t v = 0x20; v < 0x24; ++v) gate(v, 0xffff'ffff'8010'0a00 + v * 16, 0, 0x8e);
    gate(0x80, 0xffff'ffff'8010'0c00, 0, 0xef);
    return std::make_shared<DescriptorTables>(
        descriptor_tables(cpu, [&](std::uint64_t address, std::span<std::uint8_t> into) {
            Bytes const& from = address == cpu.gdtr.base ? gdt : address == cpu.idtr.base ? idt : task;
            std::size_t const n = std::min(into.size(), from.size());
            std::copy_n(from.begin(), n, into.begin());
            return n;
        }));
}

std::shared_ptr<PageTree const> tree() {
    auto t = std::make_shared<PageTree>();
    t->entered = {{4, 0, 0x1a4000, 0, 3},
                  {3, 273, 0x1a8000, 0xffff'8880'0000'0000, 1},
                  {2, 0, 0x1a9000, 0xffff'8880'0000'0000, 32},
                  {3, 288, 0x1aa000, 0xffff'9000'0000'0000, 1},
                  {2, 0, 0x1ab000, 0xffff'9000'0000'0000, 1},
                  {1, 0, 0x1ac000, 0xffff'9000'0000'0000, 24},
                  {3, 511, 0x1a5000, 0xffff'ff80'0000'0000, 1},
                  {2, 510, 0x1a6000, 0xffff'ffff'8000'0000, 1},
                  {1, 0, 0x1a7000, 0xffff'ffff'8000'0000, 164}};
    constexpr std::uint64_t small = 4096, large = 0x20'0000;
    t->ranges = {{0xffff'8880'0000'0000, 32 * large, 0, large, true, false, false, false},
                 {0xffff'9000'0001'0000, 8 * small, 0x300'0000, small, true, false, false, false},
                 {0xffff'9000'0001'c000, 8 * small, 0x302'0000, small, true, false, false, false},
                 {0xffff'ffff'8010'0000, 96 * small, 0x10'0000, small, false, false, true, true},
                 {0xffff'ffff'8018'0000, 28 * small, 0x18'0000, small, false, false, false, true},
                 {0xffff'ffff'8020'0000, 40 * small, 0x20'0000, small, true, false, false, true}};
    t->tables = {0, 2, 3, 3, 1};
    t->pages_4k = 180, t->pages_2m = 32;
    t->mapped_bytes = 180 * small + 32 * large;
    return t;
}

}  // namespace

void add_tables(Snapshot& s) {
    s.descriptors = descriptors(s.cpu);
    s.page_tree = tree();
    using Entry = sim::engine::TlbEntry;
    s.tlb = {Entry{.page = 0xffff'ffff'8010'4000, .frame = 0x104000, .executable = true, .global = true},
             Entry{.page = 0xffff'ffff'8010'0000, .frame = 0x100000, .executable = true, .global = true},
             Entry{.page = 0xffff'ffff'8020'1000, .frame = 0x201000, .writable = true, .global = true, .dirty = true},
             Entry{.page = 0xffff'9000'0001'5000, .frame = 0x3005000, .writable = true, .dirty = true},
             Entry{.page = 0xffff'9000'0001'9000, .frame = 0x3019000, .writable = true},  // unmapped since then
             Entry{.page = 0xffff'8880'0020'0000, .frame = 0x200000, .size = 0x20'0000, .writable = true}};
    auto& k = s.kernel;
    for (auto* health : {&k.heap_health, &k.interrupts_health, &k.virtqueues_health}) health->declared = true;
    k.heap = {{"", 16, 24, 256, {}},  {"", 32, 120, 128, {}},  {"", 64, 61, 128, {}}, {"", 128, 0, 0, {}},
              {"", 256, 11, 15, {}}, {"", 512, 7, 7, {}},     {"", 1024, 2, 3, {}}, {"", 2048, 0, 2, {}}};
    // Three objects more than the classes hold, of 1, 2 and 16 frames.
    k.others = {{"heap_total", {true, ""}, {{{"objects", "228", 228}, {"bytes", "94400", 94400}}}}};
    k.interrupts = {{0x20, "the timer", 8, 0xffff'ffff'8010'0c00, {}}, {0x21, "virtio-net receive", 4, 0, {}}};
    Virtqueue receive;
    receive.name = "receive", receive.size = 256, receive.available_index = 258, receive.used_index = 2;
    for (std::uint16_t i = 0; i < 256; ++i)
        receive.descriptors.push_back({i, 0x300'0000 + i * std::uint64_t{2048}, 2048, 2, 0, i >= 2});
    Virtqueue transmit;
    transmit.name = "transmit", transmit.size = 256, transmit.available_index = 5, transmit.used_index = 4;
    transmit.descriptors = {{4, 0x310'0000, 12, 1, 5, true}, {5, 0x310'0800, 243, 0, 0, true}};
    k.virtqueues = {receive, transmit};
}

}  // namespace viz::testing
