// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/laboratory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/board/pc.hpp"
#include "simulator/debug/machine_memory.hpp"
#include "simulator/machine/interrupt_fault.hpp"
#include "simulator/recording/interrupted.hpp"

namespace sim::explore {

using machine::Moment;
using machine::RunStop;

namespace {

constexpr std::uint64_t interrupt_flag = 1u << 9;
constexpr unsigned most_steered = 256;  // preemptions of one steered run
constexpr std::uint64_t longest_warm_up = 20'000'000'000;

// What the scenario's machine is; the board reads the image.
std::unique_ptr<machine::Machine> make(Scenario const& scenario) {
    auto machine = board::make_pc(scenario.config);
    machine->set_checkpoint_interval(0);
    return machine;
}

}  // namespace

bool is_failure(Verdict verdict) { return verdict != Verdict::passed && verdict != Verdict::interrupted; }

Verdict verdict_of_exit(std::uint32_t status) {
    constexpr std::uint32_t panic = 101;  // kernel/arch's; cli/status.hpp says it to the shell
    return status == 0 ? Verdict::passed : status == panic ? Verdict::panic : Verdict::status;
}

std::string text_of_exit(std::uint32_t status) {
    if (verdict_of_exit(status) == Verdict::panic) return "the guest panicked";
    return fmt::format("the guest exited with {}", status);
}

char const* name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return "passed";
        case Verdict::status:
            return "exit status";
        case Verdict::panic:
            return "panic";
        case Verdict::triple_fault:
            return "triple fault";
        case Verdict::deadlock:
            return "deadlock";
        case Verdict::no_progress:
            return "no progress";
        case Verdict::invariant:
            return "invariant";
        case Verdict::interrupted:
            return "interrupted";
    }
    return "?";
}

// Ends a run at the switch of threads at which an invariant is not true.
class Laboratory::InvariantCheck final : public engine::Observer {
public:
    explicit InvariantCheck(Laboratory& laboratory) : laboratory_(laboratory) {}
    bool on_address(engine::VirtAddr) override { return !holds(); }
    bool holds() {
        machine::Machine& machine = *laboratory_.machine_;
        debug::GuestMemory const memory = debug::memory_of(machine);
        engine::CpuState const state = machine.cpu().state();
        for (debug::Expression const& expression : laboratory_.invariants_)
            if (!expression.true_at(state, memory)) {
                laboratory_.broken_ = expression.text();
                return false;
            }
        return true;
    }

private:
    Laboratory& laboratory_;
};

// Notes every access to the watched pages, with the thread that made it.
class Laboratory::Watch final : public engine::Observer {
public:
    explicit Watch(Laboratory& laboratory)
        : laboratory_(laboratory), subject_(*laboratory.subject_), tracker_(subject_) {}

    void start() {
        machine::Machine& machine = *laboratory_.machine_;
        tracker_.start(machine);
        entered_ = machine.moment();
        find_own(machine);
    }
    ThreadTracker const& tracker() const { return tracker_; }
    AccessTrace take() {
        trace_.names = tracker_.names();
        return std::move(trace_);
    }

    bool on_address(engine::VirtAddr address) override {
        machine::Machine& machine = *laboratory_.machine_;
        if (!tracker_.is_probe(address)) return false;
        auto const seen = tracker_.at(address, machine);
        if (seen.event == ThreadEvent::created) add_own(seen.thread, subject_.thread_size(), machine);
        if (seen.event == ThreadEvent::switched) {
            add_own(seen.thread, subject_.thread_size(), machine);
            entered_ = machine.moment();
            open_.reset();
            if (laboratory_.check_ && !laboratory_.check_->holds()) return true;
        }
        return false;
    }

