// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the explorer knows of the image beyond its machine code: where its
// probes are, what its threads are called, and which objects are the scheduler's
// own. Immutable after construction; any thread may use it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::explore {

class Subject {
public:
    // Throws std::runtime_error, one line, if the image does not say where it
    // switches threads (the probe thread_switch).
    explicit Subject(machine::MachineConfig config);

    machine::MachineConfig const& config() const { return config_; }
    debug::Symbols const& symbols() const { return *symbols_; }
    std::shared_ptr<debug::Symbols const> shared_symbols() const { return symbols_; }
    std::vector<debug::Probe> const& probes() const { return probes_; }
    // Addresses of all probes of this name.
    std::vector<std::uint64_t> probes_named(std::string_view name) const;

    std::string thread_name(std::uint64_t thread, debug::GuestMemory const&) const;
    // The kernel's number for a thread's state; none without debug info.
    std::optional<std::uint64_t> thread_state(std::uint64_t thread, debug::GuestMemory const&) const;
    static constexpr std::uint64_t state_ready = 0;  // part of the debugger's contract with the kernel
    std::vector<std::uint64_t> run_queue(machine::Machine&) const;
    // The running thread's object; 0 when the image does not tell.
    std::uint64_t current_thread(machine::Machine&) const;
    std::uint64_t thread_size() const { return thread_size_; }

    // Objects that every switch touches: an order of accesses to them is an
    // order of switches and nothing else.
    struct Range {
        std::uint64_t start = 0, length = 0;
    };
    std::vector<Range> const& schedulers_own() const { return own_; }
    // Code that makes, switches and ends threads. It prepares stacks and records
    // of others with nobody else near; its accesses are no race of the program.
    bool is_machinery(std::uint64_t address) const;

private:
    machine::MachineConfig config_;
    std::shared_ptr<debug::Symbols const> symbols_;
    std::shared_ptr<debug::Views const> views_;
    std::vector<debug::Probe> probes_;
    std::unique_ptr<debug::KernelReader> kernel_;
    std::vector<Range> own_;
    std::uint64_t thread_size_ = 0;
    std::optional<std::uint64_t> state_offset_;
};

}  // namespace sim::explore
