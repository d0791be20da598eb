// SPDX-License-Identifier: GPL-2.0-or-later
//
// Everything about a machine at one moment that is worth comparing with another:
// the machine's parts with the names of their fields, the kernel's objects, what
// is mapped, and what has happened until then. A plain value; it shares pages and
// events with the machine and costs little.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "simulator/debug/kernel_view.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/page_walk.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/machine/picture.hpp"

namespace sim::debug::compare {

struct Portrait {
    std::string title;  // a file's name, a branch's
    std::string image, image_sha256;
    machine::Moment moment;
    std::uint64_t virtual_ns = 0;
    std::string ending;  // how the life ended here; empty: it goes on
    engine::CpuState cpu;
    std::string location, function;  // of RIP: "net::f+0x12", "net::f"
    std::string line;                // "kernel/net/f.cpp:12"; may be empty
    std::vector<StackFrame> stack;
    KernelView kernel;
    std::shared_ptr<PageTree const> tree;
    machine::Picture picture;
    EventView events;
    std::shared_ptr<Symbols const> symbols;
};

// Of a machine as it stands. Changes nothing.
Portrait portrait_of(machine::Machine&, Observation&, KernelReader&, std::shared_ptr<Symbols const>,
                     std::string title);

// A machine with all that is known of its image, listening from its first
// instruction on: what `viv compare` and `viv retry` look at.
class StudiedLife {
public:
    // The machine must outlive this.
    StudiedLife(machine::Machine&, std::string title);
    ~StudiedLife();
    machine::Machine& machine() { return machine_; }
    Observation& observation() { return *observation_; }
    Symbols const& symbols() const { return *symbols_; }
    std::string const& title() const { return title_; }
    Portrait portrait();

private:
    machine::Machine& machine_;
    std::string title_;
    std::shared_ptr<Symbols const> symbols_;
    std::unique_ptr<KernelReader> kernel_;
    std::unique_ptr<Observation> observation_;
};

}  // namespace sim::debug::compare
