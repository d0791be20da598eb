// SPDX-License-Identifier: GPL-2.0-or-later
//
// Forward movement. Backward is in mover_back.cpp, steps to events in mover_events.cpp.
#include "simulator/debug/mover.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/backtrace.hpp"

namespace sim::debug {

using machine::Moment;
using machine::RunResult;
using machine::RunStop;

namespace {
// A line that runs longer than this is left where it is, and says so.
constexpr std::uint64_t max_single_steps = 20'000'000;
constexpr std::uint64_t slice_happenings = 512;
// Of a seek, the last part.
constexpr std::uint64_t near_goal = 2'000'000;
Moment before_goal(Moment goal) {
    return goal.retired > near_goal ? Moment{goal.retired - near_goal, 0} : Moment{};
}
}  // namespace

Mover::Mover(machine::Machine& machine, Observation& observation, std::shared_ptr<Symbols const> symbols,
             unsigned slice_ms)
    : machine_(machine),
      observation_(observation),
      symbols_(std::move(symbols)),
      disassembler_(symbols_),
      stops_(symbols_),
      ladder_(machine),
      slice_time_(slice_ms) {
    if (machine_.ended()) take(*machine_.ended());
}

void Mover::run() {
    if (!busy()) machine_.pause_outside();  // the pause is no time of the machine's
    begin(Goal::run, RunState::running);
    counted_.clear();
    begin_here();
}

unsigned Mover::running() const {
    return stopped_ && stopped_->first == machine_.moment() ? stopped_->second : machine_.current_processor();
}

void Mover::begin_here() {
    began_ = machine_.moment();
    observation_.begin_at(began_);
}

void Mover::branched(Moment moment) {
    ladder_.forget_after(moment);
    empty_.clear();
}

void Mover::pause(std::string reason) {
    if (goal_ != Goal::none)
        finish(std::move(reason));
    else if (!reason.empty())
        reason_ = std::move(reason);
}

void Mover::run_until(Moment moment) {
    run();
    goal_ = Goal::until;
    target_ = moment;
}

void Mover::seek(Moment moment) {
    begin(Goal::seek, RunState::seeking);
    target_ = moment;
    // Backward: to the nearest checkpoint at once, then forward in slices.
    ladder_.climb(moment);
    started_at_ = machine_.moment();
}

void Mover::continue_backward() {
    begin(Goal::continue_backward, RunState::seeking);
    started_at_ = target_ = machine_.moment();
    progress_ = 0;
}

void Mover::step(Step step) {
    if (!busy()) machine_.pause_outside();
    unsigned const whose = processor();
    begin(Goal::step, RunState::running);
    stepping_ = whose;
    stopped_.reset();
    step_ = step;
    steps_left_ = std::clamp<std::uint64_t>(step.count, 1, 1'000'000);
    began_step_ = false;
    counted_.clear();
    begin_here();
}

double Mover::progress() const {
    if (goal_ == Goal::continue_backward) return progress_;
    if (goal_ != Goal::seek || target_ <= started_at_) return 1.0;
    double const whole = static_cast<double>(target_.retired - started_at_.retired) + 1;
    return std::clamp(static_cast<double>(machine_.moment().retired - started_at_.retired) / whole, 0.0, 1.0);
}

void Mover::begin(Goal goal, RunState state) {
    goal_ = goal;
    state_ = state;
    reason_.clear();
    stopped_by_.reset();
    stepping_.reset();
}

void Mover::finish(std::string reason) {
    if (stepping_ && !stopped_) stopped_ = {machine_.moment(), *stepping_};
    stepping_.reset();
    goal_ = Goal::none;
    if (state_ == RunState::running || state_ == RunState::seeking) state_ = RunState::paused;
    if (!reason.empty()) reason_ = std::move(reason);
    running_over_ = false;
    observation_.set_temporary({});
}

// What a run came back with, when it is more than a limit reached.
void Mover::take(RunResult const& r) {
    switch (r.stop) {
        case RunStop::exited:
            state_ = RunState::exited;
            exit_status_ = static_cast<int>(r.status);
            finish(fmt::format("the guest exited with status {}", r.status));
            break;
        case RunStop::shutdown:
            state_ = RunState::crashed;
            finish(r.message.empty() ? "triple fault" : r.message);
            break;
        case RunStop::halted:
            state_ = RunState::ended;
            finish(r.message);
            break;
        case RunStop::diverged:
            state_ = RunState::ended;
            finish(r.message);
            break;
        case RunStop::end_of_log:
            state_ = RunState::ended;
            finish("the end of the recording");
            break;
        case RunStop::observer: {
            observation_.take_stop();
            break;
        }
        case RunStop::reached:
        case RunStop::waiting:
        case RunStop::interrupted:
            break;
    }
}

// The same with breakpoints, watchpoints and conditions, which are looked at
// inside the engine; everything else is heard as always.
bool Mover::run_with_stops(Moment limit) {
    std::optional<StopHit> hit;
    SearchOutcome outcome;
    RunResult result;
    {
        Search search(machine_, {[this] { return time_is_up(); }, {}}, Search::Afterwards::stays);
        search.share();
        StopListener listener(stops_, search, *symbols_, true, processor());
        listener.ignore_at(began_);
        listener.counted() = counted_;
        outcome = search.run({machine_.moment(), limit}, listener);
        counted_ = listener.counted();
        result = search.last_result();
        if (!listener.hits().empty()) hit = listener.hits().back();
    }
    Goal const before = goal_;
    if (hit && outcome == SearchOutcome::stopped) {
        stopped_ = {hit->at, hit->cpu};
        stopped_by_ = hit->stop;
        finish(hit->text);
        return true;
    }
    if (outcome == SearchOutcome::stopped) {
        observation_.take_stop();
        return true;  // a temporary stop
    }
    if (outcome == SearchOutcome::cancelled) return machine_.moment() >= limit;
    take(result);
    if (goal_ != before) return true;
    return result.stop != RunStop::waiting;
}

bool Mover::run_some(Moment limit) {
    if (stops_.any() && goal_ != Goal::seek) return machine_.moment() >= limit || run_with_stops(limit);
    for (;;) {
        Moment const now = machine_.moment();
        if (now >= limit) return true;
        Moment const piece{now.retired + slice_instructions_, 0};
        auto const begin = Clock::now();
        observation_.rewind();
        RunResult const r = machine_.run({.moment = std::min(limit, piece), .happenings = slice_happenings});
        auto const took = Clock::now() - begin;
        // A piece should take about a quarter of a slice.
        if (took > slice_time_ / 2 && slice_instructions_ > 10'000)
            slice_instructions_ /= 2;
        else if (took < slice_time_ / 8 && slice_instructions_ < 4'000'000 && machine_.moment() == piece)
            slice_instructions_ *= 2;
        Goal const before = goal_;
        take(r);
        if (goal_ != before || goal_ == Goal::none) return true;
        if (r.stop == RunStop::observer) return true;  // a temporary stop
        if (r.stop == RunStop::waiting || r.stop == RunStop::interrupted) return false;
        if (r.stop == RunStop::reached && machine_.moment() == now && limit < piece)
            return true;  // no such moment
        if (time_is_up()) return machine_.moment() >= limit;
    }
}

bool Mover::one_instruction() {
    engine::Cpu const& cpu = machine_.cpu(processor());
    std::uint64_t const own = cpu.retired();
    for (;;) {
        Moment const now = machine_.moment();
        if (stops_.any() && step_.unit != StepUnit::instruction) {
            run_with_stops({now.retired + 1, 0});
        } else {
            take(machine_.run({.moment = {now.retired + 1, 0}}));
        }
        if (cpu.retired() != own) return true;
        // The others have their turns meanwhile.
        if (machine_.moment().retired == now.retired || goal_ != Goal::step || time_is_up()) return false;
    }
}

// Moves to a known moment, now and whole. For moments that are near.
bool Mover::go_to(Moment moment) {
    observation_.ignore_stops(true);
    observation_.rewind();
    RunResult r = ladder_.go(moment);
    while (r.stop == RunStop::interrupted) r = ladder_.go(moment);  // a new command can wait
    observation_.ignore_stops(false);
    if (r.stop == RunStop::exited || r.stop == RunStop::shutdown || r.stop == RunStop::halted) take(r);
    return machine_.moment() == moment;
}

void Mover::slice(std::function<bool()> const& cancelled) {
    slice_end_ = Clock::now() + slice_time_;
    switch (goal_) {
        case Goal::none:
            break;
        case Goal::run:
            run_some(Moment::never());
            break;
        case Goal::until:
            if (run_some(target_) && goal_ == Goal::until) finish();
            break;
        case Goal::seek:
            observation_.ignore_stops(true);
            // The last part by the ladder: it leaves rungs for steps back.
            if (target_ > machine_.moment() && target_.retired - machine_.moment().retired <= near_goal) {
                RunResult const r = ladder_.go(target_);
                if (r.stop != RunStop::interrupted && r.stop != RunStop::waiting) {
                    take(r);
                    if (goal_ == Goal::seek) finish();
                }
            } else if (run_some(std::max(before_goal(target_), machine_.moment())) && goal_ == Goal::seek &&
                       machine_.moment() >= target_) {
                finish();
            }
            observation_.ignore_stops(false);
            if (state_ == RunState::exited || state_ == RunState::crashed) break;
            if (goal_ == Goal::none && machine_.moment() < target_ && reason_.empty())
                reason_ = fmt::format("{} does not exist: this is the nearest", to_string(target_));
            break;
        case Goal::step:
            if (step_.direction == Direction::backward)
                step_backward(cancelled);
            else
                step_forward(cancelled);
            break;
        case Goal::continue_backward:
            back_to_stop(cancelled);
            break;
    }
}

// ---- Forward steps ----

void Mover::step_forward(std::function<bool()> const& cancelled) {
    while (goal_ == Goal::step && steps_left_ > 0) {
        bool done = false;
        switch (step_.unit) {
            case StepUnit::instruction:
                done = one_instruction();
                break;
            case StepUnit::line:
            case StepUnit::line_over:
                done = step_line_once();
                break;
            case StepUnit::function:
                done = step_out_once();
                break;
            case StepUnit::interrupt:
                return step_event(EventGroup::interrupts, cancelled);
            case StepUnit::packet:
                return step_event(EventGroup::packets, cancelled);
            case StepUnit::context_switch:
                return step_event(EventGroup::switches, cancelled);
        }
        if (goal_ != Goal::step) return;
        if (done) {
            --steps_left_;
            began_step_ = false;
            begin_here();
        } else if (time_is_up() || step_.unit == StepUnit::instruction) {
            return;  // more in the next slice
        }
    }
    if (goal_ == Goal::step) finish();
}

Instruction Mover::instruction_here() const {
    engine::CpuState const cpu = cpu_state();
    std::array<std::uint8_t, 15> bytes{};
    std::size_t const n = observation_.memory(processor()).read_some(cpu.rip, bytes);
    return disassembler_.one(cpu.rip, std::span(bytes).first(n), code_mode(cpu));
}

// Runs over a call, until it has returned to this very frame. True when there.
bool Mover::beyond_call(std::uint64_t rip, Instruction const& call) {
    if (!running_over_) {
        observation_.set_temporary(
            Observation::Temporary{rip + call.length, cpu_state()[engine::Gpr::rsp], processor()});
        running_over_ = true;
    }
    bool const stopped = run_some(Moment::never());
    if (goal_ != Goal::step || !stopped) return false;
    observation_.set_temporary({});
    running_over_ = false;
    return true;
}

// Part of a step to another source line; true when it has been reached.
bool Mover::step_line_once() {
    bool const over = step_.unit == StepUnit::line_over;
    if (!began_step_) {
        engine::CpuState const cpu = cpu_state();
        start_line_ = symbols_->line_at(cpu.rip);
        if (!start_line_) return one_instruction();  // nobody knows where a line ends here
        began_step_ = true;
        start_function_ = symbols_->whole_at(cpu.rip);
        start_rsp_ = cpu[engine::Gpr::rsp];
        single_steps_ = 0;
    }
    for (;;) {
        bool called = running_over_;
        if (over && !called) called = instruction_here().call;
        if (called) {
            if (!beyond_call(cpu_state().rip, running_over_ ? Instruction{} : instruction_here()))
                return false;
        } else if (!one_instruction()) {
            return false;
        }
        if (goal_ != Goal::step) return false;
        engine::CpuState const cpu = cpu_state();
        auto const line = symbols_->line_at(cpu.rip);
        Function const* const function = symbols_->whole_at(cpu.rip);
        // An interrupt handler is not where a person who steps over wants to be.
        bool const deeper = over && function != start_function_ && cpu[engine::Gpr::rsp] < start_rsp_;
        if (!deeper && line && (line != start_line_ || function != start_function_)) return true;
        if (++single_steps_ > max_single_steps) {
            finish("this line runs for very long: stopped on the way");
            return false;
        }
        if (time_is_up()) return false;
    }
}

// Where the return address is known for sure a stop there is enough. A frame
// pointer can be anything, so it must lead behind a call.
std::optional<Mover::Call> Mover::call_of_this_function() const {
    engine::CpuState const cpu = cpu_state();
    GuestMemory const memory = observation_.memory(processor());
    auto const place = return_place(cpu, memory, *symbols_);
    if (!place || place->stack_pointer <= cpu[engine::Gpr::rsp]) return std::nullopt;
    return call_before(*place);
}

// The call that put the current function's return address there; none: that is none.
std::optional<Mover::Call> Mover::call_before(ReturnPlace const& place) const {
    engine::CpuState const cpu = cpu_state();
    GuestMemory const memory = observation_.memory(processor());
    Disassembly const code = disassembler_.around(
        place.address, 1, 0, code_mode(cpu),
        [&](std::uint64_t address, std::span<std::uint8_t> into) { return memory.read_some(address, into); });
    if (code.focus != 1 || !code.instructions[0].call) return std::nullopt;
    Function const* const function = symbols_->whole_at(cpu.rip);
    auto const target = code.instructions[0].target;
    if (target && function && *target != function->low) return std::nullopt;  // a call of something else
    return Call{code.instructions[0].address, place.address, place.stack_pointer};
}

// Part of a step out of this function; true when it has returned. Where frames
// cannot be trusted it counts calls and returns.
bool Mover::step_out_once() {
    if (!began_step_) {
        began_step_ = true;
        depth_ = 0;
        single_steps_ = 0;
        observation_.take_interrupts(processor());
        returning_ = call_of_this_function();
        if (returning_)
            observation_.set_temporary(
                Observation::Temporary{returning_->after, returning_->stack_pointer, processor()});
    }
    if (returning_) {
        bool const stopped = run_some(Moment::never());
        if (goal_ != Goal::step || !stopped) return false;
        observation_.set_temporary({});
        return true;
    }
    for (;;) {
        Instruction const here = instruction_here();
        if (running_over_ || here.call) {
            if (!beyond_call(cpu_state().rip, here)) return false;
            observation_.take_interrupts(processor());
        } else {
            if (!one_instruction()) return false;
            // An interrupt came first: what ran is the handler's first instruction.
            unsigned const interrupts = observation_.take_interrupts(processor());
            if (interrupts != 0)
                depth_ += interrupts;
            else if (here.returns && --depth_ < 0)
                return true;
        }
        if (++single_steps_ > max_single_steps) {
            finish("this function runs for very long: stopped on the way");
            return false;
        }
        if (time_is_up()) return false;
    }
}

}  // namespace sim::debug
