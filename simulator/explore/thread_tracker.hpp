// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who runs and who could run, kept up to date by the kernel's probes
// thread_create, thread_wake and thread_switch. One machine's; call it with the
// processor standing at a probe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulator/explore/subject.hpp"

namespace sim::explore {

enum class ThreadEvent : std::uint8_t { created, woken, switched };

class ThreadTracker {
public:
    explicit ThreadTracker(Subject const&);

    // The machine stands at a moment: start from what its memory says.
    void start(machine::Machine&);
    // The addresses at which at() wants to be called, ascending.
    std::vector<std::uint64_t> const& addresses() const { return addresses_; }
    bool is_probe(std::uint64_t address) const { return probes_.contains(address); }

    struct Seen {
        ThreadEvent event;
        std::uint64_t thread = 0;  // created, woken, or switched to
        std::uint64_t from = 0;    // of a switch
        bool from_ready = false;   // it could have gone on: preempted, or it yielded
    };
    Seen at(std::uint64_t address, machine::Machine&);

    std::uint64_t running() const { return running_; }
    std::set<std::uint64_t> const& ready() const { return ready_; }
    bool is_idle(std::uint64_t thread) const { return thread == idle_; }
    // The name that a thread had when it was first seen; "thread 0x..." without one.
    std::string name(std::uint64_t thread) const;
    std::map<std::uint64_t, std::string> const& names() const { return names_; }

private:
    void learn_name(std::uint64_t thread, debug::GuestMemory const&);

    struct Probe {
        ThreadEvent event;
        std::vector<debug::ProbeArgument> arguments;
    };
    Subject const* subject_;
    std::map<std::uint64_t, Probe> probes_;
    std::vector<std::uint64_t> addresses_;
    std::uint64_t running_ = 0, idle_ = 0;
    std::set<std::uint64_t> ready_;
    std::map<std::uint64_t, std::string> names_;
};

}  // namespace sim::explore
