// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/manner_life.hpp"

#include <algorithm>
#include <random>

namespace sim::recording {

using machine::Machine;
using machine::Moment;

namespace {
constexpr unsigned most_hits = 2000;  // in one stretch: watching a hot loop costs a stop a turn
constexpr std::size_t watched_at_once = 8;
constexpr std::uint64_t instructions_a_piece = 20'000'000;  // between looks at Ctrl-C
}  // namespace

// Looks at everything that it is shown, and changes nothing.
class MannerLife::Watcher final : public engine::Observer, public machine::MachineObserver {
public:
    bool on_address(engine::VirtAddr) override { return hit(); }
    bool on_memory(engine::Access, engine::PhysAddr, unsigned, std::uint64_t) override { return hit(); }
    void on_interrupt(std::uint8_t, bool, std::uint32_t, engine::VirtAddr) override { ++shown; }
    bool hit() {
        ++shown;
        return ++hits >= most_hits;
    }
    unsigned hits = 0;  // in this stretch
    std::uint64_t shown = 0;
};

MannerLife::MannerLife(Plan const& plan, Manner manner)
    : plan_(plan), manner_(manner), watcher_(std::make_unique<Watcher>()) {}

MannerLife::~MannerLife() = default;

std::uint64_t MannerLife::shown() const { return watcher_->shown; }

void MannerLife::begin_at(std::size_t sample, machine::CheckpointPtr state) {
    first_sample_ = sample;
    first_state_ = std::move(state);
    machine_.reset();
}

Machine& MannerLife::at(Moment moment) {
    restart();
    return advance(moment);
}

void MannerLife::restart() {
    if (begun_) disarm();
    // With a state to begin from, the same machine will do; otherwise it is new.
    if (!first_state_ || !machine_) use(plan_.make());
    if (first_state_) machine_->restore(*first_state_);
    stretch_ = first_sample_;
    begun_ = false;
}

void MannerLife::use(std::unique_ptr<Machine> machine) {
    machine_ = std::move(machine);
    machine_->set_checkpoint_interval(manner_.checkpoint_interval);
}

Machine& MannerLife::advance(Moment moment) {
    if (!machine_) restart();
    while (stretch_ + 1 < plan_.samples.size()) {
        if (!begun_) begin_stretch();
        while (next_stop_ < stops_.size() && stops_[next_stop_].at <= moment) {
            Stop const stop = stops_[next_stop_++];
            run(stop.at);
            if (machine_->moment() == stop.at) put_back(stop);
        }
        Moment const end = plan_.samples[stretch_ + 1];
        run(std::min(moment, end));
        if (moment < end) return *machine_;
        disarm();
        begun_ = false;
        ++stretch_;
    }
    run(moment);
    return *machine_;
}

void MannerLife::begin_stretch() {
    begun_ = true;
    kept_.clear();
    stops_.clear();
    next_stop_ = 0;
    watcher_->hits = 0;
    arm();
    if (!manner_.restored) return;
    std::mt19937_64 random(plan_.seed * 1'000'003 + stretch_);
    std::uint64_t const from = plan_.samples[stretch_].retired;
    std::uint64_t const length = plan_.samples[stretch_ + 1].retired - from;
    if (length < 2) return;
    for (unsigned i = 0; i < 4; ++i) {
        Moment at{from + 1 + random() % (length - 1), 0};
        if (random() % 4 == 0) at.sub = 1;  // where there is such a moment
        auto const what = static_cast<unsigned>(random() % 3);
        stops_.push_back({at, what, random()});
    }
    std::sort(stops_.begin(), stops_.end(), [](Stop const& a, Stop const& b) { return a.at < b.at; });
    stops_.erase(
        std::unique(stops_.begin(), stops_.end(), [](Stop const& a, Stop const& b) { return a.at == b.at; }),
        stops_.end());
}

// The three ways in which a debugger restores. None may be noticed.
void MannerLife::put_back(Stop const& stop) {
    machine::CheckpointPtr const now = machine_->checkpoint();
    if (stop.what == 0) {  // over itself
        machine_->restore(*now);
    } else if (stop.what == 1 && !kept_.empty()) {  // an earlier state over a later one
        machine_->restore(*kept_[stop.choice % kept_.size()]);
        run(stop.at);
    } else {  // into a machine that has seen nothing of it
        disarm();
        use(plan_.make());
        machine_->restore(*now);
        arm();
    }
    kept_.push_back(now);
}

void MannerLife::run(Moment moment) {
    while (machine_->moment() < moment) {
        if (plan_.cancelled && plan_.cancelled()) throw Interrupted();
        Moment const piece = std::min(moment, Moment{machine_->moment().retired + instructions_a_piece, 0});
        machine::RunResult const result = run_to(*machine_, piece);
        if (result.stop == machine::RunStop::reached && machine_->moment() >= piece) continue;
        if (result.stop != machine::RunStop::observer) return;
        for (unsigned i = 0; i < machine_->processors(); ++i) {  // enough seen in this stretch
            machine_->cpu(i).set_watched_addresses({});
            machine_->cpu(i).set_watched_memory({});
        }
    }
}

void MannerLife::arm() {
    if (manner_.hooks == Hooks::none) return;
    machine_->add_observer(*watcher_);
    std::vector<engine::VirtAddr> code;
    std::vector<engine::Cpu::MemoryRange> data;
    for (std::size_t i = 0; i < watched_at_once; ++i) {
        std::size_t const which = stretch_ + i * (stretch_ + 1);  // near at first, then anywhere
        if (!plan_.code.empty()) code.push_back(plan_.code[which % plan_.code.size()]);
        if (!plan_.data.empty()) data.push_back(plan_.data[which % plan_.data.size()]);
    }
    std::sort(code.begin(), code.end());
    code.erase(std::unique(code.begin(), code.end()), code.end());
    for (unsigned i = 0; i < machine_->processors(); ++i) {
        engine::Cpu& cpu = machine_->cpu(i);
        cpu.set_observer(watcher_.get());
        if (watcher_->hits >= most_hits) continue;
        if (manner_.hooks == Hooks::code) cpu.set_watched_addresses(code);
        if (manner_.hooks == Hooks::memory) cpu.set_watched_memory(data);
    }
}

void MannerLife::disarm() {
    if (manner_.hooks == Hooks::none) return;
    machine_->remove_observer(*watcher_);
    for (unsigned i = 0; i < machine_->processors(); ++i) {
        machine_->cpu(i).set_watched_addresses({});
        machine_->cpu(i).set_watched_memory({});
        machine_->cpu(i).set_observer(nullptr);
    }
}

}  // namespace sim::recording
