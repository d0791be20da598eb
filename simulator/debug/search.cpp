// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/search.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_set>

#include "simulator/debug/bytes.hpp"
#include "simulator/debug/ladder.hpp"

namespace sim::debug {

using engine::Access;
using machine::Machine;
using machine::Moment;
using machine::RunStop;

char const* name_of(Writer writer) {
    switch (writer) {
        case Writer::instruction:
            return "instruction";
        case Writer::page_walker:
            return "page walker";
        case Writer::device:
            return "device";
        case Writer::person:
            return "poke";
    }
    return "?";
}

namespace {
constexpr std::uint64_t first_window = 2'048, last_window = 1U << 22;
constexpr std::uint64_t slice_happenings = 512;
}  // namespace

class Search::Hooks final : public machine::MachineObserver {
public:
    Hooks(Machine& machine, SearchControl control, Afterwards afterwards)
        : machine_(machine),
          control_(std::move(control)),
          own_ladder_(machine),
          present_(afterwards == Afterwards::back ? machine.checkpoint() : nullptr) {
        for (unsigned i = 0; i < machine_.processors(); ++i) {
            engine::Cpu& cpu = machine_.cpu(i);
            before_.push_back({cpu.observer(), cpu.watched_addresses(), cpu.watched_memory(), {}});
            before_.back().set = {before_.back().addresses.begin(), before_.back().addresses.end()};
            taps_.push_back(std::make_unique<Tap>(*this, i));
            cpu.set_observer(taps_.back().get());
            if (!before_.back().memory.empty()) cpu.set_watched_memory({});
        }
        machine_.add_observer(*this);
    }
    ~Hooks() override {
        machine_.remove_observer(*this);
        for (unsigned i = 0; i < before_.size(); ++i) {
            engine::Cpu& cpu = machine_.cpu(i);
            cpu.set_trace(false);
            cpu.set_observer(before_[i].observer);
            cpu.set_watched_addresses(before_[i].addresses);
            if (memory_applied_ || !before_[i].memory.empty()) cpu.set_watched_memory(before_[i].memory);
        }
        if (present_) machine_.restore(*present_);
    }

    void share() { shared_ = true; }
    machine::RunResult const& last_result() const { return last_result_; }

    void watch(SearchWatch watch) {
        watch_ = std::move(watch);
        if (running_) apply();
    }

    SearchOutcome run(Interval interval, SearchListener& listener) {
        listener_ = nullptr;
        quiet();
        if (!position(interval.from)) return SearchOutcome::cancelled;
        pending_.reset();
        stopped_ = others_stop_ = false;
        listener.on_begin(machine_.moment());
        listener_ = &listener;
        running_ = true;
        apply();
        SearchOutcome outcome = go(interval);
        if (!stopped_ && listener.on_end(machine_.moment())) outcome = SearchOutcome::stopped;
        running_ = false;
        quiet();
        listener_ = nullptr;
        return outcome;
    }

    SearchOutcome back(Interval whole, SearchListener& listener,
                       std::function<bool(Interval)> const& enough) {
        Moment end = whole.to;
        std::uint64_t window = first_window;
        whole_ = whole;
        while (end > whole.from) {
            if (auto const only = listener.only_at(); !only.empty()) {
                end = machine_.checkpoints().without(only, end);
                if (end <= whole.from) break;
                // From one checkpoint to the next: the stretch before may be one to skip.
                if (machine_.checkpoints().has(end))
                    if (auto const before = checkpoint_before(end))
                        window = std::clamp(end.retired - before->retired, first_window, last_window);
            }
            Interval const stretch{start_of(whole.from, end, window), end};
            SearchOutcome const outcome = run(stretch, listener);
            if (outcome != SearchOutcome::complete) return whole_.reset(), outcome;
            if (enough(stretch)) break;
            end = stretch.from;
            window = std::min(window * 8, last_window);
        }
        whole_.reset();
        return SearchOutcome::complete;
    }

