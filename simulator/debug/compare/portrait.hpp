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
#include "simulator/debug/studied_life.hpp"
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

// How a life ended: "the guest exited with 0", "triple fault at ...".
std::string words_of(machine::RunResult const& ended);

// Of a machine as it stands. Changes nothing.
Portrait portrait_of(machine::Machine&, Observation&, KernelReader&, std::shared_ptr<Symbols const>,
                     std::string title);
Portrait portrait_of(StudiedLife&, std::string title);

}  // namespace sim::debug::compare
