// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/explore_world.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "simulator/cli/interruption.hpp"
#include "simulator/recording/interrupted.hpp"

namespace sim::cli {

using nlohmann::json;

namespace {

std::uint64_t time_of(explore::Disturbance const& one) {
    return one.kind == explore::Disturbance::Kind::spurious ? one.at_ns : one.of.at_ns;
}

}  // namespace

WorldFinding explore_disturbances(explore::Scenario const& scenario, unsigned jobs, std::string const& file,
                                  bool embed, std::function<void(explore::Progress const&)> const& show) {
    explore::WorldExplorer explorer(scenario, jobs);
    WorldFinding finding;
    finding.result = explorer.run([&](explore::Progress const& progress) {
        show(progress);
        if (Interruption::requested()) explorer.interrupt();
    });
    if (finding.result.failure) try {
            finding.recording =
                explore::record(scenario, *finding.result.failure, file, embed, &Interruption::requested)
                    .string();
        } catch (recording::Interrupted const&) {
            finding.result.failure.reset();
            finding.result.interrupted = true;
        }
    return finding;
}

void tell(explore::Scenario const& scenario, WorldFinding const& finding) {
    explore::WorldResult const& result = finding.result;
    std::string const preemptions =
        scenario.disturbed_preemptions == 0
            ? ""
            : fmt::format(", with {} preemption{}", scenario.disturbed_preemptions,
                          scenario.disturbed_preemptions == 1 ? "" : "s");
    std::string const bounds =
        fmt::format("at most {} frame{} and {} interrupt{} disturbed{}, of {} events, and {} random handfuls",
                    scenario.frames, scenario.frames == 1 ? "" : "s", scenario.interrupts,
                    scenario.interrupts == 1 ? "" : "s", preemptions, result.events, scenario.random_runs);
    if (!result.failure) {
        fmt::print("{}: {} in {} runs ({})\n", scenario.name,
                   result.interrupted ? "interrupted, nothing found so far" : "nothing found", result.runs,
                   bounds);
        if (result.cut)
            fmt::print("  not all of these: --most-runs raises the limit of {}\n", scenario.most_runs);
        return;
    }
    auto const& failure = *result.failure;
    std::size_t const count = failure.disturbances.size();
    fmt::print("{}: found, with {} disturbance{}: {} of {} ({}), after {} runs\n", scenario.name, count,
               count == 1 ? "" : "s", name_of(failure.ending.verdict), failure.machine, failure.ending.text,
               result.runs);
    if (failure.random)
        fmt::print("  by chance with seed {}, shrunk from {} disturbances\n", failure.seed,
                   failure.before_shrinking);
    for (auto const& one : failure.disturbances)
        fmt::print("  {} (at {:.6f} ms; counted from {:.6f} ms)\n", describe(one),
                   static_cast<double>(time_of(one)) / 1e6, static_cast<double>(result.warm_ns) / 1e6);
    fmt::print("  failure at {}\n", to_string(failure.ending.at));
    fmt::print("  recorded: viv open '{}@bookmark:failure'\n", finding.recording);
}

json to_json(explore::Scenario const& scenario, WorldFinding const& finding) {
    explore::WorldResult const& result = finding.result;
    json line = {{"scenario", scenario.name},
                 {"found", result.failure.has_value()},
                 {"interrupted", result.interrupted},
                 {"warm_ns", result.warm_ns},
                 {"frames", scenario.frames},
                 {"interrupts", scenario.interrupts},
                 {"disturbed_preemptions", scenario.disturbed_preemptions},
                 {"events", result.events},
                 {"seed", scenario.seed},
                 {"complete", !result.cut && !result.interrupted && !result.failure},
                 {"runs", result.runs},
                 {"random", result.random}};
    if (!result.failure) return line;
    auto const& failure = *result.failure;
    line["failure"] = {{"verdict", name_of(failure.ending.verdict)},
                       {"status", failure.ending.status},
                       {"text", failure.ending.text},
                       {"machine", failure.machine},
                       {"at", to_string(failure.ending.at)},
                       {"by", failure.random ? "chance" : "bound"},
                       {"before_shrinking", failure.before_shrinking},
                       {"disturbances", json::array()},
                       {"recording", finding.recording}};
    if (failure.random) line["failure"]["seed"] = failure.seed;
    for (auto const& one : failure.disturbances)
        line["failure"]["disturbances"].push_back({{"text", describe(one)}, {"at_ns", time_of(one)}});
    return line;
}

}  // namespace sim::cli
