// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/world_laboratory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/debug/probes.hpp"
#include "simulator/recording/interrupted.hpp"

namespace sim::explore {

using machine::RunStop;

namespace {

constexpr std::uint64_t longest_warm_up_ns = 60'000'000'000;

}  // namespace

// Hears a processor's interrupts, a machine's warm probe and its steps.
class WorldLaboratory::Ears final : public engine::Observer {
public:
    Ears(WorldLaboratory& laboratory, recording::JoinedWorld::Member& member, unsigned processor)
        : laboratory_(laboratory), member_(member), processor_(processor) {
        cpu().set_observer(this);
        image_ = debug::read_probes(std::span<std::uint8_t const>(*member_.config.image.bytes));
    }
    ~Ears() override {
        cpu().set_watched_addresses({});
        cpu().set_observer(nullptr);
    }
    // Nothing is waited for when the image has no such probe.
    void wait_for(std::string const& probe) {
        auto const addresses = probes_named({probe});
        if (!addresses.empty()) laboratory_.waiting_for_.insert(member_.description.name);
        watch(addresses);
    }
    // A future begins. With steps: at the probes where a thread could be preempted.
    void begin(bool with_steps) {
        seen_.clear();
        steps_ = 0;
        watch(with_steps ? probes_named(step_probes) : std::vector<engine::VirtAddr>());
    }
    bool on_address(engine::VirtAddr) override {
        laboratory_.waiting_for_.erase(member_.description.name);
        if (laboratory_.events_) note(Happening::Kind::step, ++steps_, 0);
        return false;
    }
    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t, engine::VirtAddr) override {
        if (external && laboratory_.events_) note(Happening::Kind::interrupt, ++seen_[vector], vector);
    }

private:
    // Where threads wait for, wake or leave each other: what lies between belongs to one alone.
    static inline std::vector<std::string> const step_probes = {"lock_acquire", "lock_release", "lock_wait",
                                                                "thread_wake", "thread_switch"};
    // The same again costs the processor its translations for nothing.
    void watch(std::vector<engine::VirtAddr> const& addresses) {
        if (addresses != watched_) cpu().set_watched_addresses(watched_ = addresses);
    }
    engine::Cpu& cpu() { return member_.machine->cpu(processor_); }
    std::vector<engine::VirtAddr> probes_named(std::vector<std::string> const& names) const {
        std::vector<engine::VirtAddr> addresses;
        for (auto const& probe : image_)
            if (probe.provider == "viv" && std::find(names.begin(), names.end(), probe.name) != names.end())
                addresses.push_back(probe.address);
        std::sort(addresses.begin(), addresses.end());
        return addresses;
    }
    void note(Happening::Kind kind, std::uint64_t number, std::uint8_t vector) {
        laboratory_.events_->push_back(
            {kind, member_.machine->virtual_ns(), number, member_.description.name, processor_, vector});
    }

    WorldLaboratory& laboratory_;
    recording::JoinedWorld::Member& member_;
    unsigned processor_;
    std::vector<debug::Probe> image_;
    std::vector<engine::VirtAddr> watched_;
    std::map<std::uint8_t, std::uint64_t> seen_;
    std::uint64_t steps_ = 0;
};

recording::WorldOptions WorldLaboratory::options_of(Scenario const& scenario) {
    recording::WorldOptions options;
    if (scenario.topology) {
        options.topology = *scenario.topology;
        options.configs = scenario.configs;
    } else {
        links::Topology::Machine guest;
        guest.name = "guest";
        options.topology.machines = {guest};
        options.configs = {scenario.config};
    }
    options.seed = options.topology.seed;
    return options;
}

WorldLaboratory::WorldLaboratory(Scenario const& scenario)
    : scenario_(scenario), world_(std::make_unique<recording::JoinedWorld>(options_of(scenario))) {
    for (auto& member : world_->members())
        for (unsigned i = 0; i < member.machine->processors(); ++i)
            ears_.push_back(std::make_unique<Ears>(*this, member, i));
    if (scenario.topology) faults_ = parse_faults(scenario.topology->machine_faults);
    for (auto const& [name, faults] : faults_)
        for (Fault const& fault : faults)
            if (watches_the_processor(fault))
                throw std::runtime_error(
                    fmt::format("{}: \"{} on {}\" waits for the application to be ready, which is watched "
                                "otherwise here; name a time, such as \"at 5ms\"",
                                scenario.name, describe(fault), name));
    world_->network().set_tap([this](std::string const&, bool, std::uint64_t now_ns, auto, auto) {
        ++frames_;
        if (events_) events_->push_back({Happening::Kind::frame, now_ns, frames_, "", 0, 0});
    });
}

WorldLaboratory::~WorldLaboratory() = default;

void WorldLaboratory::run_warm(std::uint64_t until_ns, std::function<bool()> const& done) {
    world_->network().run_until(until_ns, [&] { return interrupted_ || (done && done()); });
    if (interrupted_) throw recording::Interrupted();
}

