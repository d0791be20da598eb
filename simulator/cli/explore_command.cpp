// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/explore_command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "simulator/cli/explore_world.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/explore/finding.hpp"
#include "simulator/recording/interrupted.hpp"

namespace sim::cli {
namespace {

using nlohmann::json;

constexpr unsigned most_jobs = 64;

void show(explore::Progress const& progress) {
    if (!isatty(STDERR_FILENO)) return;
    double const rate =
        progress.seconds > 0 ? 60.0 * static_cast<double>(progress.runs) / progress.seconds : 0;
    fmt::print(stderr, "\r\x1b[Kviv: {}: {} runs, {} left, {:.0f} a minute", progress.stage, progress.runs,
               progress.left, rate);
    std::fflush(stderr);
}

std::string bounds_of(explore::Scenario const& scenario) {
    return fmt::format("all schedules with at most {} preemption{}, {} random ones of depth {} from seed {}",
                       scenario.preemptions, scenario.preemptions == 1 ? "" : "s", scenario.random_runs,
                       scenario.depth, scenario.seed);
}

std::string file_name(std::string const& scenario) {
    std::string name = scenario.substr(scenario.find_last_of('/') + 1);
    std::replace(name.begin(), name.end(), ':', '-');
    return "explore-" + name.substr(0, name.rfind(".json")) + ".run";
}

std::string open_line(std::string const& file, std::string const& bookmark) {
    return fmt::format("viv open '{}@bookmark:{}'", file, bookmark);
}

json to_json(explore::Spot const& spot) {
    return {{"at", to_string(spot.at)},
            {"thread", spot.thread},
            {"function", spot.function},
            {"line", spot.line},
            {"what", spot.what}};
}

json to_json(explore::Scenario const& scenario, explore::Result const& result,
             std::optional<explore::Finding> const& finding) {
    json line = {{"scenario", scenario.name},
                 {"found", result.failure.has_value()},
                 {"interrupted", result.interrupted},
                 {"warm", to_string(result.warm)},
                 {"preemptions", scenario.preemptions},
                 {"random_runs", scenario.random_runs},
                 {"depth", scenario.depth},
                 {"seed", scenario.seed},
                 {"complete", !result.cut && !result.interrupted && !result.failure},
                 {"runs", result.runs},
                 {"runs_by_preemptions", result.by_preemptions},
                 {"equal_orders", result.equal},
                 {"random", result.random}};
    if (!result.failure) return line;
    auto const& failure = *result.failure;
    line["failure"] = {{"verdict", name_of(failure.ending.verdict)},
                       {"status", failure.ending.status},
                       {"text", failure.ending.text},
                       {"at", to_string(failure.ending.at)},
                       {"by", failure.random ? "random priorities" : "preemption bound"},
                       {"preemptions", json::array()},
                       {"before_shrinking", failure.before_shrinking}};
    if (failure.random) line["failure"]["seed"] = failure.seed;
    if (!finding) return line;
    for (auto const& spot : finding->preemptions) line["failure"]["preemptions"].push_back(to_json(spot));
    if (finding->first) line["failure"]["first_access"] = to_json(*finding->first);
    if (finding->second) line["failure"]["second_access"] = to_json(*finding->second);
    line["failure"]["recording"] = finding->file;
    return line;
}

void tell(explore::Scenario const& scenario, explore::Result const& result,
          std::optional<explore::Finding> const& finding) {
    if (!result.failure) {
        fmt::print("{}: {} in {} runs ({})\n", scenario.name,
                   result.interrupted ? "interrupted, nothing found so far" : "nothing found", result.runs,
                   bounds_of(scenario));
        if (result.cut)
            fmt::print(
                "  not all of these schedules: the limit of {} runs was reached; --most-runs raises it\n",
                scenario.most_runs);
        return;
    }
    auto const& failure = *result.failure;
    std::size_t const count = failure.preemptions.size();
    fmt::print("{}: found, with {} preemption{}: {} ({}), after {} runs\n", scenario.name, count,
               count == 1 ? "" : "s", name_of(failure.ending.verdict), failure.ending.text, result.runs);
    if (failure.random)
        fmt::print("  by random priorities with seed {}, shrunk from {} preemptions\n", failure.seed,
                   failure.before_shrinking);
    if (!finding) return;
    for (auto const& spot : finding->preemptions) fmt::print("  preemption     {}\n", describe(spot));
    if (finding->first) fmt::print("  first access   {}\n", describe(*finding->first));
    if (finding->second) fmt::print("  second access  {}\n", describe(*finding->second));
    fmt::print("  failure        at {}\n", to_string(failure.ending.at));
    fmt::print("  recorded: {}\n", open_line(finding->file, finding->second ? "second access" : "failure"));
}

bool disturbs(explore::Scenario const& scenario) {
    return scenario.topology || scenario.frames + scenario.interrupts + scenario.disturbed_preemptions > 0;
}

explore::Scenario scenario_of(ExploreWords const& words) {
    explore::Scenario scenario = explore::scenario_of(words.scenario);
    auto& line = scenario.config.command_line;
    if (!words.append.empty()) line += (line.empty() ? "" : " ") + words.append;
    if (!words.warm.empty()) scenario.warm = words.warm;
    scenario.preemptions = words.preemptions.value_or(scenario.preemptions);
    scenario.depth = words.depth.value_or(scenario.depth);
    scenario.random_runs = words.runs.value_or(scenario.random_runs);
    scenario.most_runs = words.most_runs.value_or(scenario.most_runs);
    scenario.seed = words.seed.value_or(scenario.seed);
    scenario.frames = words.frames.value_or(scenario.frames);
    scenario.interrupts = words.interrupts.value_or(scenario.interrupts);
    scenario.disturbed_preemptions = words.with_preemptions.value_or(scenario.disturbed_preemptions);
    auto const duration = [](std::string const& text, char const* option, std::uint64_t& into) {
        if (text.empty()) return;
        auto const ns = machine::parse_duration(text);
        if (!ns || *ns == 0)
            throw std::runtime_error(fmt::format("{} {}: want a duration such as 5ms", option, text));
        into = *ns;
    };
    duration(words.frame_delay, "--frame-delay", scenario.frame_delay_ns);
    duration(words.late, "--late", scenario.late_ns);
    if (scenario.frames > 0 && !scenario.topology)
        throw std::runtime_error(
            fmt::format("{}: a machine that is alone has no frames to disturb; name a \"topology\" in a "
                        "scenario file (docs/reference/explore.md)",
                        scenario.name));
    if (scenario.topology && (!words.append.empty() || !words.invariants.empty()))
        throw std::runtime_error(fmt::format(
            "{}: --append and --invariant are for one machine; its topology says what runs", scenario.name));
    scenario.invariants.insert(scenario.invariants.end(), words.invariants.begin(), words.invariants.end());
    return scenario;
}

}  // namespace

void add_explore(CLI::App& app, ExploreWords& words) {
    auto* explore = app.add_subcommand(
        "explore",
        "Run the schedules of a scenario, and record the first that fails, at the switch that matters.");
    explore->add_option("SCENARIO", words.scenario, "APP, APP:N (its word race=N), APP:N:fixed or FILE.json")
        ->required();
    explore->add_option("--append", words.append, "words for the guest's command line")
        ->type_name("\"WORDS\"");
    explore->add_option("--warm", words.warm, "where every run begins: a probe's name, or a moment")
        ->type_name("PROBE|MOMENT");
    explore->add_option("--preemptions", words.preemptions, "try all schedules with at most so many")
        ->type_name("N")
        ->check(CLI::Range(0u, 4u).description(""));
    explore->add_option("--most-runs", words.most_runs, "but at most so many runs")->type_name("N");
    explore->add_option("--runs", words.runs, "then so many with random priorities")->type_name("N");
    explore->add_option("--depth", words.depth, "of those: switches that the bug may need")
        ->type_name("N")
        ->check(CLI::Range(1u, 64u).description(""));
    explore->add_option("--seed", words.seed, "the first seed of the random ones")->type_name("N");
    explore
        ->add_option("--invariant", words.invariants,
                     "an expression that must hold at every switch of threads")
        ->type_name("EXPR")
        ->allow_extra_args(false);
    explore
        ->add_option("--frames", words.frames,
                     "then disturb at most so many frames of a topology: late, lost, doubled")
        ->type_name("N")
        ->check(CLI::Range(0u, 4u).description(""));
    explore
        ->add_option("--interrupts", words.interrupts, "and at most so many interrupts: late, lost, unasked")
        ->type_name("N")
        ->check(CLI::Range(0u, 4u).description(""));
    explore
        ->add_option(
            "--with-preemptions", words.with_preemptions,
            "and together with these at most so many preemptions, at the kernel's lock and thread probes")
        ->type_name("N")
        ->check(CLI::Range(0u, 4u).description(""));
    explore->add_option("--frame-delay", words.frame_delay, "of a frame that comes late: others overtake it")
        ->type_name("TIME");
    explore->add_option("--late", words.late, "of an interrupt that comes late")->type_name("TIME");
    explore->add_option("--jobs", words.jobs, "runs side by side; the result is the same for any number")
        ->type_name("N")
        ->check(CLI::Range(1u, most_jobs).description(""));
    explore->add_option("--record", words.record, "the recording of the failure")->type_name("FILE");
    explore->add_flag("--embed", words.embed, "put the image into the recording");
    explore->add_flag("--json", words.json, "print the verdict as one line of JSON on stdout");
}

int explore(ExploreWords const& words) {
    explore::Scenario const scenario = scenario_of(words);
    unsigned const processors = std::clamp(std::thread::hardware_concurrency(), 1u, most_jobs);
    unsigned const jobs = words.jobs ? words.jobs : processors;
    std::string const file = words.record.empty() ? file_name(scenario.name) : words.record;
    Interruption interruption;
    // Schedules of threads first, then frames and interrupts.
    std::optional<explore::Result> schedules;
    std::optional<explore::Finding> finding;
    if (!scenario.topology && (scenario.preemptions > 0 || scenario.random_runs > 0 || !disturbs(scenario))) {
        explore::Explorer explorer(scenario, jobs);
        schedules = explorer.run([&](explore::Progress const& progress) {
            show(progress);
            if (Interruption::requested()) explorer.interrupt();
        });
        try {
            if (schedules->failure)
                finding = explore::record(scenario, *schedules->failure, file, words.embed,
                                          &Interruption::requested);
        } catch (recording::Interrupted const&) {
            schedules->failure.reset();
            schedules->interrupted = true;
        }
    }
    bool const over = schedules && (schedules->failure || schedules->interrupted);
    std::optional<WorldFinding> disturbed;
    if (!over && disturbs(scenario))
        disturbed = explore_disturbances(scenario, jobs, file, words.embed, show);
    if (isatty(STDERR_FILENO)) fmt::print(stderr, "\r\x1b[K");
    if (words.json) {
        json line = schedules ? to_json(scenario, *schedules, finding) : to_json(scenario, *disturbed);
        if (schedules && disturbed) {
            line["disturbed"] = to_json(scenario, *disturbed);
            line["found"] = disturbed->result.failure.has_value();
        }
        print_line(line);
    } else {
        if (schedules) tell(scenario, *schedules, finding);
        if (disturbed) tell(scenario, *disturbed);
    }
    std::fflush(stdout);
    if (finding || (disturbed && disturbed->result.failure)) return status_differs;
    bool const interrupted =
        (schedules && schedules->interrupted) || (disturbed && disturbed->result.interrupted);
    return interrupted ? status_interrupted : status_right;
}

}  // namespace sim::cli