    bool on_memory(engine::Access access, engine::PhysAddr address, unsigned size, std::uint64_t) override {
        machine::Machine& machine = *laboratory_.machine_;
        Moment const at = machine.moment();
        if (at != state_at_) {  // one instruction may make several accesses
            state_at_ = at;
            engine::CpuState const state = machine.cpu().state();
            rip_ = state.rip;
            open_now_ = state.rflags & interrupt_flag;
            // With interrupts off the whole stretch is one step: a preemption
            // that is to fall before it has to come while they were still on.
            before_ = open_now_ ? at : open_ ? Moment{open_->retired + 1, 0} : entered_;
            if (open_now_) open_ = at;
            machinery_ = is_machinery(rip_);
        }
        if (machinery_ || is_own(address)) return false;
        if (trace_.accesses.size() >= most_accesses) {
            trace_.truncated = true;
            return false;
        }
        for (Granule granule = address / 8; granule <= (address + size - 1) / 8; ++granule)
            trace_.accesses.push_back({at, before_, tracker_.running(), granule, rip_,
                                       access == engine::Access::write, open_now_, tracker_.ready().empty()});
        return false;
    }

private:
    bool is_machinery(std::uint64_t rip) {
        auto const [at, fresh] = known_.try_emplace(rip, false);
        if (fresh) at->second = subject_.is_machinery(rip);
        return at->second;
    }
    bool is_own(std::uint64_t physical) const {
        auto after = own_.upper_bound(physical);
        return after != own_.begin() && physical < (--after)->second;
    }
    void add_own(std::uint64_t start, std::uint64_t length, machine::Machine& machine) {
        debug::GuestMemory const memory = debug::memory_of(machine);
        for (std::uint64_t at = start; at < start + length;) {
            std::uint64_t const next = std::min(start + length, (at | 0xFFF) + 1);
            if (auto const physical = memory.translate(at)) own_[*physical] = *physical + (next - at);
            at = next;
        }
    }
    void find_own(machine::Machine& machine) {
        for (auto const& range : subject_.schedulers_own()) add_own(range.start, range.length, machine);
        for (auto const& [thread, name] : tracker_.names()) add_own(thread, subject_.thread_size(), machine);
    }

    Laboratory& laboratory_;
    Subject const& subject_;
    ThreadTracker tracker_;
    AccessTrace trace_;
    std::map<std::uint64_t, std::uint64_t> own_;  // physical start -> end
    std::map<std::uint64_t, bool> known_;         // address of an instruction -> machinery?
    std::optional<Moment> state_at_, open_;       // open_: the last access with interrupts on
    Moment entered_, before_;
    std::uint64_t rip_ = 0;
    bool open_now_ = false, machinery_ = false;
};

// Asks a strategy, and stops the run where it wants a preemption.
class Laboratory::Steering final : public engine::Observer {
public:
    Steering(Laboratory& laboratory, Strategy& strategy, std::vector<std::uint64_t> const& steps)
        : laboratory_(laboratory), strategy_(strategy), tracker_(*laboratory.subject_) {
        steps_ = {steps.begin(), steps.end()};
    }
    ThreadTracker& tracker() { return tracker_; }
    std::vector<std::uint64_t> addresses() const {
        std::set<std::uint64_t> all = steps_;
        all.insert(tracker_.addresses().begin(), tracker_.addresses().end());
        return {all.begin(), all.end()};
    }
    bool on_address(engine::VirtAddr address) override {
        machine::Machine& machine = *laboratory_.machine_;
        bool wanted = false;
        if (tracker_.is_probe(address)) {
            auto const seen = tracker_.at(address, machine);
            if (seen.event == ThreadEvent::switched && laboratory_.check_ && !laboratory_.check_->holds())
                return true;
            wanted = strategy_.preempt_at_probe(tracker_, seen);
        }
        if (steps_.contains(address)) {
            // A preempted thread comes back to the same instruction: no new step.
            auto const resumed = left_at_.find(tracker_.running());
            if (resumed != left_at_.end() && resumed->second == address)
                left_at_.erase(resumed);
            else if (strategy_.preempt_at_step(tracker_, address)) {
                wanted = true;
                left_at_[tracker_.running()] = address;
            }
        }
        return wanted;
    }

private:
    Laboratory& laboratory_;
    Strategy& strategy_;
    ThreadTracker tracker_;
    std::set<std::uint64_t> steps_;
    std::map<std::uint64_t, std::uint64_t> left_at_;
};