    Machine& machine() { return machine_; }
    Moment reached() const { return reached_; }
    void use(Ladder& ladder) { ladder_ = &ladder; }

private:
    using Clock = std::chrono::steady_clock;

    // One processor's ear.
    struct Tap final : engine::Observer {
        Tap(Hooks& owner, unsigned number) : hooks(owner), cpu(number) {}
        bool on_address(engine::VirtAddr address) override {
            bool stop = false;
            if (hooks.shared_) {
                Before const& before = hooks.before_[cpu];
                if (before.observer && before.set.contains(address))
                    hooks.others_stop_ |= stop = before.observer->on_address(address);
                if (!hooks.ours_.contains(address)) return stop;
            }
            // With every instruction told, this one is told there.
            return (!hooks.watch_.instructions && hooks.address(cpu, address)) || stop;
        }
        bool on_instruction(engine::VirtAddr address) override {
            return hooks.watch_.instructions && hooks.address(cpu, address);
        }
        bool on_memory(Access access, engine::PhysAddr address, unsigned size, std::uint64_t value) override {
            return hooks.memory(cpu, Writer::instruction, access, address, size, value);
        }
        bool on_table_write(engine::PhysAddr entry) override {
            std::array<std::uint8_t, 8> bytes{};
            hooks.machine_.peek(entry, bytes);
            return hooks.memory(cpu, Writer::page_walker, Access::write, entry, 8, little_endian(bytes));
        }
        bool on_paging_write() override { return hooks.paging(cpu); }
        void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error,
                          engine::VirtAddr address) override {
            if (hooks.shared_ && hooks.before_[cpu].observer)
                hooks.before_[cpu].observer->on_interrupt(vector, external, error, address);
            if (hooks.listener_)
                hooks.listener_->on_interrupt(hooks.machine_.moment(), cpu, vector, external);
        }
        Hooks& hooks;
        unsigned cpu;
    };
    struct Before {
        engine::Observer* observer;
        std::vector<engine::VirtAddr> addresses;
        std::vector<engine::Cpu::MemoryRange> memory;
        std::unordered_set<engine::VirtAddr> set{};
    };

    // ---- What the machine tells ----

    bool address(unsigned cpu, engine::VirtAddr address) {
        if (!listener_ || stopped_) return stopped_;
        Moment const at = machine_.moment();
        if (at >= to_) return false;
        if (!listener_->on_address(at, cpu, address)) return false;
        stopped_ = true;
        return true;
    }

    bool memory(unsigned cpu, Writer writer, Access access, engine::PhysAddr address, std::uint64_t length,
                std::uint64_t value, std::string device = {}) {
        if (!listener_ || stopped_) return stopped_;
        MemoryEvent e;
        e.at = machine_.moment();
        if (e.at >= to_) return false;
        bool const happening =
            happening_at_ == e.at && (writer == Writer::device || writer == Writer::person);
        e.after = happening ? Moment{e.at.retired, e.at.sub + 1} : Moment{e.at.retired + 1, 0};
        e.cpu = cpu;
        e.writer = writer;
        e.access = access;
        e.address = address;
        e.length = length;
        e.value = value;
        e.rip = machine_.cpu(cpu).instruction_pointer();
        e.device = std::move(device);
        stopped_ = listener_->on_memory(e);
        return after_event(e.after);
    }

    bool paging(unsigned cpu) {
        if (!watch_.paging || !listener_ || stopped_) return stopped_;
        Moment const at = machine_.moment();
        if (at >= to_) return false;
        listener_->on_paging(at, cpu);
        return after_event({at.retired + 1, 0});
    }

    bool after_event(Moment after) {
        if (listener_->wants_rest()) pending_ = std::max(after, pending_.value_or(after));
        return stopped_ || pending_.has_value();
    }

