// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/memory_answers.hpp"

#include <algorithm>

#include "simulator/debug/backtrace.hpp"

namespace sim::debug {

namespace {

constexpr std::uint64_t page = 4096;

MemoryBlock block_of(MemoryRequest const& asked, GuestMemory const& guest) {
    MemoryBlock block;
    block.request = asked;
    block.request.length = std::min(asked.length, max_memory_request);
    if (asked.address + block.request.length < asked.address)  // past the end of the address space
        block.request.length = static_cast<std::uint32_t>(0 - asked.address);
    block.bytes.resize(block.request.length);
    for (std::uint64_t at = 0; at < block.bytes.size();) {
        std::uint64_t const address = asked.address + at;
        std::uint64_t const n =
            std::min<std::uint64_t>(block.bytes.size() - at, page - (address & (page - 1)));
        auto const physical =
            asked.space == AddressSpace::physical ? std::optional(address) : guest.translate(address);
        MemoryBlock::Page p;
        if (physical) {
            p.physical = *physical & ~(page - 1);
            p.mapped = guest.read_physical(*physical, std::span(block.bytes).subspan(at, n));
        }
        block.pages.push_back(p);
        at += n;
    }
    return block;
}

}  // namespace

void answer_from_memory(Snapshot& s, GuestMemory const& guest, Disassembler const& disassembler) {
    ViewRequest const& request = *s.request;
    for (MemoryRequest const& asked : request.memory) s.memory.push_back(block_of(asked, guest));
    if (request.zoomed) s.zoomed = block_of(*request.zoomed, guest);
    if (request.walk)
        s.walk = explain_walk(paging_of(s.cpu), request.walk->address, request.walk->access,
                              request.walk->user, guest.words());
    if (request.disassembly) {
        DisassemblyRequest const& asked = *request.disassembly;
        s.disassembly = std::make_shared<Disassembly>(disassembler.around(
            asked.around.value_or(s.cpu.rip), asked.before, asked.after, code_mode(s.cpu),
            [&](std::uint64_t address, std::span<std::uint8_t> into) { return guest.read_some(address, into); }));
    }
    if (request.descriptors)
        s.descriptors = std::make_shared<DescriptorTables>(descriptor_tables(
            s.cpu, [&](std::uint64_t address, std::span<std::uint8_t> into) { return guest.read_some(address, into); }));
    if (request.backtrace) s.backtrace = backtrace(s.cpu, guest, *s.symbols);
}

}  // namespace sim::debug
