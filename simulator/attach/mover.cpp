// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/mover.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/backtrace.hpp"
#include "simulator/debug/bytes.hpp"

namespace sim::attach {

using debug::RunState;
using debug::StepUnit;
using debug::StopKind;
using debug::StopPoint;
using debug::WatchFor;
using engine::Gpr;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t most_singles = 100'000, most_steps = 1'000'000, most_watched = 4096;
constexpr auto look_interval = std::chrono::milliseconds(20);

Watch watch_of(WatchFor what) {
    return what == WatchFor::read ? Watch::read : what == WatchFor::access ? Watch::access : Watch::write;
}

}  // namespace

Mover::Mover(Remote& remote, Guest& guest, std::shared_ptr<debug::Symbols const> symbols,
             std::vector<std::uint64_t> switches)
    : remote_(remote),
      guest_(guest),
      symbols_(std::move(symbols)),
      switches_(std::move(switches)),
      stops_(symbols_),
      disassembler_(symbols_) {}

// ---- What is asked for ----

void Mover::begin(Goal goal) {
    goal_ = goal;
    state_ = goal == Goal::step ? RunState::seeking : RunState::running;
    reason_.clear();
    stopped_by_.reset();
    hits_.clear();
    stopped_ = processor();
}

void Mover::finish(std::string reason) {
    goal_ = Goal::none;
    if (state_ != RunState::ended) state_ = RunState::paused;
    reason_ = std::move(reason);
    temporary_.clear();
    stack_pointer_.reset();
}

void Mover::run() {
    if (!busy()) begin(Goal::run);
}

std::string Mover::step(debug::Step const& step) {
    if (step.unit == StepUnit::context_switch && switches_.empty())
        return "this image has no probe where threads are switched";
    if (busy()) pause();
    begin(Goal::step);
    step_ = step;
    steps_left_ = std::clamp<std::uint64_t>(step.count, 1, most_steps);
    fresh_ = true;
    return {};
}

// It runs, and shall not any more.
StopNotice Mover::stand_still() {
    remote_.interrupt();
    auto const notice = remote_.wait(remote_.patience());
    if (!notice) throw Lost("QEMU does not stop");
    return *notice;
}

void Mover::pause() {
    if (!busy()) return;
    if (remote_.running()) take(stand_still());
    if (busy()) finish();
}

void Mover::look(std::function<void()> const& at_rest) {
    if (!remote_.running()) return at_rest();
    StopNotice const notice = stand_still();
    bool const ours = notice.kind == StopNotice::Kind::signal && notice.code == StopNotice::interrupted;
    if (!ours) {
        take(notice);  // a stop of its own, or its end; else slice() goes on
        return at_rest();
    }
    guest_.forget();
    at_rest();
    if (!insert()) return;  // a stop may be new
    guest_.forget();
    remote_.resume();
}

void Mover::slice(Duration most, Cancelled const& cancelled) {
    auto const until = Clock::now() + most;
    while (busy() && !cancelled()) {
        if (!remote_.running()) {
            if (goal_ == Goal::run)
                leave_and_go(cancelled);
            else
                go_on_stepping(cancelled);
        }
        auto const left = std::chrono::ceil<Duration>(until - Clock::now());
        if (remote_.running())
            if (auto const notice = remote_.wait(std::max(left, Duration(0)))) take(*notice);
        if (Clock::now() >= until) return;
    }
}

// ---- Steps ----

void Mover::one_step_done() {
    temporary_.clear();
    stack_pointer_.reset();
    fresh_ = true;
    if (--steps_left_ == 0) finish();
}

void Mover::go_on_stepping(Cancelled const& cancelled) {
    bool const begins = std::exchange(fresh_, false);
    switch (step_.unit) {
        case StepUnit::instruction:
            if (single(cancelled)) one_step_done();
            return;
        case StepUnit::line:
        case StepUnit::line_over:
            if (begins) line_ = symbols_->line_at(cpu().rip), singles_ = 0;
            return step_by_line(cancelled);
        case StepUnit::function:
            if (begins) {
                auto const to = debug::return_place(cpu(), guest_.memory(stopped_), *symbols_);
                if (!to) return finish("it is not known where this function returns to");
                temporary_ = {to->address};
                stack_pointer_ = to->stack_pointer;
            }
            return leave_and_go(cancelled);
        case StepUnit::context_switch:
            temporary_ = switches_;
            return leave_and_go(cancelled);
        case StepUnit::interrupt:
        case StepUnit::packet:
            return finish("QEMU tells nobody of interrupts and packets");
    }
}

