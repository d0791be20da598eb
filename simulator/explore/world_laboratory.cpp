// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/world_laboratory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/debug/probes.hpp"

namespace sim::explore {

using machine::RunStop;

namespace {

constexpr std::uint32_t status_panic = 101;
constexpr std::uint64_t longest_warm_up_ns = 60'000'000'000;

}  // namespace

// Hears a machine's interrupts, and its warm probe.
class WorldLaboratory::Ears final : public engine::Observer {
public:
    Ears(WorldLaboratory& laboratory, recording::JoinedWorld::Member& member)
        : laboratory_(laboratory), member_(member) {
        member_.machine->cpu().set_observer(this);
    }
    ~Ears() override {
        wait_for({});
        member_.machine->cpu().set_observer(nullptr);
    }
    void wait_for(std::vector<engine::VirtAddr> const& addresses) {
        ready_ = addresses.empty();
        member_.machine->cpu().set_watched_addresses(addresses);
    }
    bool ready() const { return ready_ || member_.machine->ended(); }
    void begin() { seen_.clear(); }
    bool on_address(engine::VirtAddr) override {
        ready_ = true;
        return false;
    }
    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t, engine::VirtAddr) override {
        if (!external || !laboratory_.events_) return;
        laboratory_.events_->push_back(
            {member_.machine->virtual_ns(), ++seen_[vector], member_.description.name, vector});
    }

private:
    WorldLaboratory& laboratory_;
    recording::JoinedWorld::Member& member_;
    std::map<std::uint8_t, std::uint64_t> seen_;
    bool ready_ = true;
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
    for (auto& member : world_->members()) ears_.push_back(std::make_unique<Ears>(*this, member));
    world_->network().set_tap([this](std::string const&, bool, std::uint64_t now_ns, auto) {
        ++frames_;
        if (events_) events_->push_back({now_ns, frames_, "", 0});
    });
}

WorldLaboratory::~WorldLaboratory() { ears_.clear(); }

void WorldLaboratory::warm_up() {
    links::Network& network = world_->network();
    auto const never = [&](std::string const& what) {
        return std::runtime_error(fmt::format("{}: {}", scenario_.name, what));
    };
    if (auto const ns = machine::parse_duration(scenario_.warm)) {
        network.run_until(*ns);
    } else if (auto const moment = machine::parse_moment(scenario_.warm)) {
        if (world_->members().size() != 1)
            throw never(
                "\"warm\" is a count of instructions; a world of several machines has times, such as 5ms");
        machine::Machine& machine = *world_->members()[0].machine;
        network.run_until(longest_warm_up_ns, [&] { return machine.ended() || machine.moment() >= *moment; });
        if (machine.moment() < *moment) throw never("the guest does not reach moment " + scenario_.warm);
    } else {
        bool known = false;
        for (std::size_t i = 0; i < ears_.size(); ++i) {
            std::vector<engine::VirtAddr> addresses;
            for (auto const& probe :
                 debug::read_probes(std::span<std::uint8_t const>(*world_->members()[i].config.image.bytes)))
                if (probe.provider == "viv" && probe.name == scenario_.warm)
                    addresses.push_back(probe.address);
            known |= !addresses.empty();
            ears_[i]->wait_for(addresses);
        }
        if (!known)
            throw never(
                fmt::format("no image has a probe {}; name one, or a time such as 5ms", scenario_.warm));
        auto const all_ready = [&] {
            return std::all_of(ears_.begin(), ears_.end(), [](auto const& one) { return one->ready(); });
        };
        network.run_until(longest_warm_up_ns, all_ready);
        if (!all_ready()) throw never("the time was up before the probe " + scenario_.warm);
        for (auto const& one : ears_) one->wait_for({});
    }
    warm_ = network.checkpoint();
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
        if (ended->status == status_panic) return found(member, Verdict::panic, "the guest panicked");
        return found(member, Verdict::status, fmt::format("the guest exited with {}", ended->status));
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
    Future future;
    frames_ = 0;
    for (auto const& one : ears_) one->begin();
    events_ = &future.events;
    interrupted_ = false;
    future.ending.verdict = Verdict::interrupted;
    future.ending.text = "interrupted";
    network.run_until(UINT64_MAX / 2, [&] { return interrupted_ || over(future); });
    events_ = nullptr;
    future.ending.virtual_ns = network.now_ns();
    std::stable_sort(future.events.begin(), future.events.end(),
                     [](Event const& a, Event const& b) { return a.at_ns < b.at_ns; });
    if (future.events.size() > most_events) {
        future.events.resize(most_events);
        future.truncated = true;
    }
    return future;
}

}  // namespace sim::explore