Laboratory::Laboratory(Scenario const& scenario, std::shared_ptr<Subject const> subject)
    : scenario_(scenario), subject_(std::move(subject)), machine_(make(scenario)) {
    for (std::string const& text : scenario_.invariants) {
        auto compiled = debug::Expression::compile(text, subject_->shared_symbols());
        if (!compiled) throw std::runtime_error("--invariant: " + compiled.error.explain());
        invariants_.push_back(std::move(*compiled.expression));
    }
    if (!invariants_.empty()) check_ = std::make_unique<InvariantCheck>(*this);
}

Laboratory::~Laboratory() { detach(); }

void Laboratory::interrupt() { machine_->interrupt(); }

void Laboratory::detach() {
    machine_->cpu().set_observer(nullptr);
    machine_->cpu().set_watched_addresses({});
}

Start Laboratory::warm_up() {
    if (auto const moment = machine::parse_moment(scenario_.warm)) {
        auto const result = machine_->run({.moment = *moment});
        if (result.stop == RunStop::interrupted) throw recording::Interrupted();
        if (machine_->moment() != *moment)
            throw std::runtime_error(fmt::format("{}: the guest does not reach moment {}: {}", scenario_.name,
                                                 scenario_.warm, ending_of(result).text));
        return here();
    }
    struct Wait final : engine::Observer {
        bool on_address(engine::VirtAddr) override { return true; }
    } wait;
    auto const addresses = subject_->probes_named(scenario_.warm);
    if (addresses.empty())
        throw std::runtime_error(
            fmt::format("{}: the image has no probe {}; name one that it has, or a moment", scenario_.name,
                        scenario_.warm));
    machine_->cpu().set_observer(&wait);
    machine_->cpu().set_watched_addresses(addresses);
    auto const result = machine_->run({.moment = {longest_warm_up, 0}, .virtual_ns = scenario_.limit_ns});
    detach();
    if (result.stop == RunStop::interrupted) throw recording::Interrupted();
    if (result.stop != RunStop::observer)
        throw std::runtime_error(fmt::format("{}: the guest ended, or its time was up, before the probe {}",
                                             scenario_.name, scenario_.warm));
    return here();
}

Start Laboratory::here() { return {machine_->checkpoint(), machine_->log().inputs()}; }

void Laboratory::begin(Start const& start) {
    detach();
    machine_->restore(*start.checkpoint);
    machine_->set_log(machine::InputLog(start.inputs, start.checkpoint->at));
    broken_.clear();
    limit_ = {start.checkpoint->at.retired + scenario_.limit_instructions, 0};
    limit_ns_ = start.checkpoint->virtual_ns + scenario_.limit_ns;
}

machine::RunResult Laboratory::run_to(Moment moment) {
    return machine_->run({.moment = std::min(moment, limit_), .virtual_ns = limit_ns_});
}

void Laboratory::preempt() { machine_->give(machine::stall_of(scenario_.stall_ns)); }

// An ending if the guest ended on the way, or cannot be where it is asked to be.
std::optional<Ending> Laboratory::walk(std::span<Moment const> preemptions) {
    for (Moment const moment : preemptions) {
        auto const result = run_to(moment);
        if (machine_->moment() != moment || result.stop != RunStop::reached) return ending_of(result);
        preempt();
    }
    return std::nullopt;
}

void Laboratory::attach_invariants() {
    if (!check_) return;
    machine_->cpu().set_observer(check_.get());
    machine_->cpu().set_watched_addresses(subject_->probes_named("thread_switch"));
}

