// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/snapshot_builder.hpp"

#include <algorithm>

#include "simulator/debug/backtrace.hpp"

namespace sim::debug {

namespace {
// The whole tree costs milliseconds, and so does the heat of all pages: while the machine
// runs they are refreshed this often.
constexpr auto refresh_interval = std::chrono::milliseconds(250);
constexpr std::uint64_t page = 4096;
}  // namespace

SnapshotBuilder::SnapshotBuilder(machine::Machine& machine, std::shared_ptr<Symbols const> symbols,
                                 KernelReader& kernel, Observation& observation)
    : machine_(machine),
      symbols_(std::move(symbols)),
      kernel_(kernel),
      observation_(observation),
      disassembler_(symbols_) {}

void SnapshotBuilder::fill(Snapshot& s, std::shared_ptr<ViewRequest const> const& request, bool moving,
                           unsigned processor, unsigned running) {
    s.moment = machine_.moment();
    s.virtual_ns = machine_.virtual_ns();
    s.processor = processor;
    for (unsigned i = 0; i < machine_.processors(); ++i) {
        ProcessorInfo info{machine_.cpu(i).state(), "", i == running, machine_.waits_for_start_up(i),
                           machine_.cpu(i).retired()};
        info.location = symbols_->describe(info.cpu.rip);
        s.processors.push_back(std::move(info));
    }
    s.cpu = s.processors[processor].cpu;
    s.symbols = symbols_;
    s.source = symbols_->line_at(s.cpu.rip);
    s.location = s.processors[processor].location;
    s.events = observation_.events().view();
    s.console = observation_.console(s.moment);
    s.request = request;

    GuestMemory const guest = observation_.memory(processor);
    memory(s, guest);
    if (request->walk)
        s.walk = explain_walk(paging_of(s.cpu), request->walk->address, request->walk->access,
                              request->walk->user, guest.words());
    if (request->disassembly) disassembly(s, guest);
    if (request->backtrace) s.backtrace = backtrace(s.cpu, guest, *symbols_);
    if (request->tlb) s.tlb = machine_.cpu(processor).tlb();
    if (request->page_tree) page_tree(s, guest, moving);
    if (request->heat) heat(s, moving);
    if (request->devices)
        for (auto const& device : machine_.devices()) s.devices.push_back(device->describe());
    s.kernel = kernel_.read(request->lists, guest, s.cpu[engine::Gpr::rsp]);
}

void SnapshotBuilder::memory(Snapshot& s, GuestMemory const& guest) const {
    for (MemoryRequest const& asked : s.request->memory) {
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
                p.mapped = machine_.peek(*physical, std::span(block.bytes).subspan(at, n));
            }
            block.pages.push_back(p);
            at += n;
        }
        s.memory.push_back(std::move(block));
    }
}

void SnapshotBuilder::disassembly(Snapshot& s, GuestMemory const& guest) const {
    DisassemblyRequest const& asked = *s.request->disassembly;
    s.disassembly = std::make_shared<Disassembly>(disassembler_.around(
        asked.around.value_or(s.cpu.rip), asked.before, asked.after, code_mode(s.cpu),
        [&](std::uint64_t address, std::span<std::uint8_t> into) { return guest.read_some(address, into); }));
}

void SnapshotBuilder::page_tree(Snapshot& s, GuestMemory const& guest, bool moving) {
    auto const now = std::chrono::steady_clock::now();
    if (!moving || !last_tree_ || now - tree_at_ > refresh_interval) {
        last_tree_ = std::make_shared<PageTree>(debug::page_tree(paging_of(s.cpu), guest.words()));
        tree_at_ = now;
    }
    s.page_tree = last_tree_;
}

void SnapshotBuilder::heat(Snapshot& s, bool moving) {
    auto const now = std::chrono::steady_clock::now();
    if (!moving || !last_heat_ || now - heat_at_ > refresh_interval) {
        last_heat_ = heat_.read(machine_.checkpoints(), *machine_.checkpoint(), s.request->heat_until_ns);
        heat_at_ = now;
    }
    s.heat = last_heat_;
}

}  // namespace sim::debug