    // machine::MachineObserver
    void on_timer(Machine& m, machine::Event const&) override { happening_at_ = m.moment(); }
    void on_input(Machine& m, machine::Input const& input) override {
        happening_at_ = m.moment();
        if (input.kind != machine::InputKind::poke || input.bytes.size() < 9) return;
        std::uint64_t const address = little_endian(input.bytes);
        outside_write(Writer::person, address, {input.bytes.begin() + 8, input.bytes.end()}, {});
    }
    void on_dma_write(Machine& m, machine::Device const& device, engine::PhysAddr address,
                      std::uint64_t length) override {
        if (!watched(address, length)) return;
        std::vector<std::uint8_t> bytes(std::min<std::uint64_t>(length, 8));
        m.peek(address, bytes);
        outside_write(Writer::device, address, std::move(bytes), device.name(), length);
    }

    bool watched(engine::PhysAddr address, std::uint64_t length) const {
        for (auto const& range : watch_.memory)
            if (range.write && address < range.start + range.length && address + length > range.start)
                return true;
        return false;
    }

    void outside_write(Writer writer, engine::PhysAddr address, std::vector<std::uint8_t> const& bytes,
                       std::string device, std::uint64_t length = 0) {
        if (length == 0) length = bytes.size();
        if (!listener_ || !watched(address, length)) return;
        std::uint64_t const value = little_endian(bytes);
        if (!memory(0, writer, Access::write, address, length, length <= 8 ? value : 0, std::move(device)))
            return;
        // The run comes back after this happening or this instruction.
        for (unsigned i = 0; i < machine_.processors(); ++i) machine_.cpu(i).request_stop();
        machine_.interrupt();
    }

    // ---- Moving ----

    // Nothing watched: on the way to where it begins.
    void quiet() {
        for (unsigned i = 0; i < machine_.processors(); ++i) {
            machine_.cpu(i).set_trace(false);
            if (!shared_) machine_.cpu(i).set_watched_addresses({});
            if (memory_applied_) machine_.cpu(i).set_watched_memory({});
        }
        memory_applied_ = false;
    }
    void apply() {
        for (unsigned i = 0; i < machine_.processors(); ++i) {
            engine::Cpu& cpu = machine_.cpu(i);
            std::vector<engine::VirtAddr> addresses = watch_.addresses;
            if (shared_)
                addresses.insert(addresses.end(), before_[i].addresses.begin(), before_[i].addresses.end());
            cpu.set_watched_addresses(addresses);
            if (memory_applied_ || !watch_.memory.empty()) cpu.set_watched_memory(watch_.memory);
            cpu.set_trace(watch_.instructions);
        }
        memory_applied_ = !watch_.memory.empty();
        ours_ = {watch_.addresses.begin(), watch_.addresses.end()};
    }

    bool cancelled() const { return control_.cancelled && control_.cancelled(); }

    bool position(Moment from) {
        to_ = Moment::never();
        Ladder& ladder = ladder_ ? *ladder_ : own_ladder_;
        ladder.climb(from);
        while (machine_.moment() < from) {
            Moment const now = machine_.moment();
            // In pieces: somebody may change their mind.
            Moment const next = std::min(from, Moment{now.retired + 2'000'000, 0});
            auto const r = ladder.go(next);
            if (cancelled()) return false;
            if (r.stop != RunStop::reached && r.stop != RunStop::interrupted) break;
            if (r.stop == RunStop::reached && machine_.moment() == now) break;
        }
        return true;
    }

    SearchOutcome go(Interval interval) {
        to_ = interval.to;
        happening_at_.reset();
        while (machine_.moment() < interval.to) {
            Moment const now = machine_.moment();
            Moment const piece{now.retired + piece_, 0};
            auto const begin = Clock::now();
            auto const r =
                machine_.run({.moment = std::min(interval.to, piece), .happenings = slice_happenings});
            adapt(Clock::now() - begin);
            reached_ = machine_.moment();
            last_result_ = r;
            if (pending_ && reached_ >= *pending_) {
                pending_.reset();
                if (listener_->on_rest(reached_)) stopped_ = true;
            }
            if ((stopped_ && !pending_) || others_stop_) return SearchOutcome::stopped;
            if (cancelled()) return SearchOutcome::cancelled;
            tell_progress(interval);
            bool const goes_on =
                r.stop == RunStop::reached || r.stop == RunStop::observer || r.stop == RunStop::interrupted;
            if (!goes_on) break;                                       // its life ends here
            if (r.stop == RunStop::reached && reached_ == now) break;  // no such moment
        }
        return stopped_ ? SearchOutcome::stopped : SearchOutcome::complete;
    }