bool Mover::other_line() {
    auto const here = symbols_->line_at(cpu().rip);
    return here && here->line != 0 && here != line_;
}

void Mover::step_by_line(Cancelled const& cancelled) {
    std::vector<std::uint8_t> bytes(15);
    bytes.resize(guest_.memory(stopped_).read_some(cpu().rip, bytes));
    auto const instruction = disassembler_.one(cpu().rip, bytes, debug::code_mode(cpu()));
    if (step_.unit == StepUnit::line_over && instruction.call) {
        temporary_ = {cpu().rip + instruction.length};
        stack_pointer_ = cpu()[Gpr::rsp];
        return leave_and_go(cancelled);
    }
    if (++singles_ > most_singles)
        return finish(fmt::format("no other line within {} instructions", most_singles));
    if (!single(cancelled) || breakpoint_here()) return;
    if (other_line()) one_step_done();
}

// One instruction, whatever stops there. A sleeping processor needs an interrupt to go on:
// none may ever come, and whoever drives without a thread cannot say that it is enough.
bool Mover::single(Cancelled const& cancelled) {
    std::uint64_t const here = cpu().rip;
    for (auto const& [place, who] : inserted_)
        if (auto const& [what, address, length] = place; what == Watch::execution && address == here)
            remote_.watch(what, address, length, false);
    std::erase_if(inserted_, [&](auto const& one) {
        return std::get<0>(one.first) == Watch::execution && std::get<1>(one.first) == here;
    });
    remote_.step(remote_.processors()[stopped_], cpu().halted);
    guest_.forget();
    std::optional<StopNotice> notice;
    auto const until = Clock::now() + remote_.patience();
    while (!notice && !cancelled() && Clock::now() < until) notice = remote_.wait(look_interval);
    bool const given_up = !notice;
    if (given_up) notice = stand_still();
    if (notice->kind == StopNotice::Kind::exited) return take_end(*notice), false;
    if (given_up)
        return finish(cancelled() ? "" : "the step came to no end: no interrupt woke the processor"), false;
    return !notice->watched || !watchpoint_here(*notice);
}

// A breakpoint on the instruction that is next does not stop it once more.
void Mover::leave_and_go(Cancelled const& cancelled) {
    if (watched_here(cpu().rip) && !single(cancelled)) return;
    if (!insert()) return;
    guest_.forget();
    remote_.resume();
}

// ---- Stops ----

bool Mover::watched_here(std::uint64_t address) const {
    auto const holds = [&](std::vector<std::uint64_t> const& list) {
        return std::ranges::find(list, address) != list.end();
    };
    return holds(temporary_) || std::ranges::any_of(stops_.all(), [&](StopPoint const& s) {
               return s.enabled && holds(s.addresses);
           });
}

std::map<Mover::Place, std::vector<Mover::Watched>> Mover::wanted() {
    std::map<Place, std::vector<Watched>> all;
    for (std::uint64_t const address : temporary_) all[{Watch::execution, address, 1}];
    for (StopPoint const& stop : stops_.all()) {
        if (!stop.enabled) continue;
        for (std::uint64_t const address : stop.addresses)
            all[{Watch::execution, address, 1}].push_back({stop.number, {}});
        if (!stop.range) continue;
        unsigned const whose = stop.spec.processor.value_or(stopped_);
        auto const memory = guest_.memory(whose);
        debug::Value const place = stop.range->evaluate(guest_.state(whose), memory);
        if (!place.problem.empty() && !place.address) continue;
        std::uint64_t const length = std::clamp<std::uint64_t>(stop.spec.length ? stop.spec.length
                                                               : place.address  ? place.size
                                                                                : 8,
                                                               1, most_watched);
        std::uint64_t const address = place.address.value_or(place.number);
        Watched one{stop.number, std::vector<std::uint8_t>(length)};
        one.old.resize(memory.read_some(address, one.old));
        all[{watch_of(stop.spec.access), address, length}].push_back(std::move(one));
    }
    return all;
}

