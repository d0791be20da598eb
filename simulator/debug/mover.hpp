// SPDX-License-Identifier: GPL-2.0-or-later
//
// Moves a machine through time, a slice at a time: running, stepping by any
// unit, seeking, in both directions. Forward steps run; backward steps look for
// the moment by running an earlier stretch again, and go there.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "simulator/debug/backtrace.hpp"
#include "simulator/debug/command.hpp"
#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/ladder.hpp"
#include "simulator/debug/lived_again.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/search.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/stops.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

class Mover {
public:
    Mover(machine::Machine&, Observation&, std::shared_ptr<Symbols const>, unsigned slice_ms);

    // What to do from now on. Replaces what was being done.
    void run();
    void pause(std::string reason = {});
    void step(Step);
    void seek(machine::Moment);
    void run_until(machine::Moment);
    void continue_backward();

    // Does a slice of it: about slice_ms of host time. A search of the past takes
    // longer; every few milliseconds `cancelled` is asked whether to give up.
    void slice(std::function<bool()> const& cancelled);
    // Told how far a search has come, from inside slice().
    void on_progress(std::function<void(double share, machine::Moment)> told) { told_ = std::move(told); }

    Stops& stops() { return stops_; }

    // The processor that is looked at and stepped. None: whichever stopped, or executed last.
    void select(std::optional<unsigned> processor) { selected_ = processor; }
    unsigned processor() const { return selected_.value_or(stepping_.value_or(running())); }
    unsigned running() const;
    // The machine's future has been replaced from this moment on.
    void branched(machine::Moment);

    bool busy() const { return goal_ != Goal::none; }
    // Busy with something that ends by itself soon.
    bool finite() const {
        return goal_ == Goal::seek || goal_ == Goal::step || goal_ == Goal::continue_backward;
    }
    RunState state() const { return state_; }
    int exit_status() const { return exit_status_; }
    std::string const& reason() const { return reason_; }
    // The stop that ended the last movement.
    std::optional<StopNumber> stopped_by() const { return stopped_by_; }
    double progress() const;

private:
    enum class Goal : std::uint8_t { none, run, until, seek, step, continue_backward };
    using Clock = std::chrono::steady_clock;

    // Runs to a moment at most, until the slice's time is over. True: something
    // ended the goal, or the moment is reached.
    bool run_some(machine::Moment limit);
    // Of the processor that is stepped. False: not yet, another one has its turn.
    bool one_instruction();
    engine::CpuState cpu_state() const { return machine_.cpu(processor()).state(); }
    void begin(Goal, RunState);
    void finish(std::string reason = {});
    void take(machine::RunResult const&);
    bool time_is_up() const { return Clock::now() >= slice_end_; }
    bool go_to(machine::Moment);

    void step_forward(std::function<bool()> const& cancelled);
    void step_event(EventGroup, std::function<bool()> const& cancelled);
    std::optional<Event> event_before(EventGroup, machine::Moment, std::function<bool()> const& cancelled);
    std::optional<Event> event_after(EventGroup, machine::Moment, std::function<bool()> const& cancelled);
    Reliver reliver(std::function<bool()> const& cancelled);
    bool step_line_once();
    bool step_out_once();
    void step_backward(std::function<bool()> const& cancelled);
    std::optional<machine::Moment> earlier_line(bool over, std::function<bool()> const& cancelled);
    std::optional<machine::Moment> earlier_instruction();
    std::optional<machine::Moment> call_site(std::function<bool()> const& cancelled);
    void back_to_stop(std::function<bool()> const& cancelled);
    void remember_empty(Interval);
    SearchControl control(std::function<bool()> const& cancelled);
    bool run_with_stops(machine::Moment limit);
    void begin_here();
    std::optional<machine::Moment> counted_call_site(std::function<bool()> const& cancelled);
    // The call that the current function will return behind, when that can be trusted.
    struct Call {
        std::uint64_t address = 0, after = 0, stack_pointer = 0;
    };
    std::optional<Call> call_of_this_function() const;
    std::optional<Call> call_before(ReturnPlace const&) const;
    // Where no frame leads to it, but the function's entry is known.
    std::optional<Call> call_by_entry(std::function<bool()> const& cancelled);

    // One executed instruction of a stretch that was run again.
    struct Sample {
        machine::Moment at;
        std::uint64_t rip = 0;
        bool interrupted = false;  // an interrupt came between it and the next
    };
    std::vector<Sample> samples(std::uint64_t back, machine::Moment now);

    bool beyond_call(std::uint64_t rip, Instruction const&);
    Instruction instruction_here() const;

    machine::Machine& machine_;
    Observation& observation_;
    std::shared_ptr<Symbols const> symbols_;
    Disassembler disassembler_;
    Stops stops_;
    Ladder ladder_;
    std::optional<unsigned> selected_;
    std::optional<unsigned> stepping_;  // the processor whose step is being done
    // Who stopped, where: at the first instruction of its turn it has not executed yet.
    std::optional<std::pair<machine::Moment, unsigned>> stopped_;
    std::function<void(double, machine::Moment)> told_;
    double progress_ = 0;
    machine::Moment began_ = machine::Moment::never();  // no breakpoint stops here: the run begins here
    std::vector<std::pair<StopNumber, std::uint64_t>> counted_;  // hits in this run
    std::vector<Interval> empty_;                                // where nothing stops, with the
    std::pair<std::uint64_t, unsigned> empty_for_;               // stops of this version and this processor
    std::chrono::milliseconds slice_time_;
    std::uint64_t slice_instructions_ = 100'000;  // adapts to the host's speed

    Goal goal_ = Goal::none;
    RunState state_ = RunState::paused;
    std::string reason_;
    std::optional<StopNumber> stopped_by_;
    int exit_status_ = 0;
    Clock::time_point slice_end_;

    machine::Moment target_, started_at_;
    Step step_;
    std::uint64_t steps_left_ = 0;
    // Of a line or function step in progress.
    bool began_step_ = false;
    std::optional<SourceLine> start_line_;
    Function const* start_function_ = nullptr;
    std::uint64_t start_rbp_ = 0, start_rsp_ = 0, single_steps_ = 0;
    long depth_ = 0;
    std::optional<Call> returning_;  // of a step out
    bool running_over_ = false;      // a temporary stop behind a call is set
};

}  // namespace sim::debug
