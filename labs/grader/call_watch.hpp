// SPDX-License-Identifier: GPL-2.0-or-later
//
// Follows the calls of some functions of a student's kernel, from outside: at
// each entry the arguments, at each return the result, at the exact moment. The
// arguments are where the System V ABI puts them. [sysv-abi §3.2.3]
//
// Only functions that other files call can be followed: within a file the
// compiler may put one function into another.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "labs/grader/student_run.hpp"
#include "simulator/debug/probes.hpp"

namespace lab {

struct Call {
    std::string function{};
    // RDI, RSI, RDX, RCX, R8, R9. For a result that does not fit two registers
    // the first is where the caller wants it.
    std::array<std::uint64_t, 6> arguments{};
    std::uint64_t return_address = 0;
    std::uint64_t stack = 0;  // RSP at the entry: a return address lies there
    sim::machine::Moment at{};
    unsigned depth = 0;        // how many of the followed functions it was called by
    std::uint64_t result = 0;  // RAX, at the return
    sim::machine::Moment returned{};
    std::uint64_t instructions() const { return returned.retired - at.retired; }
};

class CallWatch final : private sim::engine::Observer {
public:
    // Throws KernelError when the kernel has no such function: its header declares it, so
    // the student's file does not define it.
    CallWatch(StudentRun&, std::vector<std::string> const& functions);
    ~CallWatch() override;

    // True stops the run there: before the function's first instruction, or
    // before the first one after the call.
    std::function<bool(Call const&)> on_entry;
    std::function<bool(Call const&)> on_return;

    // Counts how often a probe is passed, where it stands in this function of ours. A probe
    // of that name elsewhere does not count. Throws as StudentRun::probes_in.
    void count(std::string const& probe, std::string const& function);
    unsigned passed(std::string const& probe) const;

    // Tells of each time that a probe of this name is passed, wherever it stands, and of what it
    // says. For what a student's file should tell of, and not for what is believed.
    void follow(std::string const& probe);
    std::function<void(std::string const& probe, std::vector<std::uint64_t> const& says)> on_probe;

    // Runs on within the stage's budget. True: one of the two asked to stop. Throws
    // KernelError when there are more calls open than any kernel would have.
    bool run();

private:
    bool on_address(sim::engine::VirtAddr) override;
    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                      sim::engine::VirtAddr address) override;
    void watch();

    StudentRun& run_;
    std::vector<std::pair<std::uint64_t, std::string>> entries_;
    std::map<std::string, unsigned> passed_;
    std::vector<std::pair<std::uint64_t, unsigned*>> marks_;  // into passed_
    std::vector<sim::debug::Probe> followed_;
    std::set<std::uint64_t> return_addresses_;
    std::vector<Call> open_;
    bool asked_ = false, more_to_watch_ = false;
    sim::machine::Moment last_;
    std::uint64_t last_address_ = 0;
};

}  // namespace lab
