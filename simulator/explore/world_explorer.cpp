// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/world_explorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "simulator/explore/seeds.hpp"
#include "simulator/machine/hash.hpp"
#include "simulator/recording/interrupted.hpp"

namespace sim::explore {

namespace {

constexpr std::size_t handful = 6;  // disturbances of a random run
// Futures that are gone on from at one time, with all that happened in them.
constexpr std::size_t prefixes_at_once = 16;

std::vector<std::unique_ptr<WorldLaboratory>> laboratories(Scenario const& scenario, unsigned count) {
    std::vector<std::unique_ptr<WorldLaboratory>> all;
    for (unsigned i = 0; i < std::max(1u, count); ++i)
        all.push_back(std::make_unique<WorldLaboratory>(scenario));
    return all;
}

DisturbanceBounds bounds_of(Scenario const& scenario) {
    return {scenario.frames,         scenario.interrupts, scenario.disturbed_preemptions,
            scenario.frame_delay_ns, scenario.late_ns,    scenario.stall_ns};
}

}  // namespace

WorldExplorer::WorldExplorer(Scenario const& scenario, unsigned workers)
    : scenario_(scenario), bounds_(bounds_of(scenario)), workers_(laboratories(scenario, workers)) {}

WorldExplorer::~WorldExplorer() = default;

bool WorldExplorer::tick() {
    tally_.tick();
    return !interrupted_;
}

std::vector<Disturbance> WorldExplorer::choices(Disturbances const& disturbances,
                                                std::vector<Happening> const& happenings) const {
    return choices_after(disturbances, happenings, bounds_, result_.warm_ns);
}

WorldResult WorldExplorer::run(std::function<void(Progress const&)> const& progress) {
    tally_.begin(progress);
    result_ = {};
    try {
        search();
    } catch (recording::Interrupted const&) {
        result_.failure.reset();
        result_.interrupted = true;
    }
    return result_;
}

void WorldExplorer::search() {
    tally_.stage("free run");
    workers_.alone([](WorldLaboratory& laboratory) { laboratory.warm_up(); }, [this] { return tick(); });
    for (auto const& one : workers_.benches()) one->take_warm(workers_.first());
    result_.warm_ns = workers_.first().warm_ns();
    auto const free_run = future_of({});
    ++result_.runs;
    result_.events = free_run.events.size();
    result_.cut = free_run.truncated;
    if (is_failure(free_run.ending.verdict)) return describe({});

    for (unsigned level = 1; level <= bounds_.all() && !result_.failure; ++level) {
        tally_.stage(fmt::format("{} disturbance{}", level, level == 1 ? "" : "s"));
        std::uint64_t const before = result_.runs;
        std::vector<Disturbances> some;
        bool const all = prefixes({}, free_run.events, level - 1, [&](Disturbances const& prefix) {
            some.push_back(prefix);
            if (some.size() < prefixes_at_once) return true;
            bool const go_on = try_after(some, free_run);
            some.clear();
            return go_on;
        });
        if (all && !some.empty()) try_after(some, free_run);
        if (result_.cut || result_.runs == before) break;
    }
    if (!result_.failure && bounds_.all() > 0 && scenario_.random_runs > 0) by_chance(free_run);
}

// Calls `visit` with every list of so many disturbances more, in order, until it
// returns false. None of them failed: they were tried before.
bool WorldExplorer::prefixes(Disturbances const& prefix, std::vector<Happening> const& happenings,
                             unsigned more, std::function<bool(Disturbances const&)> const& visit) {
    if (more == 0) return visit(prefix);
    for (Disturbance const& one : choices(prefix, happenings)) {
        Disturbances longer = prefix;
        longer.push_back(one);
        bool const go_on =
            more == 1 ? visit(longer) : prefixes(longer, future_of(longer).events, more - 1, visit);
        if (!go_on) return false;
    }
    return true;
}

// Each of these with one more. False: the search is over.
bool WorldExplorer::try_after(std::vector<Disturbances> const& prefixes,
                              WorldLaboratory::Future const& free_run) {
    std::vector<std::vector<Disturbance>> more(prefixes.size());
    tally_.plan(prefixes.size());
    workers_.run(
        prefixes.size(),
        [&](WorldLaboratory& laboratory, std::size_t number) {
            if (prefixes[number].empty()) {
                more[number] = choices({}, free_run.events);
                return false;
            }
            auto const future = laboratory.run(prefixes[number]);
            tally_.count();
            more[number] = choices(prefixes[number], future.events);
            return false;
        },
        [this] { return tick(); });
    if (interrupted_) throw recording::Interrupted();

    std::vector<std::pair<std::size_t, std::size_t>> tries;  // prefix, and which more
    for (std::size_t i = 0; i < prefixes.size(); ++i)
        for (std::size_t k = 0; k < more[i].size(); ++k) tries.emplace_back(i, k);
    std::uint64_t const left = scenario_.most_runs > result_.runs ? scenario_.most_runs - result_.runs : 0;
    if (tries.size() > left) {
        tries.resize(left);
        result_.cut = true;
    }
    tally_.plan(tries.size());
    auto const with = [&](std::size_t number) {
        auto const [i, k] = tries[number];
        Disturbances all = prefixes[i];
        all.push_back(more[i][k]);
        return all;
    };
    std::size_t const best = workers_.run(
        tries.size(),
        [&](WorldLaboratory& laboratory, std::size_t number) {
            bool const failed = is_failure(laboratory.run(with(number)).ending.verdict);
            tally_.count();
            return failed;
        },
        [this] { return tick(); });
    result_.runs += std::min(best + 1, tries.size());
    if (interrupted_) throw recording::Interrupted();
    if (best < tries.size()) describe(with(best));
    return !result_.failure && !result_.cut;
}

// More at once than the bound allows, chosen by seeds; then without each that
// is not needed.
void WorldExplorer::by_chance(WorldLaboratory::Future const& free_run) {
    tally_.stage("random disturbances");
    auto const all_choices = choices({}, free_run.events);
    if (all_choices.empty()) return;
    tally_.plan(scenario_.random_runs);
    auto const chosen = [&](std::size_t number) {
        Disturbances all;
        for (std::size_t i = 0; i < handful; ++i) {
            std::uint64_t const dice = machine::scramble(machine::scramble(seed_of_run(scenario_.seed, number)) ^ i);
            Disturbance const& one = all_choices[dice % all_choices.size()];
            if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
        }
        std::stable_sort(all.begin(), all.end(),
                         [](auto const& a, auto const& b) { return a.of.at_ns < b.of.at_ns; });
        return all;
    };
    std::size_t const count = static_cast<std::size_t>(scenario_.random_runs);
    std::size_t const best = workers_.run(
        count,
        [&](WorldLaboratory& laboratory, std::size_t number) {
            bool const failed = is_failure(laboratory.run(chosen(number)).ending.verdict);
            tally_.count();
            return failed;
        },
        [this] { return tick(); });
    result_.random = std::min(best + 1, count);
    result_.runs += result_.random;
    if (interrupted_) throw recording::Interrupted();
    if (best == count) return;
    tally_.stage("shrinking");
    Disturbances needed = chosen(best);
    std::size_t const before = needed.size();
    for (std::size_t i = needed.size(); i-- > 0;) {
        auto without = needed;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        if (is_failure(future_of(without).ending.verdict)) needed = std::move(without);
    }
    describe(needed);
    result_.failure->random = true;
    result_.failure->seed = seed_of_run(scenario_.seed, best);
    result_.failure->before_shrinking = before;
}

// By one laboratory, the first, whose log is then that of this future.
WorldLaboratory::Future WorldExplorer::future_of(Disturbances const& disturbances) {
    WorldLaboratory::Future future;
    tally_.plan(1);
    workers_.alone([&](WorldLaboratory& laboratory) { future = laboratory.run(disturbances); },
                   [this] { return tick(); });
    tally_.count();
    if (interrupted_ || future.ending.verdict == Verdict::interrupted) throw recording::Interrupted();
    return future;
}

void WorldExplorer::describe(Disturbances const& disturbances) {
    auto const future = future_of(disturbances);
    WorldFailure failure;
    failure.ending = future.ending;
    failure.machine = future.machine;
    failure.disturbances = disturbances;
    failure.before_shrinking = disturbances.size();
    failure.log = workers_.first().log();
    failure.log.edge_ns = future.ending.virtual_ns;
    result_.failure = std::move(failure);
}

// --- The recording ---

std::filesystem::path record(Scenario const& scenario, WorldFailure const& failure,
                             std::filesystem::path const& file, bool embed,
                             std::function<bool()> const& cancelled) {
    auto const live = [&](recording::JoinedWorld& world, auto const& update) {
        bool const whole = world.network().run_until(failure.log.edge_ns, [&] {
            update();
            return cancelled && cancelled();
        });
        if (!whole && cancelled && cancelled()) throw recording::Interrupted();
    };
    recording::WorldOptions const options = WorldLaboratory::options_of(scenario);
    recording::JoinedWorld world(options);
    world.network().set_log(failure.log);
    auto const bookmarks = [&](std::string const& name, recording::Recorder& recorder) {
        unsigned number = 0;
        auto const& life = world.machine(name).log().inputs();
        for (machine::Input const& input : disturbances_in(life, failure.log, name))
            recorder.bookmark({fmt::format("disturbance {}", ++number), input.at,
                               input.kind == machine::InputKind::stall
                                   ? "the machine loses time here"
                                   : "from here on the interrupt is disturbed",
                               "", std::nullopt});
        if (name == failure.machine)
            recorder.bookmark({"failure", failure.ending.at, failure.ending.text, "", std::nullopt});
    };
    if (!scenario.topology) {
        auto& member = world.members()[0];
        recording::Recorder recorder(file, member.config, embed);
        recorder.watch(*member.machine);
        live(world, [&] { recorder.update(*member.machine); });
        bookmarks(member.description.name, recorder);
        recorder.finish(*member.machine);
        return file;
    }
    recording::WorldRecording manifest;
    manifest.topology = scenario.topology_text;
    manifest.seed = options.seed;
    recording::WorldRecorder recorder(file, world, std::move(manifest), embed, false);
    live(world, [&] { recorder.update(); });
    for (auto const& member : world.members())
        bookmarks(member.description.name, recorder.member(member.description.name));
    recorder.finish();
    return recording::member_file(file, failure.machine);
}

}  // namespace sim::explore
