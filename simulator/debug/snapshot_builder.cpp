// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/snapshot_builder.hpp"

#include "simulator/debug/memory_answers.hpp"
#include "simulator/debug/thread_stacks.hpp"

namespace sim::debug {

namespace {
// The whole tree costs milliseconds, and so does the heat of all pages: while the machine
// runs they are refreshed this often.
constexpr auto refresh_interval = std::chrono::milliseconds(250);
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
    answer_from_memory(s, guest, disassembler_);
    if (request->tlb) s.tlb = machine_.cpu(processor).tlb();
    if (request->page_tree) page_tree(s, guest, moving);
    if (request->heat) heat(s, moving);
    if (request->disks) disks(s, moving);
    if (request->disk_block)
        s.disk_block =
            DiskReader::block(machine_, disk_of(*request->disk_block), block_of(*request->disk_block));
    if (request->devices)
        for (auto const& device : machine_.devices()) s.devices.push_back(device->describe());
    s.kernel = kernel_.read(request->lists, guest, s.cpu[engine::Gpr::rsp]);
    answer_thread_stacks(s, guest);
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

void SnapshotBuilder::disks(Snapshot& s, bool moving) {
    auto const now = std::chrono::steady_clock::now();
    if (!moving || last_disks_.empty() || now - disks_at_ > refresh_interval) {
        last_disks_ = disk_reader_.read(machine_);
        disks_at_ = now;
    }
    s.disks = last_disks_;
}

}  // namespace sim::debug