// Tells QEMU what is new. False: it refused, and the run ends here.
bool Mover::insert() {
    auto next = wanted();
    for (auto const& [place, who] : inserted_)
        if (auto const& [what, address, length] = place; !next.contains(place))
            remote_.watch(what, address, length, false);
    std::erase_if(inserted_, [&](auto const& one) { return !next.contains(one.first); });
    for (auto& [place, who] : next) {
        auto const& [what, address, length] = place;
        if (!inserted_.contains(place) && !remote_.watch(what, address, length, true)) {
            finish(fmt::format("QEMU does not stop at {:#x}: it takes no more, or none there", address));
            return false;
        }
        inserted_[place] = std::move(who);
    }
    return true;
}

void Mover::take_out_all() {
    for (auto const& [place, who] : inserted_)
        remote_.watch(std::get<0>(place), std::get<1>(place), std::get<2>(place), false);
    inserted_.clear();
}

// Does its condition hold, and is it the count-th time?
bool Mover::hit(StopPoint const& stop, std::string text) {
    if (stop.spec.processor && *stop.spec.processor != stopped_) return false;
    if (stop.condition && !stop.condition->true_at(cpu(), guest_.memory(stopped_))) return false;
    if (++hits_[stop.number] % stop.spec.count != 0) return false;
    if (guest_.processors() > 1) text += fmt::format(", processor {}", stopped_);
    stopped_by_ = stop.number;
    finish(std::move(text));
    return true;
}

bool Mover::breakpoint_here() {
    std::uint64_t const here = cpu().rip;
    for (StopPoint const& stop : stops_.all())
        if (stop.enabled && std::ranges::find(stop.addresses, here) != stop.addresses.end() &&
            hit(stop, fmt::format("breakpoint at {}", symbols_->describe(here))))
            return true;
    return false;
}

bool Mover::watchpoint_here(StopNotice const& notice) {
    auto const memory = guest_.memory(stopped_);
    for (auto& [place, who] : inserted_) {
        auto const& [what, address, length] = place;
        if (what == Watch::execution || *notice.watched < address || *notice.watched - address >= length)
            continue;
        for (Watched& one : who) {
            StopPoint const* const stop = stops_.find(one.stop);
            if (!stop) continue;
            std::vector<std::uint8_t> now(one.old.size());
            now.resize(memory.read_some(address, now));
            bool const changed = now != one.old;
            std::string text = fmt::format("watchpoint {}: {}", stop->number, stop->spec.place);
            if (changed && now.size() <= 8 && now.size() == one.old.size())
                text += fmt::format(", {:#x} became {:#x}", debug::little_endian(one.old),
                                    debug::little_endian(now));
            one.old = std::move(now);
            if (stop->spec.access == WatchFor::change && !changed) continue;
            if (hit(*stop, std::move(text))) return true;
        }
    }
    return false;
}

bool Mover::temporary_here() {
    return std::ranges::find(temporary_, cpu().rip) != temporary_.end() &&
           (!stack_pointer_ || *stack_pointer_ == cpu()[Gpr::rsp]);
}

void Mover::take_end(StopNotice const& notice) {
    state_ = RunState::ended;
    exit_status_ = static_cast<int>(notice.code);
    finish(fmt::format("QEMU has ended with status {}", notice.code));
}

// It stands still: why? Else slice() lets it go on.
void Mover::take(StopNotice const& notice) {
    guest_.forget();
    if (notice.kind == StopNotice::Kind::exited) return take_end(notice);
    auto const& all = remote_.processors();
    if (auto const which = std::ranges::find(all, notice.processor); which != all.end())
        stopped_ = static_cast<unsigned>(which - all.begin());
    if (notice.code == StopNotice::interrupted) return finish();
    if (notice.watched) {
        watchpoint_here(notice);
        return;
    }
    bool const known = watched_here(cpu().rip);
    if (breakpoint_here()) return;
    if (goal_ == Goal::step && temporary_here()) {
        bool const by_line = step_.unit == StepUnit::line || step_.unit == StepUnit::line_over;
        temporary_.clear();
        stack_pointer_.reset();
        if (!by_line || other_line()) one_step_done();
        return;
    }
    if (!known) finish(fmt::format("signal {}", notice.code));
}

}  // namespace sim::attach
