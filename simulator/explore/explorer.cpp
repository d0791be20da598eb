// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/explorer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/explore/random_schedule.hpp"

namespace sim::explore {

using machine::Moment;

Explorer::Explorer(Scenario const& scenario, unsigned workers)
    : scenario_(scenario),
      subject_(std::make_shared<Subject const>(scenario.config)),
      workers_(scenario, subject_, workers) {}

Explorer::~Explorer() = default;

bool Explorer::tick() {
    auto const now = std::chrono::steady_clock::now();
    if (progress_ && now - told_ >= std::chrono::milliseconds(200)) {
        told_ = now;
        Progress progress;
        progress.runs = runs_.load();
        progress.left = planned_.load() > progress.runs ? planned_.load() - progress.runs : 0;
        progress.seconds = std::chrono::duration<double>(now - began_).count();
        progress.stage = stage_;
        progress_(progress);
    }
    return !interrupted_.load();
}

Result Explorer::run(std::function<void(Progress const&)> const& progress) {
    progress_ = progress;
    began_ = told_ = std::chrono::steady_clock::now();
    result_ = {};
    std::vector<Node> nodes = free_run();
    if (result_.failure) return result_;

    for (unsigned level = 1; level <= scenario_.preemptions && !nodes.empty(); ++level) {
        stage_ = fmt::format("{} preemption{}", level, level == 1 ? "" : "s");
        auto const found = with_one_more(nodes, level == scenario_.preemptions);
        if (found) result_.failure = describe(*found);
        if (result_.failure || result_.interrupted) break;
    }
    result_.schedules = result_.runs;
    if (!result_.failure && !result_.interrupted && scenario_.random_runs > 0) result_.failure = randomised();
    return result_;
}

// No preemption at all: what the program does in peace, and where it shares.
std::vector<Explorer::Node> Explorer::free_run() {
    Laboratory& laboratory = workers_.first();
    stage_ = "free run";
    warm_ = laboratory.warm_up();
    result_.warm = warm_.moment();
    auto observed = laboratory.observe(warm_, {}, nullptr);
    runs_ = 1;
    result_.runs = result_.schedules = 1;
    result_.by_preemptions = {1};
    result_.free_run = observed.ending;
    result_.interrupted = observed.ending.verdict == Verdict::interrupted;
    if (is_failure(observed.ending.verdict)) {
        result_.failure = describe({});
        return {};
    }
    if (result_.interrupted) return {};

    std::map<std::uint64_t, std::uint64_t> user_of_page;
    auto const shared = conflicts(observed.trace);
    std::set<std::uint64_t> steps;
    for (Access const& access : observed.trace.accesses) {
        std::uint64_t const page = access.granule * 8 / 4096;
        auto const [at, fresh] = user_of_page.try_emplace(page, access.thread);
        if (!fresh && at->second != access.thread) pages_.insert(page);
        if (shared.contains(access.granule)) steps.insert(access.rip);
    }
    steps_ = {steps.begin(), steps.end()};
    std::uint64_t const order = order_hash(observed.trace);
    orders_.insert(order);
    return {{{}, warm_, candidates(observed.trace, warm_.moment()), order}};
}

// Tries every node with one preemption more. The first that fails, in order; or
// none, and `nodes` are those to go on from.
std::optional<Explorer::Prefix> Explorer::with_one_more(std::vector<Node>& nodes, bool last) {
    struct Try {
        Node const* node;
        Moment at;
    };
    std::vector<Try> tries;
    for (Node const& node : nodes)
        for (Moment const at : node.next) tries.push_back({&node, at});
    std::uint64_t const left = scenario_.most_runs > result_.runs ? scenario_.most_runs - result_.runs : 0;
    if (tries.size() > left) {
        tries.resize(left);
        result_.cut = true;
    }
    planned_ = runs_ + tries.size();

    std::vector<Node> grown(last ? 0 : tries.size());
    std::size_t const best = workers_.run(
        tries.size(),
        [&](Laboratory& laboratory, std::size_t number) {
            Try const& one = tries[number];
            Ending ending;
            if (last) {
                ending = laboratory.run(one.node->start, {&one.at, 1});
            } else {
                auto observed = laboratory.observe(one.node->start, {&one.at, 1}, &pages_);
                ending = observed.ending;
                Node& node = grown[number];
                node.preemptions = one.node->preemptions;
                node.preemptions.push_back(one.at);
                node.start = observed.after_last;
                node.next = candidates(observed.trace, node.start.moment());
                node.order = order_hash(observed.trace);
            }
            ++runs_;
            return is_failure(ending.verdict);
        },
        [this] { return tick(); });
    // Which of the later ones were begun meanwhile is a matter of the host.
    std::uint64_t const counted = std::min(best + 1, tries.size());
    result_.by_preemptions.push_back(counted);
    result_.runs += counted;
    if (interrupted_) {
        result_.interrupted = true;
        return std::nullopt;
    }
    if (best < tries.size()) {
        Prefix failing = tries[best].node->preemptions;
        failing.push_back(tries[best].at);
        return failing;
    }
    std::vector<Node> kept;
    for (Node& node : grown) {
        if (orders_.insert(node.order).second)
            kept.push_back(std::move(node));
        else
            ++result_.equal;
    }
    nodes = std::move(kept);
    return std::nullopt;
}

std::optional<Failure> Explorer::randomised() {
    stage_ = "random priorities";
    struct Count final : Laboratory::Strategy {
        std::uint64_t steps = 0;
        bool preempt_at_step(ThreadTracker const&, std::uint64_t) override { return ++steps, false; }
    } count;
    workers_.first().steer(warm_, count, steps_);
    planned_ = runs_ + scenario_.random_runs;
    auto const seed_of = [&](std::size_t number) { return scenario_.seed + number; };
    std::size_t const best = workers_.run(
        scenario_.random_runs,
        [&](Laboratory& laboratory, std::size_t number) {
            RandomPriorities strategy(seed_of(number), scenario_.depth, count.steps);
            auto const steered = laboratory.steer(warm_, strategy, steps_);
            ++runs_;
            return is_failure(steered.ending.verdict);
        },
        [this] { return tick(); });
    result_.random = std::min<std::uint64_t>(best + 1, scenario_.random_runs);
    result_.runs += result_.random;
    if (interrupted_) {
        result_.interrupted = true;
        return std::nullopt;
    }
    if (best == scenario_.random_runs) return std::nullopt;

    // Shrink: leave out what is not needed.
    stage_ = "shrinking";
    Laboratory& laboratory = workers_.first();
    RandomPriorities strategy(seed_of(best), scenario_.depth, count.steps);
    auto shortest = laboratory.steer(warm_, strategy, steps_);
    std::size_t const found_with = shortest.preemptions.size();
    // Without the last ones the earlier ones stay where they are.
    for (std::size_t kept = 0; kept < found_with && tick(); ++kept) {
        Prefix beginning;
        for (std::size_t i = 0; i < kept; ++i) beginning.push_back(shortest.preemptions[i].at);
        ++runs_;
        if (!is_failure(laboratory.run(warm_, beginning).verdict)) continue;
        shortest.preemptions.resize(kept);
        break;
    }
    std::vector<Place> places = strategy.places();
    places.resize(std::min(places.size(), shortest.preemptions.size()));
    auto const fails = [&](std::vector<Place> const& wanted) {
        FixedPlaces fixed(wanted);
        auto steered = laboratory.steer(warm_, fixed, steps_);
        ++runs_;
        bool const failed = is_failure(steered.ending.verdict);
        if (failed && steered.preemptions.size() <= shortest.preemptions.size())
            shortest = std::move(steered);
        return failed;
    };
    if (fails(places)) {
        for (bool smaller = true; smaller;) {
            smaller = false;
            for (std::size_t i = places.size(); i-- > 0 && tick();) {
                auto without = places;
                without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
                if (!fails(without)) continue;
                places = std::move(without);
                smaller = true;
            }
        }
    }
    Prefix moments;
    for (Preemption const& preemption : shortest.preemptions) moments.push_back(preemption.at);
    Failure failure = describe(moments);
    failure.random = true;
    failure.seed = seed_of(best);
    failure.before_shrinking = found_with;
    return failure;
}

// Once more, watched, for the recording and the two accesses.
Failure Explorer::describe(Prefix const& prefix) {
    Laboratory& laboratory = workers_.first();
    auto observed = laboratory.observe(warm_, prefix, nullptr);
    Failure failure;
    failure.ending = observed.ending;
    failure.preemptions = observed.preemptions;
    failure.before_shrinking = prefix.size();
    failure.inputs = laboratory.inputs();
    if (!observed.preemptions.empty())
        failure.pair = conflicting_pair(observed.trace, observed.preemptions.back().at,
                                        observed.preemptions.back().thread);
    failure.trace = std::move(observed.trace);
    return failure;
}

}  // namespace sim::explore
