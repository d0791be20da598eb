// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/thread_tracker.hpp"

#include <fmt/format.h>

#include "simulator/debug/machine_memory.hpp"

namespace sim::explore {

ThreadTracker::ThreadTracker(Subject const& subject) : subject_(&subject) {
    for (debug::Probe const& probe : subject.probes()) {
        if (probe.name == "thread_create") probes_[probe.address] = {ThreadEvent::created, probe.arguments};
        if (probe.name == "thread_wake") probes_[probe.address] = {ThreadEvent::woken, probe.arguments};
        if (probe.name == "thread_switch") probes_[probe.address] = {ThreadEvent::switched, probe.arguments};
    }
    for (auto const& [address, probe] : probes_) addresses_.push_back(address);
}

void ThreadTracker::start(machine::Machine& machine) {
    names_.clear();
    idle_ = 0;
    running_ = subject_->current_thread(machine);
    auto const queue = subject_->run_queue(machine);
    ready_ = {queue.begin(), queue.end()};
    debug::GuestMemory const memory = debug::memory_of(machine);
    if (running_) learn_name(running_, memory);
    for (std::uint64_t const thread : queue) learn_name(thread, memory);
}

void ThreadTracker::learn_name(std::uint64_t thread, debug::GuestMemory const& memory) {
    std::string name = subject_->thread_name(thread, memory);
    if (name == "idle") idle_ = thread;
    if (name.empty()) name = fmt::format("thread {:#x}", thread);
    names_.insert_or_assign(thread, std::move(name));
}

std::string ThreadTracker::name(std::uint64_t thread) const {
    auto const found = names_.find(thread);
    return found == names_.end() ? fmt::format("thread {:#x}", thread) : found->second;
}

ThreadTracker::Seen ThreadTracker::at(std::uint64_t address, machine::Machine& machine) {
    Probe const& probe = probes_.at(address);
    engine::CpuState const state = machine.cpu().state();
    debug::GuestMemory const memory = debug::memory_of(machine);
    std::uint64_t values[2] = {};
    for (std::size_t i = 0; i < 2 && i < probe.arguments.size(); ++i)
        values[i] =
            debug::evaluate(probe.arguments[i], state, [&](std::uint64_t at, std::span<std::uint8_t> into) {
                return memory.read(at, into);
            }).value_or(0);
    Seen seen{probe.event, values[0], 0, false};
    switch (probe.event) {
        case ThreadEvent::created:
            learn_name(values[0], memory);
            [[fallthrough]];
        case ThreadEvent::woken:
            ready_.insert(values[0]);
            break;
        case ThreadEvent::switched:
            seen.from = values[0];
            seen.thread = values[1];
            if (!names_.contains(seen.from)) learn_name(seen.from, memory);
            if (!names_.contains(seen.thread)) learn_name(seen.thread, memory);
            // Without debug information every thread that leaves counts as ready.
            seen.from_ready = seen.from != idle_ &&
                              subject_->thread_state(seen.from, memory).value_or(Subject::state_ready) ==
                                  Subject::state_ready;
            if (seen.from_ready) ready_.insert(seen.from);
            ready_.erase(seen.thread);
            running_ = seen.thread;
            break;
    }
    return seen;
}

}  // namespace sim::explore
