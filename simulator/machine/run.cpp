// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine's main loop. One turn does one thing, the first of these that
// applies:
//
//   1. a logged input whose moment is now is delivered
//   2. an event of the queue whose deadline has come fires
//   3. the outside is asked for inputs (live, at slice ends and in HLT)
//   4. halted: virtual time jumps to the next deadline
//   5. the processor whose turn it is runs to the next count at which something
//      may happen
//
// The order is the same live and in replay, so a moment means the same in both.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/machine/machine.hpp"
#include "simulator/machine/odometer.hpp"
#include "simulator/machine/wiring.hpp"

namespace sim::machine {
namespace {

// Without an outside nobody is waiting: stop less often, to look at interrupt().
constexpr std::uint64_t replay_slice = 5 * Machine::slice_instructions;
// Idle machines retire little; their checkpoints come by happenings.
constexpr std::uint64_t happenings_per_checkpoint = 4096;

std::uint64_t next_multiple(std::uint64_t n, std::uint64_t of) { return (n / of + 1) * of; }

}  // namespace

RunResult Machine::run(RunLimit limit) {
    happened_ = 0;
    for (;;) {
        if (ended_) return *ended_;
        if (interrupted_.exchange(false)) return {RunStop::interrupted, 0, ""};
        if (moment_ >= limit.moment || now() >= limit.virtual_ns || happened_ >= limit.happenings)
            return {RunStop::reached, 0, ""};
        keep_checkpoint();

        if (delivered_ < log_.inputs().size()) {
            Input const& next = log_.inputs()[delivered_];
            if (next.at < moment_ || (next.at == moment_ && next.virtual_ns < now()) ||
                next.virtual_ns >= end_of_time_ns)
                return diverged();
            if (next.at == moment_) {
                if (next.virtual_ns > limit.virtual_ns) return {RunStop::reached, 0, ""};
                deliver_next();
                continue;
            }
        }
        if (replay_only_ && moment_ >= log_.edge()) return {RunStop::end_of_log, 0, ""};
        if (auto const event = events_.pop_due(now())) {
            fire(*event);
            continue;
        }
        if (outside_ && live() && !resumed_) {
            outside_->resume(now());
            resumed_ = true;
        }
        bool const slice_end = halted_ || moment_.retired % slice_instructions == 0;
        if (outside_ && live() && slice_end && polled_ != moment_ && poll_outside(now())) continue;

        if (auto result = halted_ ? idle(limit) : execute(limit)) return *result;
    }
}

void Machine::set_log(InputLog log) {
    log_ = std::move(log);
    polled_.reset();
    for (MachineObserver* const observer : observers_) observer->on_log(*this);
}

// The next logged input belongs to a moment that this run passes by.
RunResult Machine::diverged() const {
    return {RunStop::diverged, 0,
            fmt::format("at {} the recorded input of {} has no moment: this run is not the recorded one",
                        to_string(moment_), to_string(log_.inputs()[delivered_].at))};
}

// Something happened at this count, and the processor may see it.
void Machine::happened() {
    ++moment_.sub;
    ++happened_;
    halted_ = false;
    if (!replay_only_) log_.reach(moment_);
}

void Machine::fire(Event const& event) {
    for (MachineObserver* const observer : observers_) observer->on_timer(*this, event);
    devices_[event.device]->on_timer(event.timer);
    happened();
}

// The next of the log, which belongs to this moment: in HLT perhaps to a later time.
void Machine::deliver_next() {
    Input const next = log_.inputs()[delivered_];
    skipped_ns_ += next.virtual_ns - now();
    deliver(next);
    ++delivered_;
    happened();
}

void Machine::deliver(Input const& input) {
    for (MachineObserver* const observer : observers_) observer->on_input(*this, input);
    if (input.kind == InputKind::poke) {
        if (input.bytes.size() < 9) return report("input", "a poke without address and data; ignored");
        std::uint64_t address = 0;
        for (unsigned i = 0; i < 8; ++i) address |= std::uint64_t{input.bytes[i]} << (8 * i);
        auto const data = std::span(input.bytes).subspan(8);
        if (!memory_.write(address, data)) return report("input", "a poke outside RAM; ignored");
        for (auto const& cpu : cpus_) cpu->memory_written(address, data.size());
        written_known_ = false;
        return;
    }
    if (input.kind == InputKind::stall) return stall(input.bytes);
    if (input.kind == InputKind::set_register) return set_register(input);
    Device* const device = find_device(input.target);
    if (!device) return report("input", "no device is called " + input.target + "; its input is ignored");
    device->on_input(input.kind, input.bytes);
}

// True: something arrived, and is now at the end of the log.
bool Machine::poll_outside(std::uint64_t at_ns) {
    polled_ = moment_;
    std::vector<Arrival> arrived;
    outside_->poll(at_ns, arrived);
    Moment at = moment_;
    for (Arrival& arrival : arrived) {
        log_.append({at, at_ns, std::move(arrival.target), arrival.kind, std::move(arrival.bytes)});
        ++at.sub;
    }
    return !arrived.empty();
}

void Machine::give(Arrival arrival, std::uint64_t at_ns) {
    if (ended_) return;
    // What has arrived here already, at the end of what is known, is no future to be
    // cut off: the run that asked for it came back before it was delivered.
    while (live() && delivered_ < log_.inputs().size()) {
        Input const& next = log_.inputs()[delivered_];
        if (next.at != moment_ || next.virtual_ns < now() || next.virtual_ns >= end_of_time_ns) break;
        deliver_next();
    }
    if (at_ns > now() && at_ns < end_of_time_ns) skipped_ns_ += at_ns - now();
    if (delivered_ < log_.inputs().size() || moment_ < log_.edge()) {
        delivered_ = std::min<std::uint64_t>(delivered_, log_.inputs().size());
        log_.branch(delivered_, moment_);
        checkpoints_.forget_after(moment_);
    }
    replay_only_ = false;
    log_.append({moment_, now(), std::move(arrival.target), arrival.kind, std::move(arrival.bytes)});
    deliver(Input(log_.inputs().back()));
    ++delivered_;
    happened();
}

// HLT, and nothing is due. A result ends the run.
std::optional<RunResult> Machine::idle(RunLimit const& limit) {
    std::uint64_t const rip = cpus_.front()->state().rip;
    if (!wakeable())
        return RunResult{RunStop::halted, 0,
                         processors() == 1
                             ? fmt::format("HLT with interrupts off, before {:#x}: nothing can wake the "
                                           "processor",
                                           rip)
                             : "all processors are halted with interrupts off: nothing can wake them"};

    auto const first = events_.first();
    std::optional<std::uint64_t> deadline;
    if (first) deadline = first->deadline_ns;
    // A logged input of this count comes after some event; the loop will see it.
    if (outside_ && live()) {
        auto until = deadline;
        if (limit.virtual_ns != UINT64_MAX) until = std::min(until.value_or(UINT64_MAX), limit.virtual_ns);
        auto const reached = outside_->wait(now(), until);
        if (!reached && deadline) return RunResult{RunStop::waiting, 0, ""};
        if (reached) {
            // The time that passed becomes part of the machine's life only if
            // something happens then.
            if (poll_outside(std::max(*reached, now()))) return std::nullopt;
            if (!deadline || *reached < *deadline)
                return RunResult{*reached >= limit.virtual_ns ? RunStop::reached : RunStop::waiting, 0, ""};
        }
    }
    if (!deadline)
        return RunResult{RunStop::halted, 0,
                         fmt::format("HLT before {:#x}, with no timer armed and no input to come", rip)};
    if (*deadline > limit.virtual_ns) return RunResult{RunStop::reached, 0, ""};
    skipped_ns_ += *deadline - now();
    return std::nullopt;
}

// The count at which the next thing may happen.
std::uint64_t Machine::next_stop(RunLimit const& limit) const {
    std::uint64_t const count = moment_.retired;
    std::uint64_t stop = next_multiple(count, outside_ && live() ? slice_instructions : replay_slice);
    stop = std::min(stop, limit.moment.retired);
    if (limit.virtual_ns != UINT64_MAX) stop = std::min(stop, limit.virtual_ns - skipped_ns_);
    if (auto const first = events_.first()) stop = std::min(stop, first->deadline_ns - skipped_ns_);
    if (delivered_ < log_.inputs().size()) stop = std::min(stop, log_.inputs()[delivered_].at.retired);
    if (moment_ < log_.edge() && log_.edge().retired > count) stop = std::min(stop, log_.edge().retired);
    if (checkpoint_interval_ != 0) stop = std::min(stop, next_multiple(count, checkpoint_interval_));
    return stop;
}

std::optional<RunResult> Machine::execute(RunLimit const& limit) {
    Turns::Turn turn;  // with one processor: for ever its
    if (processors() > 1) {
        auto const next = turns_.next(moment_.retired, [this](unsigned i) { return awake(i); });
        if (!next) {
            halted_ = true;
            return std::nullopt;
        }
        turn = *next;
    }
    engine::Cpu& cpu = *cpus_[turn.cpu];
    std::uint64_t stop = next_stop(limit);
    if (turn.others) stop = std::min(stop, turn.end);
    if (stop <= moment_.retired) {
        // More is to happen at this very count, or the wanted moment does not exist.
        if (processors() == 1 && cpu.asleep()) {
            halted_ = true;
            return std::nullopt;
        }
        if (limit.moment.retired > moment_.retired) return diverged();
        return RunResult{RunStop::reached, 0, ""};
    }
    stop_ns_ = stop + skipped_ns_;
    written_known_ = false;
    running_ = true;
    running_cpu_ = turn.cpu;
    engine::StopReason const reason = cpu.run(cpu.retired() + (stop - moment_.retired));
    running_ = false;
    if (moment_.retired != retired()) {
        Odometer::add(retired() - moment_.retired);
        moment_ = {retired(), 0};
        turns_.taken(turn);
        if (!replay_only_) log_.reach(moment_);
    }
    if (reason == engine::StopReason::paused) turns_.give_up(moment_.retired);
    halted_ = reason == engine::StopReason::halted && processors() == 1;
    if (reason == engine::StopReason::halted)
        for (MachineObserver* const observer : observers_) observer->on_halt(*this);

    if (init_asked_) {
        init_asked_ = false;
        initialise(turn.cpu);
    }
    if (exit_status_) {
        std::uint32_t const status = *exit_status_;
        exit_status_.reset();
        return end_with(RunStop::exited, status, "");
    }
    if (reset_asked_) {
        RunResult const over = *reset_asked_;
        reset_asked_.reset();
        return end_with(over.stop, over.status, over.message);
    }
    if (reason == engine::StopReason::shutdown)
        return end_with(
            RunStop::shutdown, 0,
            fmt::format("triple fault{} at {:#x}: an exception could not be delivered",
                        processors() > 1 ? fmt::format(" of processor {}", turn.cpu) : "", cpu.state().rip));
    if (reason == engine::StopReason::observer) return RunResult{RunStop::observer, 0, ""};
    return std::nullopt;
}

RunResult Machine::end_with(RunStop stop, std::uint32_t status, std::string message) {
    ended_ = RunResult{stop, status, std::move(message)};
    return *ended_;
}

RunResult Machine::seek(Moment moment) {
    // A checkpoint on the way forward is a short cut, too.
    CheckpointPtr const from = checkpoints_.at_or_before(moment);
    if (from && (moment < moment_ || from->at > moment_)) restore(*from);
    return run({.moment = moment});
}

void Machine::keep_checkpoint() {
    if (checkpoint_interval_ == 0) return;
    bool const by_count = moment_.sub == 0 && moment_.retired % checkpoint_interval_ == 0;
    bool const by_happenings = moment_.sub != 0 && moment_.sub % happenings_per_checkpoint == 0;
    if (!by_count && !by_happenings) return;
    if (!checkpoints_.has(moment_)) checkpoints_.add(checkpoint());
    if (code_from_ < moment_) note_code();
}

// What was executed since the last checkpoint, for those who look for something in
// the past; and begins anew.
void Machine::note_code() {
    if (checkpoints_.lacks_code(code_from_, moment_)) {
        engine::CodeSeen all;
        bool known = true;
        for (auto const& cpu : cpus_) {
            engine::CodeSeen const* const seen = cpu->code_seen();
            if (seen)
                all.join(*seen);
            else
                known = false;
        }
        if (known) checkpoints_.note_code(code_from_, moment_, all);
    }
    forget_code();
}

void Machine::forget_code() {
    for (auto const& cpu : cpus_) cpu->forget_code_seen();
    code_from_ = moment_;
}

}  // namespace sim::machine
