// SPDX-License-Identifier: GPL-2.0-or-later
//
// Backward movement. What was before is found by running an earlier stretch
// again (search.hpp), near stretches first. While a search runs, the machine is
// elsewhere; it is back where it was when the search is over or cancelled.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "simulator/debug/backtrace.hpp"
#include "simulator/debug/bytes.hpp"
#include "simulator/debug/last_instruction.hpp"
#include "simulator/debug/mover.hpp"

namespace sim::debug {

using machine::Moment;

namespace {

constexpr std::uint64_t longest_trace = 1U << 20;
constexpr std::size_t largest_frame = 64 << 10;

// The runs of instructions of one line each, in the stretches that are run.
class LineRuns final : public SearchListener {
public:
    // `addresses`: of `only`, where its lines begin; empty: any instruction counts.
    LineRuns(machine::Machine& machine, unsigned cpu, Symbols const& symbols, Function const* only,
             std::uint64_t stack, std::vector<engine::VirtAddr> addresses)
        : machine_(machine),
          cpu_(cpu),
          symbols_(symbols),
          only_(only),
          stack_(stack),
          addresses_(std::move(addresses)) {}

    std::span<engine::VirtAddr const> only_at() const override { return addresses_; }

    void on_begin(Moment) override {
        line_.reset();
        runs_ = 0;
    }
    bool on_address(Moment at, unsigned cpu, engine::VirtAddr rip) override {
        if (cpu != cpu_) return false;
        // Stepping over: only instructions of this very frame count.
        if (only_ && (symbols_.whole_at(rip) != only_ ||
                      machine_.cpu(cpu).general(engine::Gpr::rsp) + 8 < stack_))
            return false;
        auto const here = symbols_.line_at(rip);
        if (!here) return false;
        if (!line_ || *here != *line_) {
            line_ = here;
            begin_ = at;
            ++runs_;
        }
        return false;
    }

    // After each stretch, the newest first. True: the beginning is known.
    bool enough() {
        if (!line_) return false;  // nothing of ours in this stretch
        if (wanted_ && *wanted_ != *line_) return true;
        wanted_ = line_;
        answer_ = begin_;
        return runs_ > 1;
    }
    std::optional<Moment> answer() const { return answer_; }

private:
    machine::Machine& machine_;
    unsigned cpu_;
    Symbols const& symbols_;
    Function const* only_;
    std::uint64_t stack_;
    std::vector<engine::VirtAddr> addresses_;
    std::optional<SourceLine> line_, wanted_;
    Moment begin_;
    unsigned runs_ = 0;  // of the stretch
    std::optional<Moment> answer_;
};

// Each time that one processor reaches one address.
class AtAddress : public SearchListener {
public:
    AtAddress(machine::Machine& machine, unsigned cpu, engine::VirtAddr address)
        : machine_(machine), cpu_(cpu), address_(address) {}
    std::span<engine::VirtAddr const> only_at() const final { return {&address_, 1}; }
    bool on_address(Moment at, unsigned cpu, engine::VirtAddr) final {
        if (cpu == cpu_) reached(at, machine_.cpu(cpu));
        return false;
    }

protected:
    virtual void reached(Moment, engine::Cpu const&) = 0;
    machine::Machine& machine_;

private:
    unsigned cpu_;
    engine::VirtAddr address_;
};

// The last time that a function was entered whose activation is still there: its
// return address lies above the present stack pointer, and is the same now.
class LastEntry final : public AtAddress {
public:
    // `stack`: what lies from the present stack pointer on, as far as is looked.
    LastEntry(machine::Machine& machine, unsigned cpu, engine::VirtAddr entry, std::uint64_t stack_pointer,
              std::vector<std::uint8_t> stack)
        : AtAddress(machine, cpu, entry), stack_pointer_(stack_pointer), stack_(std::move(stack)) {}
    std::optional<ReturnPlace> found;

private:
    void reached(Moment, engine::Cpu const& cpu) override {
        engine::CpuState const state = cpu.state();
        std::uint64_t const above = state[engine::Gpr::rsp] - stack_pointer_;
        std::array<std::uint8_t, 8> then{};
        GuestMemory const memory(paging_of(state), [this](std::uint64_t at, std::span<std::uint8_t> into) {
            return machine_.peek(at, into);
        });
        if (above < stack_.size() && stack_.size() - above >= 8 &&
            memory.read(state[engine::Gpr::rsp], then) &&
            std::equal(then.begin(), then.end(), stack_.begin() + static_cast<std::ptrdiff_t>(above)))
            found = ReturnPlace{little_endian(then), state[engine::Gpr::rsp] + 8};
    }

