// SPDX-License-Identifier: GPL-2.0-or-later
//
// Serves one gdb after the other, and keeps the guest going in between when it
// is to run without one.
#pragma once

#include <functional>
#include <string_view>

#include "simulator/debug/gdb/listener.hpp"
#include "simulator/debug/gdb/machine_target.hpp"

namespace sim::debug::gdb {

struct ServiceOptions {
    // The guest runs while nobody is connected; otherwise it waits.
    bool run_before = false, run_after_detach = false;
    // Asked every few milliseconds: end the service (Ctrl-C). May be empty.
    std::function<bool()> interrupted;
    // One line for the person: "gdb is connected". May be empty.
    std::function<void(std::string_view)> say;
};

enum class ServiceEnd : std::uint8_t {
    killed,       // gdb said "kill"
    guest_ended,  // while no gdb was connected
    interrupted,
};

ServiceEnd serve(MachineTarget&, Listener&, ServiceOptions const&);

}  // namespace sim::debug::gdb
