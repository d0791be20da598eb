// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/explorer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/explore/random_schedule.hpp"
#include "simulator/explore/seeds.hpp"
#include "simulator/recording/interrupted.hpp"

namespace sim::explore {

using machine::Moment;

namespace {

// Of schedules that others go on from.
constexpr std::size_t nodes_at_once = 64;

std::vector<std::unique_ptr<Laboratory>> laboratories(Scenario const& scenario,
                                                      std::shared_ptr<Subject const> const& subject,
                                                      unsigned count) {
    std::vector<std::unique_ptr<Laboratory>> all;
    for (unsigned i = 0; i < std::max(1u, count); ++i)
        all.push_back(std::make_unique<Laboratory>(scenario, subject));
    return all;
}

void check(Ending const& ending) {
    if (ending.verdict == Verdict::interrupted) throw recording::Interrupted();
}

}  // namespace

Explorer::Explorer(Scenario const& scenario, unsigned workers, std::uint64_t most_held)
    : scenario_(scenario),
      subject_(std::make_shared<Subject const>(scenario.config)),
      workers_(laboratories(scenario, subject_, workers)),
      most_held_(most_held) {}

Explorer::~Explorer() = default;

bool Explorer::tick() {
    tally_.tick();
    return !interrupted_.load();
}

Result Explorer::run(std::function<void(Progress const&)> const& progress) {
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

void Explorer::search() {
    std::vector<Node> nodes = free_run();
    if (result_.failure) return;

    for (unsigned level = 1; level <= scenario_.preemptions && !nodes.empty(); ++level) {
        tally_.stage(fmt::format("{} preemption{}", level, level == 1 ? "" : "s"));
        auto const found = with_one_more(nodes, level == scenario_.preemptions);
        if (found) result_.failure = describe(*found);
        if (result_.failure) break;
    }
    result_.schedules = result_.runs;
    if (!result_.failure && scenario_.random_runs > 0) result_.failure = randomised();
}

// No preemption at all: what the program does in peace, and where it shares.
std::vector<Explorer::Node> Explorer::free_run() {
    tally_.stage("free run");
    Laboratory::Observed observed;
    workers_.alone(
        [&](Laboratory& laboratory) {
            warm_ = laboratory.warm_up();
            observed = laboratory.observe(warm_, {}, nullptr);
        },
        [this] { return tick(); });
    check(observed.ending);
    result_.warm = warm_.moment();
    tally_.count();
    result_.runs = result_.schedules = 1;
    result_.by_preemptions = {1};
    result_.free_run = observed.ending;
    if (is_failure(observed.ending.verdict)) {
        result_.failure = describe({});
        return {};
    }

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
    std::vector<Node> nodes;
    nodes.push_back({{}, order, Known{warm_, candidates(observed.trace, warm_.moment()), 0}});
    return nodes;
}

// What a watched run of the node told.
void Explorer::learn(Node& node, Laboratory::Observed& observed) {
    Known known{std::move(observed.after_last), {}, 0};
    known.next = candidates(observed.trace, known.start.moment());
    known.bytes = known.next.size() * sizeof(Moment) +
                  machine::own_bytes(warm_.checkpoint.get(), *known.start.checkpoint);
    for (auto const& input : known.start.inputs) known.bytes += sizeof input + input.bytes.size();
    node.known = std::move(known);
    held_ += node.known->bytes;
}

void Explorer::forget(Node& node) {
    if (node.known) held_ -= node.known->bytes;
    node.known.reset();
}

// Tries every node with one preemption more. The first that fails, in order; or
// none, and `nodes` are those to go on from.
std::optional<Explorer::Prefix> Explorer::with_one_more(std::vector<Node>& nodes, bool last) {
    result_.by_preemptions.push_back(0);
    std::vector<Node> grown;
    for (std::size_t first = 0; first < nodes.size() && !result_.cut; first += nodes_at_once) {
        auto const some = std::span(nodes).subspan(first, std::min(nodes_at_once, nodes.size() - first));
        tally_.plan(0);  // until it is known what follows from these
        // Those of which too much was known to keep it.
        workers_.run(
            some.size(),
            [&](Laboratory& laboratory, std::size_t number) {
                Node& node = some[number];
                if (node.known) return false;
                // Watched from where it was watched before: the same is told.
                auto const all = std::span<Moment const>(node.preemptions);
                Start const start = laboratory.after(warm_, all.first(all.size() - 1));
                auto observed = laboratory.observe(start, all.last(1), &pages_);
                if (observed.ending.verdict != Verdict::interrupted) learn(node, observed);
                return false;
            },
            [this] { return tick(); });
        if (interrupted_) throw recording::Interrupted();
        if (auto const failing = try_some(some, last, grown)) return failing;
        for (Node& node : some) forget(node);
    }
    nodes = std::move(grown);
    return std::nullopt;
}

std::optional<Explorer::Prefix> Explorer::try_some(std::span<Node const> nodes, bool last,
                                                   std::vector<Node>& kept) {
    struct Try {
        Node const* node;
        Moment at;
    };
    std::vector<Try> tries;
    for (Node const& node : nodes)
        for (Moment const at : node.known->next) tries.push_back({&node, at});
    std::uint64_t const left = scenario_.most_runs > result_.runs ? scenario_.most_runs - result_.runs : 0;
    if (tries.size() > left) {
        tries.resize(left);
        result_.cut = true;
    }
    tally_.plan(tries.size());

    std::vector<Node> grown(last ? 0 : tries.size());
    std::size_t const best = workers_.run(
        tries.size(),
        [&](Laboratory& laboratory, std::size_t number) {
            Try const& one = tries[number];
            Start const& start = one.node->known->start;
            Ending ending;
            if (last) {
                ending = laboratory.run(start, {&one.at, 1});
            } else {
                auto observed = laboratory.observe(start, {&one.at, 1}, &pages_);
                ending = observed.ending;
                Node& node = grown[number];
                node.preemptions = one.node->preemptions;
                node.preemptions.push_back(one.at);
                node.order = order_hash(observed.trace);
                learn(node, observed);
                if (held_ > most_held_) forget(node);
            }
            tally_.count();
            return is_failure(ending.verdict);
        },
        [this] { return tick(); });
    // Which of the later ones were begun meanwhile is a matter of the host.
    std::uint64_t const counted = std::min(best + 1, tries.size());
    result_.by_preemptions.back() += counted;
    result_.runs += counted;
    if (interrupted_) throw recording::Interrupted();
    if (best < tries.size()) {
        Prefix failing = tries[best].node->preemptions;
        failing.push_back(tries[best].at);
        return failing;
    }
    for (Node& node : grown) {
        if (orders_.insert(node.order).second) {
            kept.push_back(std::move(node));
        } else {
            ++result_.equal;
            forget(node);
        }
    }
    return std::nullopt;
}

std::optional<Failure> Explorer::randomised() {
    tally_.stage("random priorities");
    struct Count final : Laboratory::Strategy {
        std::uint64_t steps = 0;
        bool preempt_at_step(ThreadTracker const&, std::uint64_t) override { return ++steps, false; }
    } count;
    workers_.alone([&](Laboratory& laboratory) { check(laboratory.steer(warm_, count, steps_).ending); },
                   [this] { return tick(); });
    tally_.plan(scenario_.random_runs);
    auto const seed_of = [&](std::size_t number) { return seed_of_run(scenario_.seed, number); };
    std::size_t const best = workers_.run(
        scenario_.random_runs,
        [&](Laboratory& laboratory, std::size_t number) {
            RandomPriorities strategy(seed_of(number), scenario_.depth, count.steps);
            auto const steered = laboratory.steer(warm_, strategy, steps_);
            tally_.count();
            return is_failure(steered.ending.verdict);
        },
        [this] { return tick(); });
    result_.random = std::min<std::uint64_t>(best + 1, scenario_.random_runs);
    result_.runs += result_.random;
    if (interrupted_) throw recording::Interrupted();
    if (best == scenario_.random_runs) return std::nullopt;

    tally_.stage("shrinking");
    std::optional<Failure> failure;
    workers_.alone(
        [&](Laboratory& laboratory) {
            RandomPriorities strategy(seed_of(best), scenario_.depth, count.steps);
            failure = shrink(laboratory, strategy);
        },
        [this] { return tick(); });
    failure->random = true;
    failure->seed = seed_of(best);
    return failure;
}

// Leaves out what is not needed.
Failure Explorer::shrink(Laboratory& laboratory, RandomPriorities& strategy) {
    auto shortest = laboratory.steer(warm_, strategy, steps_);
    std::size_t const found_with = shortest.preemptions.size();
    // Without the last ones the earlier ones stay where they are.
    for (std::size_t kept = 0; kept < found_with && !interrupted_; ++kept) {
        Prefix beginning;
        for (std::size_t i = 0; i < kept; ++i) beginning.push_back(shortest.preemptions[i].at);
        tally_.count();
        if (!is_failure(laboratory.run(warm_, beginning).verdict)) continue;
        shortest.preemptions.resize(kept);
        break;
    }
    std::vector<Place> places = strategy.places();
    places.resize(std::min(places.size(), shortest.preemptions.size()));
    auto const fails = [&](std::vector<Place> const& wanted) {
        FixedPlaces fixed(wanted);
        auto steered = laboratory.steer(warm_, fixed, steps_);
        tally_.count();
        bool const failed = is_failure(steered.ending.verdict);
        if (failed && steered.preemptions.size() <= shortest.preemptions.size())
            shortest = std::move(steered);
        return failed;
    };
    if (fails(places)) {
        for (bool smaller = true; smaller;) {
            smaller = false;
            for (std::size_t i = places.size(); i-- > 0 && !interrupted_;) {
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
    Failure failure = describe(laboratory, moments);
    failure.before_shrinking = found_with;
    return failure;
}

Failure Explorer::describe(Prefix const& prefix) {
    tally_.plan(0);
    std::optional<Failure> failure;
    workers_.alone([&](Laboratory& laboratory) { failure = describe(laboratory, prefix); },
                   [this] { return tick(); });
    return std::move(*failure);
}

// Once more, watched, for the recording and the two accesses.
Failure Explorer::describe(Laboratory& laboratory, Prefix const& prefix) {
    if (interrupted_) throw recording::Interrupted();
    auto observed = laboratory.observe(warm_, prefix, nullptr);
    check(observed.ending);
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