    std::uint64_t stack_pointer_;
    std::vector<std::uint8_t> stack_;
};

// The last time that an address was reached on a certain stack.
class LastTime final : public AtAddress {
public:
    LastTime(machine::Machine& machine, unsigned cpu, engine::VirtAddr address, std::uint64_t stack,
             Moment before)
        : AtAddress(machine, cpu, address), stack_(stack), before_(before) {}
    std::optional<Moment> found;

private:
    void reached(Moment at, engine::Cpu const& cpu) override {
        if (at < before_ && cpu.general(engine::Gpr::rsp) == stack_) found = at;
    }

    std::uint64_t stack_;
    Moment before_;
};

}  // namespace

SearchControl Mover::control(std::function<bool()> const& cancelled) {
    return {cancelled, [this](double share, Moment at) {
                progress_ = share;
                if (told_) told_(share, at);
            }};
}

// Every instruction of the last `back` before `now`, oldest first.
std::vector<Mover::Sample> Mover::samples(std::uint64_t back, Moment now) {
    struct Trace final : SearchListener {
        explicit Trace(unsigned processor) : wanted(processor) {}
        unsigned wanted;
        std::vector<Sample> taken;
        bool on_address(Moment at, unsigned cpu, engine::VirtAddr rip) override {
            if (cpu != wanted) return false;
            // Begun again after an exception at the same count: the last one counts.
            if (!taken.empty() && taken.back().at == at)
                taken.back().rip = rip;
            else
                taken.push_back({at, rip, false});
            return false;
        }
        void on_interrupt(Moment at, unsigned cpu, std::uint8_t, bool) override {
            if (cpu != wanted) return;
            if (!taken.empty() && taken.back().at.retired + 1 == at.retired) taken.back().interrupted = true;
            // The instruction at this count is the handler's first.
        }
    } trace(processor());
    Search search(machine_);
    search.use(ladder_);
    search.watch({{}, {}, true, false});
    search.run({{now.retired > back ? now.retired - back : 0, 0}, now}, trace);
    return std::move(trace.taken);
}

// Before the last instruction of the processor that is stepped; of the machine's
// last happening, if that came later.
std::optional<Moment> Mover::earlier_instruction() {
    Moment const now = machine_.moment();
    if (now.sub > 0) return Moment{now.retired, now.sub - 1};
    Moment const before{now.retired - 1, 0};
    if (machine_.processors() == 1) return before;
    return before_last_instruction(machine_, processor(), [this](Moment at) { return go_to(at); });
}

// The beginning of this line, or of the line before when we stand at a beginning.
std::optional<Moment> Mover::earlier_line(bool over, std::function<bool()> const& cancelled) {
    Moment const now = machine_.moment();
    engine::CpuState const cpu = cpu_state();
    Function const* const function = over ? symbols_->whole_at(cpu.rip) : nullptr;
    SearchWatch watch;
    if (function)
        watch.addresses = symbols_->line_addresses(*function);
    else
        watch.instructions = true;
    LineRuns runs(machine_, processor(), *symbols_, function, cpu[engine::Gpr::rsp], watch.addresses);
    Search search(machine_, control(cancelled));
    search.use(ladder_);
    search.watch(watch);
    Moment const least{!function && now.retired > longest_trace ? now.retired - longest_trace : 0, 0};
    auto const outcome = search.back({least, now}, runs, [&](Interval) { return runs.enough(); });
    if (outcome != SearchOutcome::complete) return std::nullopt;
    return runs.answer();
}

// Where this function was called from: the last time that its call was executed
// on this very stack.
std::optional<Moment> Mover::call_site(std::function<bool()> const& cancelled) {
    auto call = call_of_this_function();
    if (!call) call = call_by_entry(cancelled);
    if (!call) return counted_call_site(cancelled);
    Moment const now = machine_.moment();
    LastTime last(machine_, processor(), call->address, call->stack_pointer, now);
    Search search(machine_, control(cancelled));
    search.use(ladder_);
    search.watch({{call->address}, {}, false, false});
    search.back({Moment{}, now}, last, [&](Interval) { return last.found.has_value(); });
    return last.found;
}

std::optional<Mover::Call> Mover::call_by_entry(std::function<bool()> const& cancelled) {
    Moment const now = machine_.moment();
    engine::CpuState const cpu = cpu_state();
    Function const* const function = symbols_->whole_at(cpu.rip);
    if (!function || function->low == cpu.rip) return std::nullopt;
    std::vector<std::uint8_t> stack(largest_frame);
    stack.resize(observation_.memory(processor()).read_some(cpu[engine::Gpr::rsp], stack));
    LastEntry last(machine_, processor(), function->low, cpu[engine::Gpr::rsp], std::move(stack));
    {
        Search search(machine_, control(cancelled));
        search.use(ladder_);
        search.watch({{function->low}, {}, false, false});
        search.back({Moment{}, now}, last, [&](Interval) { return last.found.has_value(); });
    }
    return last.found ? call_before(*last.found) : std::nullopt;
}

// The same where frames cannot be trusted: calls and returns are counted.
std::optional<Moment> Mover::counted_call_site(std::function<bool()> const& cancelled) {
    Moment const now = machine_.moment();
    for (std::uint64_t window = 256; window <= longest_trace && !cancelled(); window *= 8) {
        std::vector<Sample> const before = samples(window, now);
        GuestMemory const memory = observation_.memory(processor());
        CodeMode const mode = code_mode(cpu_state());
        long depth = 0;
        for (std::size_t i = before.size(); i-- > 0;) {
            if (before[i].interrupted && --depth < 0) return before[i].at;
            std::array<std::uint8_t, 15> bytes{};
            std::size_t const n = memory.read_some(before[i].rip, bytes);
            Instruction const instruction = disassembler_.one(before[i].rip, std::span(bytes).first(n), mode);
            if (instruction.returns && !before[i].interrupted) ++depth;
            if (instruction.call && !before[i].interrupted && --depth < 0) return before[i].at;
        }
        if (window >= now.retired) break;
    }
    return std::nullopt;
}

// Remembers that nothing stops in a stretch, joined with its neighbours.
void Mover::remember_empty(Interval stretch) {
    for (Interval& known : empty_)
        if (stretch.from <= known.to && known.from <= stretch.to) {
            known.from = std::min(known.from, stretch.from);
            known.to = std::max(known.to, stretch.to);
            return;
        }
    if (empty_.size() < 1'000) empty_.push_back(stretch);
}

void Mover::back_to_stop(std::function<bool()> const& cancelled) {
    Moment const now = machine_.moment();
    // A watchpoint's place may be another one for another processor.
    if (std::pair const wanted(stops_.version(), processor()); empty_for_ != wanted) {
        empty_.clear();
        empty_for_ = wanted;
    }
    std::optional<StopHit> answer;
    SearchOutcome outcome = SearchOutcome::complete;
    if (stops_.any()) {
        Moment to = now;
        for (bool moved = true; moved;) {
            moved = false;
            for (Interval const& known : empty_)
                if (known.from < to && to <= known.to) to = known.from, moved = true;
        }
        Search search(machine_, control(cancelled));
        search.use(ladder_);
        StopListener listener(stops_, search, *symbols_, false, processor());
        std::map<StopNumber, std::uint64_t> counts;
        outcome = search.back({Moment{}, to}, listener, [&](Interval stretch) {
            for (std::size_t i = listener.hits().size(); i-- > 0 && !answer;) {
                StopHit const& hit = listener.hits()[i];
                StopPoint const* const stop = stops_.find(hit.stop);
                if (hit.at < now && stop && ++counts[hit.stop] >= stop->spec.count) answer = hit;
            }
            if (listener.saw_nothing()) remember_empty(stretch);
            listener.clear();
            return answer.has_value();
        });
    }
    if (outcome == SearchOutcome::cancelled) return finish("cancelled");
    go_to(answer ? answer->at : Moment{});
    if (answer) {
        stopped_ = {answer->at, answer->cpu};
        stopped_by_ = answer->stop;
    }
    finish(answer ? answer->text : "the beginning: nothing stops before");
}

void Mover::step_backward(std::function<bool()> const& cancelled) {
    while (goal_ == Goal::step && steps_left_ > 0) {
        Moment const now = machine_.moment();
        if (now == Moment{}) return finish("this is the beginning");
        std::optional<Moment> to;
        auto const earlier = [&](EventGroup group) -> std::optional<Moment> {
            auto const event = event_before(group, now, cancelled);
            if (!event) return std::nullopt;
            stepping_ = event->cpu;
            return event->at;
        };
        switch (step_.unit) {
            case StepUnit::instruction:
                to = earlier_instruction();
                break;
            case StepUnit::line:
            case StepUnit::line_over:
                // Where no line is known a step is an instruction, as forwards.
                to = symbols_->line_at(cpu_state().rip)
                         ? earlier_line(step_.unit == StepUnit::line_over, cancelled)
                         : earlier_instruction();
                if (!to && step_.unit == StepUnit::line_over && !cancelled())
                    to = earlier_line(false, cancelled);
                break;
            case StepUnit::function:
                to = call_site(cancelled);
                break;
            case StepUnit::interrupt:
                to = earlier(EventGroup::interrupts);
                break;
            case StepUnit::packet:
                to = earlier(EventGroup::packets);
                break;
            case StepUnit::context_switch:
                to = earlier(EventGroup::switches);
                break;
        }
        if (!to) return finish(cancelled() ? "cancelled" : fmt::format("no earlier {}", name_of(step_.unit)));
        go_to(*to);
        if (--steps_left_ == 0) return finish();
        if (time_is_up()) return;
    }
}

}  // namespace sim::debug
