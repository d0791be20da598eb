// SPDX-License-Identifier: GPL-2.0-or-later
//
// One machine on which many short futures are tried. A future begins at a Start
// (a checkpoint and the inputs before it) and is a list of preemptions: moments
// at which the processor loses time, so that the kernel's own timer interrupt
// finds the thread's slice used up. Nothing of the kernel is touched, and the
// machine's log is a recording of the future.
//
// One thread uses a Laboratory; several laboratories may work side by side, and
// hand Starts to each other.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "simulator/debug/expression.hpp"
#include "simulator/explore/access_trace.hpp"
#include "simulator/explore/scenario.hpp"
#include "simulator/explore/subject.hpp"
#include "simulator/explore/thread_tracker.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::explore {

struct Start {
    machine::CheckpointPtr checkpoint;
    std::vector<machine::Input> inputs;
    machine::Moment moment() const { return checkpoint->at; }
};

enum class Verdict : std::uint8_t {
    passed,  // the guest exited with 0
    status,  // or with something else
    panic,
    triple_fault,
    deadlock,     // nothing can wake the processor
    no_progress,  // not at an end within the scenario's limits
    invariant,    // an expression was not true
    interrupted,  // somebody called interrupt(): no verdict
};
bool is_failure(Verdict);
char const* name_of(Verdict);
// Of a guest that exited with this status: passed, status or panic; and in words.
Verdict verdict_of_exit(std::uint32_t status);
std::string text_of_exit(std::uint32_t status);

struct Ending {
    Verdict verdict = Verdict::passed;
    std::uint32_t status = 0;
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    std::string text;  // one line
};

struct Preemption {
    machine::Moment at;
    std::uint64_t thread = 0;  // the one that was running; 0: not known
    friend bool operator==(Preemption const&, Preemption const&) = default;
};

class Laboratory {
public:
    Laboratory(Scenario const&, std::shared_ptr<Subject const>);
    ~Laboratory();

    // Runs from moment 0 to the scenario's warm moment. Throws
    // std::runtime_error if the guest never gets there, recording::Interrupted if
    // somebody calls interrupt().
    Start warm_up();

    // Right after these preemptions, which are known to come.
    Start after(Start const&, std::span<machine::Moment const> preemptions);
    // A future, bare: as fast as the machine runs.
    Ending run(Start const&, std::span<machine::Moment const> preemptions);
    // The same, with every access to the watched pages noted. Slow.
    struct Observed {
        Ending ending;
        AccessTrace trace;
        Start after_last;  // right after the last preemption, where the next futures begin
        std::vector<Preemption> preemptions;
    };
    Observed observe(Start const&, std::span<machine::Moment const> preemptions,
                     std::set<std::uint64_t> const* pages);

    // A future that a strategy decides while it runs. It is asked at the kernel's
    // thread probes, and before each of `steps` (addresses of instructions).
    class Strategy {
    public:
        virtual ~Strategy() = default;
        virtual bool preempt_at_probe(ThreadTracker const&, ThreadTracker::Seen const&) { return false; }
        virtual bool preempt_at_step(ThreadTracker const&, std::uint64_t /*address*/) { return false; }
    };
    struct Steered {
        Ending ending;
        std::vector<Preemption> preemptions;
    };
    Steered steer(Start const&, Strategy&, std::vector<std::uint64_t> const& steps);

    // The log of the last future: a recording of it.
    std::vector<machine::Input> const& inputs() const { return machine_->log().inputs(); }
    machine::Machine& machine() { return *machine_; }
    // From any thread: the current future ends with Verdict::interrupted.
    void interrupt();

private:
    class Watch;
    class Steering;
    class InvariantCheck;

    void begin(Start const&);
    machine::RunResult run_to(machine::Moment);
    void preempt();
    Start here();
    Ending ending_of(machine::RunResult const&);
    std::optional<Ending> walk(std::span<machine::Moment const>);
    void attach_invariants();
    void detach();

    Scenario scenario_;
    std::shared_ptr<Subject const> subject_;
    std::unique_ptr<machine::Machine> machine_;
    std::vector<debug::Expression> invariants_;
    std::unique_ptr<InvariantCheck> check_;
    std::string broken_;  // an invariant that was not true
    machine::Moment limit_;
    std::uint64_t limit_ns_ = 0;
};

}  // namespace sim::explore
