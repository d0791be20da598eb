// SPDX-License-Identifier: GPL-2.0-or-later
//
// Answers a ViewRequest for the machine as it stands between two runs.
#pragma once

#include <chrono>
#include <memory>

#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/disk_reader.hpp"
#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/page_heat.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

class SnapshotBuilder {
public:
    SnapshotBuilder(machine::Machine&, std::shared_ptr<Symbols const>, KernelReader&, Observation&);

    // Fills in what the machine knows; how it goes is the session's part.
    // `processor` is looked at; `running` executed last.
    void fill(Snapshot&, std::shared_ptr<ViewRequest const> const&, bool moving, unsigned processor,
              unsigned running);

private:
    void page_tree(Snapshot&, GuestMemory const&, bool moving);
    void heat(Snapshot&, bool moving);
    void disks(Snapshot&, bool moving);

    machine::Machine& machine_;
    std::shared_ptr<Symbols const> symbols_;
    KernelReader& kernel_;
    Observation& observation_;
    Disassembler disassembler_;
    std::shared_ptr<PageTree const> last_tree_;
    std::chrono::steady_clock::time_point tree_at_;
    HeatReader heat_;
    std::shared_ptr<PageHeat const> last_heat_;
    std::chrono::steady_clock::time_point heat_at_;
    DiskReader disk_reader_;
    std::vector<std::shared_ptr<DiskMap const>> last_disks_;
    std::chrono::steady_clock::time_point disks_at_;
};

}  // namespace sim::debug
