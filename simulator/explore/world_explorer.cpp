// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/world_explorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "simulator/machine/hash.hpp"

namespace sim::explore {

using Kind = Disturbance::Kind;

namespace {

constexpr std::size_t handful = 6;  // disturbances of a random run

}  // namespace

WorldExplorer::WorldExplorer(Scenario const& scenario, unsigned workers) : scenario_(scenario) {
    for (unsigned i = 0; i < std::max(workers, 1u); ++i)
        laboratories_.push_back(std::make_unique<WorldLaboratory>(scenario));
}

WorldExplorer::~WorldExplorer() = default;

void WorldExplorer::interrupt() {
    interrupted_ = true;
    for (auto const& one : laboratories_) one->interrupt();
}

bool WorldExplorer::tick() {
    auto const now = std::chrono::steady_clock::now();
    if (progress_ && now - told_ >= std::chrono::milliseconds(200)) {
        told_ = now;
        std::uint64_t const runs = runs_;
        progress_({runs, planned_ > runs ? planned_ - runs : 0,
                   std::chrono::duration<double>(now - began_).count(), stage_});
    }
    return !interrupted_;
}

std::size_t WorldExplorer::lowest(std::size_t count,
                                  std::function<bool(WorldLaboratory&, std::size_t)> const& job) {
    std::atomic<std::size_t> next{0}, best{count}, working{laboratories_.size()};
    std::mutex mutex;
    std::exception_ptr problem;
    std::vector<std::jthread> threads;
    for (auto const& laboratory : laboratories_)
        threads.emplace_back([&, &mine = *laboratory] {
            try {
                for (std::size_t number; !interrupted_ && (number = next++) < best;) {
                    if (!job(mine, number)) continue;
                    std::scoped_lock const lock(mutex);
                    best = std::min(best.load(), number);
                }
            } catch (...) {
                std::scoped_lock const lock(mutex);
                if (!problem) problem = std::current_exception();
                best = 0;
            }
            --working;
        });
    while (working > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        if (!tick()) interrupt();
    }
    threads.clear();
    if (problem) std::rethrow_exception(problem);
    return best;
}

// What may come besides, later than what there is: in the order of time.
std::vector<Disturbance> WorldExplorer::choices_after(Node const& node) const {
    unsigned frames = 0, interrupts = 0;
    std::uint64_t after_ns = 0;
    for (Disturbance const& one : node.disturbances) {
        ++(one.of_a_frame() ? frames : interrupts);
        after_ns = std::max(after_ns, one.at_ns);
    }
    std::vector<Disturbance> choices;
    std::uint64_t last_ns = laboratories_[0]->warm_ns();
    for (auto const& event : node.events) {
        bool const frame = event.machine.empty();
        std::uint64_t const before = std::exchange(last_ns, event.at_ns);
        if (event.at_ns < after_ns || (!node.disturbances.empty() && event.at_ns == after_ns)) continue;
        if (frame && frames < scenario_.frames)
            for (Kind const kind : {Kind::delay, Kind::drop, Kind::duplicate})
                choices.push_back({kind, event.at_ns, event.number,
                                   kind == Kind::delay ? scenario_.frame_delay_ns : 0, "", 0});
        if (frame || interrupts >= scenario_.interrupts) continue;
        choices.push_back(
            {Kind::late, event.at_ns, event.number, scenario_.late_ns, event.machine, event.vector});
        choices.push_back({Kind::lose, event.at_ns, event.number, 0, event.machine, event.vector});
        // As if it came early, between what was before and its own time.
        choices.push_back({Kind::spurious, std::max(after_ns + 1, before + (event.at_ns - before) / 2), 1, 0,
                           event.machine, event.vector});
    }
    return choices;
}

WorldResult WorldExplorer::run(std::function<void(Progress const&)> const& progress) {
    progress_ = progress;
    began_ = told_ = std::chrono::steady_clock::now();
    result_ = {};
    stage_ = "free run";
    for (auto const& one : laboratories_) one->warm_up();
    result_.warm_ns = laboratories_[0]->warm_ns();
    auto const free_run = laboratories_[0]->run({});
    result_.runs = ++runs_;
    result_.events = free_run.events.size();
    result_.interrupted = free_run.ending.verdict == Verdict::interrupted;
    result_.cut = free_run.truncated;
    if (is_failure(free_run.ending.verdict)) result_.failure = describe({});
    if (result_.failure || result_.interrupted) return result_;

    Node const root{{}, free_run.events};
    std::vector<Node> nodes{root};
    unsigned const bound = scenario_.frames + scenario_.interrupts;
    for (unsigned level = 1; level <= bound && !nodes.empty(); ++level) {
        stage_ = fmt::format("{} disturbance{}", level, level == 1 ? "" : "s");
        result_.failure = with_one_more(nodes, level == bound);
        if (result_.failure || result_.interrupted) return result_;
    }
    if (bound > 0 && scenario_.random_runs > 0) result_.failure = by_chance(root);
    return result_;
}

std::optional<WorldFailure> WorldExplorer::with_one_more(std::vector<Node>& nodes, bool last) {
    struct Try {
        Node const* node;
        Disturbance one;
    };
    std::vector<Try> tries;
    for (Node const& node : nodes)
        for (Disturbance& one : choices_after(node)) tries.push_back({&node, std::move(one)});
    std::uint64_t const left = scenario_.most_runs > result_.runs ? scenario_.most_runs - result_.runs : 0;
    if (tries.size() > left) {
        tries.resize(left);
        result_.cut = true;
    }
    planned_ = runs_ + tries.size();
    std::vector<Node> grown(last ? 0 : tries.size());
    auto const with = [&](std::size_t number) {
        std::vector<Disturbance> all = tries[number].node->disturbances;
        all.push_back(tries[number].one);
        return all;
    };
    std::size_t const best = lowest(tries.size(), [&](WorldLaboratory& laboratory, std::size_t number) {
        auto future = laboratory.run(with(number));
        ++runs_;
        if (!last) grown[number] = {with(number), std::move(future.events)};
        return is_failure(future.ending.verdict);
    });
    result_.runs += std::min(best + 1, tries.size());
    if (interrupted_) {
        result_.interrupted = true;
        return std::nullopt;
    }
    if (best < tries.size()) return describe(with(best));
    nodes = std::move(grown);
    return std::nullopt;
}

// More at once than the bound allows, chosen by seeds; then without each that
// is not needed.
std::optional<WorldFailure> WorldExplorer::by_chance(Node const& free_run) {
    stage_ = "random disturbances";
    auto const choices = choices_after(free_run);
    if (choices.empty()) return std::nullopt;
    planned_ = runs_ + scenario_.random_runs;
    auto const chosen = [&](std::size_t number) {
        std::vector<Disturbance> all;
        for (std::size_t i = 0; i < handful; ++i) {
            std::uint64_t const dice = machine::scramble(machine::scramble(scenario_.seed + number) ^ i);
            Disturbance const& one = choices[dice % choices.size()];
            if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
        }
        std::stable_sort(all.begin(), all.end(),
                         [](auto const& a, auto const& b) { return a.at_ns < b.at_ns; });
        return all;
    };
    std::size_t const count = static_cast<std::size_t>(scenario_.random_runs);
    std::size_t const best = lowest(count, [&](WorldLaboratory& laboratory, std::size_t number) {
        bool const failed = is_failure(laboratory.run(chosen(number)).ending.verdict);
        ++runs_;
        return failed;
    });
    result_.random = std::min(best + 1, count);
    result_.runs += result_.random;
    if (interrupted_) {
        result_.interrupted = true;
        return std::nullopt;
    }
    if (best == count) return std::nullopt;
    stage_ = "shrinking";
    std::vector<Disturbance> needed = chosen(best);
    std::size_t const before = needed.size();
    for (std::size_t i = needed.size(); i-- > 0 && tick();) {
        auto without = needed;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        ++runs_;
        if (is_failure(laboratories_[0]->run(without).ending.verdict)) needed = std::move(without);
    }
    WorldFailure failure = describe(needed);
    failure.random = true;
    failure.seed = scenario_.seed + best;
    failure.before_shrinking = before;
    return failure;
}

WorldFailure WorldExplorer::describe(std::vector<Disturbance> const& disturbances) {
    WorldLaboratory& laboratory = *laboratories_[0];
    auto const future = laboratory.run(disturbances);
    WorldFailure failure;
    failure.ending = future.ending;
    failure.machine = future.machine;
    failure.disturbances = disturbances;
    failure.before_shrinking = disturbances.size();
    failure.log = laboratory.log();
    failure.log.edge_ns = future.ending.virtual_ns;
    return failure;
}

// --- The recording ---

std::filesystem::path record(Scenario const& scenario, WorldFailure const& failure,
                             std::filesystem::path const& file, bool embed) {
    recording::WorldOptions const options = WorldLaboratory::options_of(scenario);
    recording::JoinedWorld world(options);
    world.network().set_log(failure.log);
    auto const bookmarks = [&](std::string const& name, recording::Recorder& recorder) {
        machine::Machine const& machine = world.machine(name);
        unsigned number = 0;
        for (auto const& input : machine.log().inputs()) {
            if (input.target != "lapic0") continue;
            recorder.bookmark({fmt::format("disturbance {}", ++number), input.at,
                               "from here on the interrupt is disturbed", "", std::nullopt});
        }
        if (name == failure.machine)
            recorder.bookmark({"failure", failure.ending.at, failure.ending.text, "", std::nullopt});
    };
    if (!scenario.topology) {
        auto& member = world.members()[0];
        recording::Recorder recorder(file, member.config, embed);
        recorder.watch(*member.machine);
        world.network().run_until(failure.log.edge_ns,
                                  [&] { return recorder.update(*member.machine), false; });
        bookmarks(member.description.name, recorder);
        recorder.finish(*member.machine);
        return file;
    }
    recording::WorldRecording manifest;
    manifest.topology = scenario.topology_text;
    manifest.seed = options.seed;
    recording::WorldRecorder recorder(file, world, std::move(manifest), embed, false);
    world.network().run_until(failure.log.edge_ns, [&] { return recorder.update(), false; });
    for (auto const& member : world.members())
        bookmarks(member.description.name, recorder.member(member.description.name));
    recorder.finish();
    return recording::member_file(file, failure.machine);
}

}  // namespace sim::explore
