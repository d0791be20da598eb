// SPDX-License-Identifier: GPL-2.0-or-later
//
// viv lab grade: a class from the command line. Exit status 0: every submission has its
// points; 1: some have no verdict; 2: wrong use, or nothing confines here.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "labs/course/adapters.hpp"
#include "labs/course/class_report.hpp"
#include "labs/course/commands.hpp"
#include "labs/course/grade.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

struct Asked {
    GradeOptions options;
    std::string submissions, out, seeds, shard, format = "neutral";
    std::optional<int> lab;
    bool one = false, json = false;
};

std::string line_of(Graded const& graded) {
    std::string line = fmt::format("{:4} of {:3}  {}", graded.points, graded.out_of, printable(graded.name));
    if (graded.kept) return line + "  (as before)";
    if (graded.processor_seconds > 0)
        line += fmt::format("  {:.1f} s, {} MiB", graded.processor_seconds, graded.memory_bytes >> 20);
    if (graded.standing != Standing::judged)
        line += fmt::format("  {}: {}", name_of(graded.standing), printable(graded.problem, 100));
    return line;
}

void take_shard(Asked& asked) {
    if (asked.shard.empty()) return;
    unsigned shard = 0, shards = 0;
    char more = 0;
    if (std::sscanf(asked.shard.c_str(), "%u/%u%c", &shard, &shards, &more) != 2 || shard < 1 ||
        shard > shards)
        throw UsageError(fmt::format("{} is no part of a class", asked.shard),
                         "--shard 3/16: the third of sixteen.");
    asked.options.shard = shard;
    asked.options.shards = shards;
}

void print_class_head(Class const& all, std::size_t count) {
    fmt::print(stderr, "toolchain    {}{}\nfingerprint  {}\nwalls        {}\nsubmissions  {}\n",
               all.toolchain.words, all.toolchain.pinned ? "" : "  (not the pinned one: Debian 12's)",
               all.toolchain.fingerprint, name_of(all.how), count);
}

// The report in the form that was asked for; always one, whatever happened.
std::string in_form(std::string const& format, std::string const& results) {
    if (format == "gradescope") return to_gradescope(results);
    if (format == "classroom") return base64(to_classroom(results)) + "\n";
    return results;
}

int run_one(House const& house, Asked& asked) {
    bool const for_others = asked.format != "neutral" || asked.json;
    Graded graded;
    try {
        graded = grade_one(house, asked.options, asked.options.submissions);
    } catch (std::exception const& error) {
        if (!for_others) throw;
        graded.problem = error.what();
    }
    if (graded.results.empty())
        graded.results = results_without_verdict(asked.lab.value_or(0), 100, graded.problem);
    if (for_others)
        fmt::print("{}", in_form(asked.format, graded.results));
    else
        fmt::print("{}\n", line_of(graded));
    if (for_others) fmt::print(stderr, "{}\n", line_of(graded));
    return graded.standing == Standing::no_verdict ? 1 : 0;
}

int run_grade(House const& house, Asked& asked) {
    auto& options = asked.options;
    take_shard(asked);
    options.submissions = fs::absolute(asked.submissions).lexically_normal();
    if (options.submissions.filename().empty()) options.submissions = options.submissions.parent_path();
    options.out = fs::absolute(asked.out.empty() ? options.submissions.string() + ".graded" : asked.out);
    if (!asked.seeds.empty()) options.reading.seeds = read_seeds(asked.seeds);
    options.reading.lab = asked.lab;
    if (options.jobs == 0) options.jobs = std::max(1u, std::thread::hardware_concurrency());
    if (asked.one) return run_one(house, asked);
    std::size_t count = 0, done = 0;
    Progress const progress = {
        .begins =
            [&](Class const& all, std::size_t how_many) {
                count = how_many;
                if (!options.collect) print_class_head(all, count);
            },
        .told =
            [&](Graded const& graded) { fmt::print(stderr, "[{}/{}] {}\n", ++done, count, line_of(graded)); },
    };
    auto const all = grade(house, options, progress);
    fmt::print("{}", asked.json ? class_json(all) : class_text(all));
    fmt::print(stderr, "results are in {}\n", options.out.string());
    return lacks_a_verdict(all, options.collect) ? 1 : 0;
}

}  // namespace

CourseCommand add_grade_command(CLI::App& app) {
    auto asked = std::make_shared<Asked>();
    auto* grade_command = app.add_subcommand("grade", "judge a class: a folder with one folder a submission");
    grade_command->add_option("DIR", asked->submissions, "the folder of the submissions")->required();
    grade_command->add_option("--jobs", asked->options.jobs, "so many at a time (0: one a processor)");
    grade_command->add_option("--out", asked->out, "where the results go (default: DIR.graded)");
    grade_command->add_option("--lab", asked->lab, "the lab's number (default: what each submission says)");
    grade_command->add_option("--seeds", asked->seeds,
                              "a file of \"name,seed\" lines: whose constants are which");
    grade_command->add_option("--only", asked->options.only, "this submission alone");
    grade_command->add_option("--shard", asked->shard, "K/N: the Kth of N parts, for an array of jobs");
    grade_command->add_flag("--collect", asked->options.collect,
                            "judge nothing: the class's report of what is there");
    grade_command->add_option("--expect", asked->options.expect,
                              "only with this fingerprint of the toolchain");
    grade_command->add_flag("--again", asked->options.again, "those that were judged before, too");
    grade_command->add_flag("--one", asked->one, "DIR is itself a submission");
    grade_command
        ->add_option("--format", asked->format, "of the report of --one: neutral, gradescope or classroom")
        ->check(CLI::IsMember({"neutral", "gradescope", "classroom"}));
    grade_command->add_flag("--unconfined", asked->options.unconfined,
                            "go on where nothing confines student code: a container is the wall");
    grade_command->add_flag("--json", asked->json, "as JSON");

    // What the grader starts behind the walls.
    struct Desk {
        std::string what, folder;
        int lab = 0;
        std::uint64_t seed = 1;
    };
    auto desk = std::make_shared<Desk>();
    auto* desk_command = app.add_subcommand("at-desk", "")->group("");
    desk_command->add_option("WHAT", desk->what)->required();
    desk_command->add_option("LAB", desk->lab)->required();
    desk_command->add_option("DESK", desk->folder)->required();
    desk_command->add_option("SEED", desk->seed);

    return [=](House const& house) -> std::optional<int> {
        if (*grade_command) return run_grade(house, *asked);
        if (*desk_command && desk->what == "build") return build_at_desk(house, desk->lab, desk->folder);
        if (*desk_command) return judge_at_desk(house, desk->lab, desk->seed, desk->folder);
        return {};
    };
}

}  // namespace lab
