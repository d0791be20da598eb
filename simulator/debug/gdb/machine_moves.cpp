// SPDX-License-Identifier: GPL-2.0-or-later
//
// Forwards: running, stepping, and what ends it. Backwards: machine_back.cpp.
#include <fmt/format.h>

#include "simulator/debug/gdb/machine_target.hpp"

namespace sim::debug::gdb {

using engine::Gpr;
using machine::Moment;
using machine::RunStop;
using Clock = std::chrono::steady_clock;

namespace {
constexpr auto slice = std::chrono::milliseconds(4);
constexpr std::uint64_t least_piece = 10'000, most_piece = 4'000'000, slice_happenings = 512;
}  // namespace

void MachineTarget::resume(Resume const& how) {
    how_ = how;
    hit_.reset();
    reached_ = false;
    stepped_ = false;
    skipping_ = false;
    until_.reset();
    stepping_ = processor();
    if (how.thread != 0 && how.thread != current_thread())
        if (auto const r = registers(how.thread); r && r->all)
            stepping_ = static_cast<unsigned>(how.thread - 1);  // another processor
    began_ = machine_.moment();
    machine_.pause_outside();  // the pause is no time of the machine's
    switch (how.kind) {
        case Resume::Kind::go:
            going_ = Going::on;
            break;
        case Resume::Kind::step:
        case Resume::Kind::step_range:
            going_ = Going::step;
            // Another thread's step: first to where it goes on.
            if (how.thread != 0 && how.thread != current_thread())
                if (auto const r = registers(how.thread); r && !r->all && r->known_gpr) {
                    until_ = Place{r->cpu.rip, r->cpu[Gpr::rsp], {}};
                    skipping_ = true;
                }
            break;
        case Resume::Kind::go_back:
            going_ = Going::back;
            break;
        case Resume::Kind::step_back:
            going_ = Going::back_step;
            break;
    }
    armed_ = false;
    arm();
}

std::optional<Stop> MachineTarget::advance(std::function<bool()> const& cancelled) {
    std::optional<Stop> stopped;
    if (cancelled()) return std::nullopt;  // an interrupt() follows
    switch (going_) {
        case Going::nowhere:
            return std::nullopt;
        case Going::on:
            stopped = run(Moment::never());
            break;
        case Going::step:
            stopped = step_slice();
            break;
        case Going::back:
            stopped = go_back(cancelled);
            break;
        case Going::back_step:
            stopped = step_back();
            break;
    }
    if (subject_.after_slice) subject_.after_slice();
    return stopped;
}

void MachineTarget::arrived() {
    going_ = Going::nowhere;
    until_.reset();
    skipping_ = false;
    fresh();
}

Stop MachineTarget::stop(Stop::Cause cause, std::string text) {
    arrived();
    Stop s;
    s.cause = cause;
    s.thread = current_thread();
    s.text = std::move(text);
    return s;
}

Stop MachineTarget::stop_at(Hit const& hit) {
    stopped_ = {machine_.moment(), hit.cpu};
    Stop s = stop(hit.cause);
    s.kind = hit.kind;
    s.address = hit.address;
    return s;
}

Stop MachineTarget::interrupt() { return stop(Stop::Cause::interrupted); }

// The guest's life is over, or told to its end. One can still go back.
std::optional<Stop> MachineTarget::ended() {
    auto const& end = machine_.ended();
    if (!end) return std::nullopt;
    switch (end->stop) {
        case RunStop::exited:
            return stop(Stop::Cause::history_end,
                        fmt::format("the guest exited with status {}; one can still go back", end->status));
        case RunStop::shutdown:
            return stop(Stop::Cause::history_end, end->message + "; one can still go back");
        default:
            return stop(Stop::Cause::history_end, end->message);
    }
}

std::optional<Stop> MachineTarget::run(Moment limit) {
    auto const end = Clock::now() + slice;
    if (auto stopped = ended()) return stopped;
    while (Clock::now() < end) {
        Moment const now = machine_.moment();
        Moment const piece{now.retired + piece_, 0};
        auto const begin = Clock::now();
        observation_.rewind();
        machine::RunLimit const part{.moment = std::min(limit, piece), .happenings = slice_happenings};
        auto const r = subject_.run ? subject_.run(part) : machine_.run(part);
        auto const took = Clock::now() - begin;
        if (took > slice / 2 && piece_ > least_piece)
            piece_ /= 2;
        else if (took < slice / 8 && piece_ < most_piece)
            piece_ *= 2;
        if (hit_) {
            Hit const hit = *hit_;
            return stop_at(hit);
        }
        if (reached_) return std::nullopt;
        switch (r.stop) {
            case RunStop::exited:
            case RunStop::shutdown:
                return ended();
            case RunStop::halted:
            case RunStop::diverged:
                return stop(Stop::Cause::history_end, r.message);
            case RunStop::end_of_log:
                return stop(Stop::Cause::history_end, "the end of the recording");
            case RunStop::waiting:
            case RunStop::interrupted:
                return std::nullopt;
            case RunStop::reached:
            case RunStop::observer:
                break;
        }
        if (machine_.moment() >= limit) return std::nullopt;
        if (machine_.moment() == now && limit < piece) return std::nullopt;
    }
    return std::nullopt;
}

// One instruction after the other, until the step is done or the slice is over.
std::optional<Stop> MachineTarget::step_slice() {
    auto const end = Clock::now() + slice;
    while (Clock::now() < end) {
        if (skipping_) {
            if (auto stopped = run(Moment::never())) return stopped;
            if (!reached_) return std::nullopt;
            reached_ = false;
            skipping_ = false;
            until_.reset();
            armed_ = false;
            arm();
            began_ = machine_.moment();  // its stop here was gdb's to see before the step
            continue;
        }
        engine::Cpu const& cpu = machine_.cpu(stepping_);
        engine::CpuState const before = cpu.state();
        std::uint64_t const count = machine_.moment().retired, own = cpu.retired();
        interrupted_ = false;
        if (auto stopped = run({count + 1, 0})) return stopped;
        if (machine_.moment().retired == count) return std::nullopt;  // asleep
        if (cpu.retired() == own && !interrupted_) continue;          // another processor's turn
        if (interrupted_) {
            until_ = Place{before.rip, before[Gpr::rsp], stepping_};
            skipping_ = true;
            armed_ = false;
            arm();
            continue;
        }
        std::uint64_t const rip = cpu.state().rip;
        if (how_.kind == Resume::Kind::step_range && rip >= how_.low && rip < how_.high) {
            began_ = Moment::never();
            continue;
        }
        stopped_ = {machine_.moment(), stepping_};
        return stop(Stop::Cause::stepped);
    }
    return std::nullopt;
}

bool MachineTarget::run_freely() {
    remove_all();
    if (going_ == Going::nowhere) resume({});
    bool const over = run(Moment::never()).has_value();
    if (subject_.after_slice) subject_.after_slice();
    return !over;
}

void MachineTarget::go_to(Moment moment) {
    told_ = std::max(told_, printed_);
    observation_.rewind();
    Going const going = std::exchange(going_, Going::nowhere);  // nothing stops on the way
    auto r = machine_.seek(moment);
    while (r.stop == RunStop::interrupted) r = machine_.run({.moment = moment});
    going_ = going;
    fresh();
}

}  // namespace sim::debug::gdb