void WorldLaboratory::warm_up() {
    interrupted_ = false;
    WorldFaults const going_wrong(*world_, faults_, [](std::string const&) {});
    auto const never = [&](std::string const& what) {
        return std::runtime_error(fmt::format("{}: {}", scenario_.name, what));
    };
    if (auto const ns = machine::parse_duration(scenario_.warm)) {
        run_warm(*ns);
    } else if (auto const moment = machine::parse_moment(scenario_.warm)) {
        if (world_->members().size() != 1)
            throw never(
                "\"warm\" is a count of instructions; a world of several machines has times, such as 5ms");
        machine::Machine& machine = *world_->members()[0].machine;
        run_warm(longest_warm_up_ns, [&] { return machine.ended() || machine.moment() >= *moment; });
        if (machine.moment() < *moment) throw never("the guest does not reach moment " + scenario_.warm);
    } else {
        for (auto const& one : ears_) one->wait_for(scenario_.warm);
        if (waiting_for_.empty())
            throw never(
                fmt::format("no image has a probe {}; name one, or a time such as 5ms", scenario_.warm));
        auto const all_ready = [&] {
            return std::all_of(waiting_for_.begin(), waiting_for_.end(),
                               [&](auto const& name) { return world_->machine(name).ended().has_value(); });
        };
        run_warm(longest_warm_up_ns, all_ready);
        if (!all_ready()) throw never("the time was up before the probe " + scenario_.warm);
    }
    faults_ = going_wrong.waiting();
    warm_ = world_->network().checkpoint();
}

// How it ended, if it has.
bool WorldLaboratory::over(Future& future) {
    links::Network& network = world_->network();
    Ending& ending = future.ending;
    bool waiting = false, asleep = true, services_only = true;
    auto const found = [&](recording::JoinedWorld::Member const& member, Verdict verdict, std::string text) {
        ending.verdict = verdict;
        ending.text = std::move(text);
        ending.at = member.machine->moment();
        ending.virtual_ns = network.now_ns();
        future.machine = member.description.name;
        return true;
    };
    for (auto const& member : world_->members()) services_only &= member.description.service;
    for (auto const& member : world_->members()) {
        auto const& ended = member.machine->ended();
        if (!ended) {
            waiting |= services_only || !member.description.service;
            asleep &= network.result_of(member.description.name).stop == RunStop::halted;
            if (member.machine->moment().retired >
                warm_.machines.at(member.description.name)->at.retired + scenario_.limit_instructions)
                return found(
                    member, Verdict::no_progress,
                    fmt::format("not at an end after {} instructions more", scenario_.limit_instructions));
            continue;
        }
        ending.status = ended->status;
        if (ended->stop == RunStop::shutdown) return found(member, Verdict::triple_fault, ended->message);
        if (ended->stop != RunStop::exited || ended->status == 0) continue;
        return found(member, verdict_of_exit(ended->status), text_of_exit(ended->status));
    }
    auto const& first = *std::find_if(world_->members().begin(), world_->members().end(), [&](auto const& m) {
        return !waiting || (!m.machine->ended() && (services_only || !m.description.service));
    });
    if (!waiting) return found(first, Verdict::passed, "the guest exited with 0");
    if (asleep && network.silent())
        return found(first, Verdict::deadlock, "everybody waits, and nothing is left that could wake one");
    if (network.now_ns() >= warm_.now_ns + scenario_.limit_ns)
        return found(first, Verdict::no_progress,
                     fmt::format("not at an end after {} more", machine::duration_text(scenario_.limit_ns)));
    return false;
}

WorldLaboratory::Future WorldLaboratory::run(std::vector<Disturbance> const& disturbances) {
    links::Network& network = world_->network();
    network.restore(warm_);
    links::WorldLog log = warm_.log;
    for (auto& input : inputs_of(disturbances, warm_.now_ns)) log.inputs.push_back(std::move(input));
    log.edge_ns = warm_.now_ns;
    network.set_log(std::move(log));
    WorldFaults const going_wrong(*world_, faults_, [](std::string const&) {});
    Future future;
    frames_ = 0;
    for (auto const& one : ears_) one->begin(scenario_.disturbed_preemptions > 0);
    events_ = &future.events;
    interrupted_ = false;
    future.ending.verdict = Verdict::interrupted;
    future.ending.text = "interrupted";
    network.run_until(UINT64_MAX / 2, [&] {
        // After a window: what comes later is later than all that there is.
        if (future.events.size() > most_events) events_ = nullptr;
        return interrupted_ || over(future);
    });
    events_ = nullptr;
    future.ending.virtual_ns = network.now_ns();
    std::stable_sort(future.events.begin(), future.events.end(),
                     [](Happening const& a, Happening const& b) { return a.at_ns < b.at_ns; });
    if (future.events.size() > most_events) {
        future.events.resize(most_events);
        future.truncated = true;
    }
    return future;
}

}  // namespace sim::explore