    void adapt(Clock::duration took) {
        using namespace std::chrono_literals;
        if (took > 8ms && piece_ > 1'000)
            piece_ /= 2;
        else if (took < 2ms && piece_ < 4'000'000)
            piece_ *= 2;
    }

    void tell_progress(Interval stretch) const {
        if (!control_.progress) return;
        Interval const whole = whole_.value_or(stretch);
        double const all = static_cast<double>(whole.to.retired - whole.from.retired) + 1;
        double const done = whole_ ? static_cast<double>(whole.to.retired - stretch.from.retired)
                                   : static_cast<double>(reached_.retired - stretch.from.retired);
        control_.progress(std::clamp(done / all, 0.0, 1.0), reached_);
    }

    std::optional<Moment> checkpoint_before(Moment end) const {
        if (end == Moment{}) return std::nullopt;
        Moment const just_before =
            end.sub > 0 ? Moment{end.retired, end.sub - 1} : Moment{end.retired - 1, Moment::never().sub};
        auto const known = machine_.checkpoints().at_or_before(just_before);
        return known ? std::optional(known->at) : std::nullopt;
    }

    // Where a stretch that ends at `end` begins: at a checkpoint when one is near.
    Moment start_of(Moment least, Moment end, std::uint64_t window) {
        Moment start{end.retired > window ? end.retired - window : 0, 0};
        if (window > 100'000)
            if (auto const known = machine_.checkpoints().at_or_before(start);
                known && start.retired - known->at.retired <= window)
                start = known->at;
        if (start >= end) start = {end.retired > 0 && end.sub == 0 ? end.retired - 1 : end.retired, 0};
        return std::max(start, least);
    }

    Machine& machine_;
    SearchControl control_;
    Ladder own_ladder_;
    Ladder* ladder_ = nullptr;
    machine::CheckpointPtr present_;
    std::vector<Before> before_;
    std::vector<std::unique_ptr<Tap>> taps_;

    SearchWatch watch_;
    SearchListener* listener_ = nullptr;
    std::optional<Interval> whole_;  // of back()
    machine::RunResult last_result_;
    std::unordered_set<engine::VirtAddr> ours_;
    bool shared_ = false, others_stop_ = false;
    bool running_ = false, stopped_ = false, memory_applied_ = false;
    Moment to_ = Moment::never(), reached_;
    std::optional<Moment> pending_;       // a rest is owed from this moment on
    std::optional<Moment> happening_at_;  // a timer or an input, which is no instruction
    std::uint64_t piece_ = 100'000;
};

Search::Search(Machine& machine, SearchControl control, Afterwards afterwards)
    : hooks_(std::make_unique<Hooks>(machine, std::move(control), afterwards)) {}
Search::~Search() = default;

void Search::watch(SearchWatch watch) { hooks_->watch(std::move(watch)); }
void Search::use(Ladder& ladder) { hooks_->use(ladder); }
SearchOutcome Search::run(Interval interval, SearchListener& listener) {
    return hooks_->run(interval, listener);
}
SearchOutcome Search::back(Interval whole, SearchListener& listener,
                           std::function<bool(Interval)> const& enough) {
    return hooks_->back(whole, listener, enough);
}
void Search::share() { hooks_->share(); }
machine::RunResult const& Search::last_result() const { return hooks_->last_result(); }
Machine& Search::machine() { return hooks_->machine(); }
Moment Search::reached() const { return hooks_->reached(); }

}  // namespace sim::debug