Start Laboratory::after(Start const& start, std::span<Moment const> preemptions) {
    begin(start);
    walk(preemptions);
    return here();
}

Ending Laboratory::run(Start const& start, std::span<Moment const> preemptions) {
    begin(start);
    attach_invariants();
    if (auto const early = walk(preemptions)) return *early;
    return ending_of(run_to(Moment::never()));
}

Laboratory::Observed Laboratory::observe(Start const& start, std::span<Moment const> preemptions,
                                         std::set<std::uint64_t> const* pages) {
    begin(start);
    Watch watch(*this);
    watch.start();
    std::vector<engine::Cpu::MemoryRange> ranges;
    if (pages)
        for (std::uint64_t const page : *pages) ranges.push_back({page * 4096, 4096, true, true});
    else
        for (auto const& region : machine_->memory().regions())
            ranges.push_back({region.start, region.bytes.size(), true, true});
    machine_->cpu().set_observer(&watch);
    machine_->cpu().set_watched_addresses(watch.tracker().addresses());
    machine_->cpu().set_watched_memory(ranges);

    Observed observed;
    observed.after_last = start;
    std::optional<Ending> early;
    for (Moment const moment : preemptions) {
        auto const result = run_to(moment);
        if (machine_->moment() != moment || result.stop != RunStop::reached) {
            early = ending_of(result);
            break;
        }
        observed.preemptions.push_back({moment, watch.tracker().running()});
        preempt();
        observed.after_last = here();
    }
    observed.ending = early ? *early : ending_of(run_to(Moment::never()));
    machine_->cpu().set_watched_memory({});
    detach();
    observed.trace = watch.take();
    return observed;
}

Laboratory::Steered Laboratory::steer(Start const& start, Strategy& strategy,
                                      std::vector<std::uint64_t> const& steps) {
    begin(start);
    Steering steering(*this, strategy, steps);
    steering.tracker().start(*machine_);
    machine_->cpu().set_observer(&steering);
    machine_->cpu().set_watched_addresses(steering.addresses());
    Steered steered;
    for (;;) {
        auto const result = run_to(Moment::never());
        bool const wanted = result.stop == RunStop::observer && broken_.empty();
        if (!wanted) {
            steered.ending = ending_of(result);
            break;
        }
        if (steered.preemptions.size() >= most_steered) continue;  // it has had its say
        steered.preemptions.push_back({machine_->moment(), steering.tracker().running()});
        preempt();
    }
    detach();
    return steered;
}

Ending Laboratory::ending_of(machine::RunResult const& result) {
    Ending ending;
    ending.at = machine_->moment();
    ending.virtual_ns = machine_->virtual_ns();
    ending.status = result.status;
    switch (result.stop) {
        case RunStop::exited:
            ending.verdict = verdict_of_exit(result.status);
            ending.text = text_of_exit(result.status);
            // What holds at every switch must hold at the end.
            if (ending.verdict == Verdict::passed && check_ && !check_->holds()) {
                ending.verdict = Verdict::invariant;
                ending.text = fmt::format("not true at the end: {}", broken_);
            }
            break;
        case RunStop::shutdown:
            ending.verdict = Verdict::triple_fault;
            ending.text = result.message;
            break;
        case RunStop::halted:
            ending.verdict = Verdict::deadlock;
            ending.text = "every thread waits, and nothing is left that could wake one";
            break;
        case RunStop::observer:
            ending.verdict = Verdict::invariant;
            ending.text = fmt::format("not true: {}", broken_);
            break;
        case RunStop::interrupted:
            ending.verdict = Verdict::interrupted;
            ending.text = "interrupted";
            break;
        case RunStop::reached:
            ending.verdict = Verdict::no_progress;
            ending.text =
                fmt::format("not at an end after {} instructions more", scenario_.limit_instructions);
            break;
        default:
            throw std::runtime_error("explore: " + result.message);
    }
    return ending;
}

}  // namespace sim::explore
