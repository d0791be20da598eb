// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/world_watch.hpp"

#include <algorithm>

#include "simulator/board/pc.hpp"
#include "simulator/cli/bad_end.hpp"
#include "simulator/cli/console.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"

namespace sim::cli {
namespace {

constexpr std::uint64_t instructions_between_looks = 5'000'000;

}  // namespace

// Whole lines, each with the machine's name before it.
class WorldWatch::NamedConsole final : public machine::MachineObserver {
public:
    NamedConsole(std::string name, std::size_t width) : name_(std::move(name)), width_(width) {}
    void on_output(machine::Machine& machine, machine::Device const&, machine::OutputKind kind,
                   std::span<std::uint8_t const> bytes) override {
        if (kind != machine::OutputKind::console || flood_.seen(machine, bytes.size())) return;
        for (std::uint8_t const byte : bytes) {
            if (byte == '\r') continue;
            if (byte != '\n') line_ += static_cast<char>(byte);
            if (byte == '\n' || line_.size() >= 1000) flush();
        }
    }
    void on_report(machine::Machine& machine, std::string_view device, std::string_view text) override {
        say("{}: {}", name_, reports_.line(machine, device, text));
    }
    void finish() {
        if (!line_.empty()) flush();
        std::fflush(stdout);
    }
    std::optional<machine::Moment> flooded_at() const { return flood_.at(); }

private:
    void flush() {
        fmt::print("{:<{}} | {}\n", name_, width_, line_);
        line_.clear();
    }
    std::string name_, line_;
    std::size_t width_;
    Flood flood_;
    Reports reports_;
};

struct WorldWatch::One {
    One(recording::JoinedWorld::Member& m, std::size_t width, explore::SpinBounds const& bounds)
        : member(m), console(m.description.name, width), lookback(*m.machine), spin(*m.machine, bounds) {
        member.machine->add_observer(console);
    }
    recording::JoinedWorld::Member& member;
    NamedConsole console;
    explore::Lookback lookback;
    std::optional<GuestEnding> ending;
    machine::RunResult result;
    bool hopeless = false;  // will never end by itself
    std::uint64_t next_look = instructions_between_looks;
    explore::SpinCheck spin;  // hears every access from the beginning
    // The check runs a machine on, which one of a world must not be: a twin is.
    std::unique_ptr<machine::Machine> twin;
    bool spins = false;
};

WorldWatch::WorldWatch(recording::JoinedWorld& world, explore::SpinBounds const& bounds) : world_(world) {
    std::size_t width = 0;
    for (auto const& member : world.members()) width = std::max(width, member.description.name.size());
    for (auto& member : world.members()) {
        ones_.push_back(std::make_unique<One>(member, width, bounds));
        all_services_ &= member.description.service;
    }
}

WorldWatch::~WorldWatch() {
    for (auto const& one : ones_) one->member.machine->remove_observer(one->console);
}

void WorldWatch::look_at(One& one) {
    machine::Machine& machine = *one.member.machine;
    if (one.ending) return;
    one.lookback.update();
    machine::RunResult const& result = world_.network().result_of(one.member.description.name);
    if (auto end = ending_of(result);
        end && (result.stop != machine::RunStop::halted || !machine.wakeable())) {
        one.ending = std::move(end);
        one.result = result;
    } else if (one.console.flooded_at()) {
        one.ending = GuestEnding{status_limit, Flood::text, true, one.console.flooded_at()};
        one.hopeless = true;
    } else if (machine.moment().retired >= one.next_look) {
        one.next_look = machine.moment().retired + instructions_between_looks;
        if (machine.wakeable()) return one.spin.heard_interrupts();
        if (!one.twin) {
            one.twin = board::make_pc(one.member.config);
            one.twin->set_checkpoint_interval(0);
        }
        auto const now = machine.checkpoint();
        one.twin->restore(*now);
        one.twin->set_log(machine::InputLog({}, now->at));
        if (!one.spin.spins(*one.twin)) return;
        one.ending = GuestEnding{status_limit, "the guest spins with interrupts off", true};
        one.spins = one.hopeless = true;
    }
    if (one.ending && one.result.message.empty()) one.result.message = one.ending->text;
}

// Everybody sleeps for ever, and nothing is under way.
bool WorldWatch::stuck() {
    for (auto const& one : ones_) {
        auto const& result = world_.network().result_of(one->member.description.name);
        if (!one->ending && result.stop != machine::RunStop::halted) return false;
    }
    return world_.network().silent();
}

bool WorldWatch::over() {
    bool waiting = false, hopeless = false;
    for (auto const& one : ones_) {
        look_at(*one);
        waiting |= !one->ending && (all_services_ || !one->member.description.service);
        hopeless |= one->hopeless;
    }
    if (!waiting || hopeless) return true;
    if (!stuck()) return false;
    time_is_up();
    return true;
}

void WorldWatch::time_is_up() {
    for (auto const& one : ones_) {
        // A server that waits for whom nobody is left is in order.
        if (one->ending || (one->member.description.service && !all_services_)) continue;
        auto const& result = world_.network().result_of(one->member.description.name);
        if (result.stop != machine::RunStop::halted) continue;
        one->result = result;
        one->ending = ending_of(result);
    }
}

void WorldWatch::finish() {
    for (auto const& one : ones_) one->console.finish();
}

std::vector<WorldWatch::Member> WorldWatch::explain(
    std::function<std::string(std::string const&)> const& recording_of) {
    std::vector<Member> members;
    for (auto const& one : ones_) {
        Member& member = members.emplace_back(Member{one->member.description.name, one->ending});
        if (!one->ending || !one->ending->bad) continue;
        machine::Machine& machine = *one->member.machine;
        machine.remove_observer(one->console);  // what is run again was printed already
        Outcome outcome;
        outcome.ending = one->ending->text;
        outcome.recording = recording_of(member.name);
        sim::cli::explain(member.name, outcome, machine, one->lookback, one->result,
                          one->spins ? &one->spin : nullptr, one->ending->noted);
        member.ending->text = outcome.ending;
        member.bad = std::move(outcome.bad);
        member.recording = outcome.recording;
    }
    return members;
}

}  // namespace sim::cli
