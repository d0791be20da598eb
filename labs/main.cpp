// SPDX-License-Identifier: GPL-2.0-or-later
//
// viv-lab: the labs from the command line. Exit status 0: done or passed; 1: a
// check failed; 2: wrong use, the student's files do not compile, or the grader failed.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "labs/course/bundle.hpp"
#include "labs/course/commands.hpp"
#include "labs/grader/definition.hpp"
#include "labs/grader/failure_recording.hpp"
#include "labs/grader/prove.hpp"
#include "labs/grader/scene.hpp"
#include "labs/grader/started.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/telling.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/timing.hpp"
#include "labs/grader/verdict.hpp"

namespace {

namespace fs = std::filesystem;
using lab::Definition;
using lab::UsageError;

// Where things are. ./viv sets the first two; a lab's own ./viv the third.
struct Places {
    lab::House house;
    fs::path lab;  // the lab's folder we were started from; may be empty
};

Places find_places(char const* program) {
    Places places;
    auto variable = [](char const* name) {
        return std::getenv(name) ? fs::path(std::getenv(name)) : fs::path();
    };
    fs::path const bin = fs::weakly_canonical(fs::path(program)).parent_path();
    places.house.build = variable("VIV_BUILD");
    if (places.house.build.empty()) places.house.build = bin.parent_path();
    // One spelling: what is shown behind walls, and what is below what, goes by the path.
    places.house.build = fs::weakly_canonical(fs::absolute(places.house.build));
    places.house.repository = variable("VIV_ROOT");
    if (places.house.repository.empty())
        places.house.repository = places.house.build.parent_path().parent_path();
    places.house.repository = fs::weakly_canonical(fs::absolute(places.house.repository));
    places.lab = variable("VIV_LAB_DIR");
    return places;
}

constexpr char const* no_note = "It has no note .lab.json, which ./viv lab start leaves there.";

// The folder and lab that a command means: DIR, else the lab's folder we were
// started from, else the current folder.
struct Target {
    lab::Started started;
    Definition definition;
};

Target find_target(Places const& places, std::string word, fs::path folder) {
    // N may be left out: then the first word is the folder.
    bool const counts = !word.empty() && word.size() < 4 && word.find_first_not_of("0123456789") == word.npos;
    if (!word.empty() && !counts) {
        if (!folder.empty())
            throw UsageError(fmt::format("{} is no lab's number", word),
                             "With a folder behind it the first word is a number.",
                             "./viv lab list has the numbers.");
        folder = std::exchange(word, {});
    }
    auto const number = counts ? std::optional(std::stoi(word)) : std::nullopt;
    if (folder.empty()) folder = places.lab.empty() ? fs::current_path() : places.lab;
    folder = fs::absolute(folder);
    auto const started = lab::read_started(folder);
    if (!started)
        throw UsageError(
            fmt::format("{} is not the folder of a started lab", folder.string()), no_note,
            fmt::format("Start one: ./viv lab start {} DIR. Or name its folder.", number.value_or(0)));
    if (number && *number != started->lab)
        throw UsageError(fmt::format("{} holds lab {}, not lab {}", folder.string(), started->lab, *number),
                         "The note .lab.json in it says so.", "Name the folder of the lab that you mean.");
    return {*started, lab::find_definition(places.house.repository, started->lab)};
}

int list(Places const& places, bool json) {
    auto const definitions = lab::load_definitions(places.house.repository);
    if (!json) {
        for (auto const& d : definitions) fmt::print("{:3}  {}\n", d.number, d.title);
        fmt::print("\nBegin with: ./viv lab start 0 DIR\n");
        return 0;
    }
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (auto const& d : definitions) {
        nlohmann::ordered_json one = {{"lab", d.number}, {"name", d.name}, {"title", d.title}};
        for (auto const& file : d.files) one["files"].push_back(file.name);
        for (auto const& check : d.checks)
            one["checks"].push_back({{"check", check.id},
                                     {"title", check.title},
                                     {"kind", lab::letter_of(check.kind)},
                                     {"points", check.points},
                                     {"checkpoint", check.checkpoint}});
        all.push_back(one);
    }
    fmt::print("{}\n", all.dump(2));
    return 0;
}

int start(Places const& places, int number, fs::path const& folder, lab::StarterOptions const& options) {
    auto const definition = lab::find_definition(places.house.repository, number);
    lab::write_starter(definition, places.house.repository, folder, options);
    fmt::print("Lab {}, {}, is in {}.\n\nNext:\n  cd {}\n  read handout.md\n  ./viv check\n", number,
               definition.title, folder.string(), folder.string());
    return 0;
}

int build(Places const& places, Target const& target) {
    auto const image = lab::build_started(places.house, target.definition, target.started);
    if (!image.built) throw lab::not_built_error(places.house, target.definition, target.started, image);
    if (!image.compiler_output.empty()) fmt::print(stderr, "{}", image.compiler_output);  // warnings
    fmt::print("{}\n", image.elf.string());
    return 0;
}

int check(Places const& places, Target const& target, std::string const& only, bool json) {
    lab::Report report = lab::check_started(places.house, target.definition, target.started, only);
    for (auto& verdict : report.verdicts)
        if (!verdict.kept.empty()) verdict.kept = fs::proximate(verdict.kept).string();
    fmt::print("{}", json ? to_json(report) : to_text(report));
    return report.broken() ? 2 : report.passed() ? 0 : 1;
}

// A recording: becomes the visualizer, at the first bad moment. Steps on the
// host: prints them.
int open(Places const& places, std::string const& file, std::vector<std::string> const& more) {
    if (!fs::exists(file))
        throw UsageError(fmt::format("there is no file {}", file),
                         "The name is misspelt, or a later check has removed the recording.",
                         "A failed ./viv check names the file to open.");
    if (fs::path(file).extension() == ".steps") {
        fmt::print("{}", lab::read_text(file));
        return 0;
    }
    std::vector<std::string> words = {(places.house.build / "bin/viv-glass").string(), "open",
                                      fmt::format("{}@bookmark:{}", file, lab::first_bad)};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    throw std::runtime_error(fmt::format("cannot start {}", words[0]));
}

// Whoever starts a lab without naming a seed gets one of the course's and the login name's.
std::uint64_t own_seed(fs::path const& repository) {
    char const* const name = std::getenv("USER");
    return lab::seed_in_course(lab::course_of(repository), name ? name : "");
}

}  // namespace

int main(int count, char** words) {
    CLI::App app("The labs of Vivarium.", "viv lab");
    app.require_subcommand(1);
    std::optional<int> number;
    std::string which, folder, file, only;
    bool json = false, first = false;
    Places const places = find_places(words[0]);
    lab::StarterOptions options{.seed = own_seed(places.house.repository), .with = {}};
    lab::ProveOptions prove;

    auto* list_command = app.add_subcommand("list", "what labs there are");
    list_command->add_flag("--json", json, "as JSON");
    auto* start_command = app.add_subcommand("start", "write the starter of a lab into a new folder");
    start_command->add_option("N", number, "the lab's number")->required();
    start_command->add_option("DIR", folder, "the folder to make")->required();
    start_command->add_option("--seed", options.seed,
                              "of the constants in your lab (default: from the login name)");
    start_command
        ->add_option("--with", options.with, "folders of earlier labs: build on your own work in them")
        ->allow_extra_args(false);
    auto* check_command =
        app.add_subcommand("check", "build your kernel and judge it by the machine's state");
    check_command->add_option("N", which, "the lab's number (default: that of the folder)");
    check_command->add_option("DIR", folder, "the lab's folder (default: the current one)");
    check_command->add_option("--only", only, "this check alone, and what it needs");
    check_command->add_flag("--json", json, "as JSON");
    auto* build_command = app.add_subcommand("build", "build your kernel and print where it is");
    build_command->add_option("DIR", folder, "the lab's folder (default: the current one)");
    auto* open_command = app.add_subcommand("open", "open a failure's recording at the first bad moment");
    open_command->add_option("FILE", file, "the recording that a failed check named")->required();
    open_command->allow_extras();
    auto* hint_command = app.add_subcommand("hint", "one more hint");
    hint_command->add_option("N", which, "the lab's number (default: that of the folder)");
    hint_command->add_option("DIR", folder, "the lab's folder (default: the current one)");
    hint_command->add_option("--for", only, "a check's name (default: the first that failed)");
    hint_command->add_flag("--again", first, "from the first hint");
    auto* scene_command =
        app.add_subcommand("scene", "record somebody else's mistake, or judge your answer in scene.md");
    scene_command->add_option("N", which, "the lab's number (default: that of the folder)");
    scene_command->add_option("DIR", folder, "the lab's folder (default: the current one)");
    scene_command->add_flag("--again", first, "make the recording again");
    auto* prove_command =
        app.add_subcommand("prove", "try a lab's checks on wrong and on other right solutions");
    prove_command->add_option("N", number, "the lab's number")->required();
    prove_command->add_option("--only", prove.only, "cases whose name contains this word");
    prove_command->add_flag("--json", json, "as JSON");
    prove_command->add_option("--table", prove.table, "write a table of all cases and checks, Markdown");
    lab::TimeOptions timing;
    auto* time_command =
        app.add_subcommand("time", "measure how long a student waits from an edit to the verdict");
    time_command->add_option("N", timing.lab, "the lab's number (default: all)");
    time_command->add_option("--rounds", timing.rounds, "of which the median counts (3)")
        ->check(CLI::Range(1, 99));
    auto const grade = lab::add_grade_command(app), course = lab::add_course_command(app);

    try {
        app.parse(count, words);
    } catch (CLI::ParseError const& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help
        std::string what = error.what();
        if (!what.empty() && what.back() == '.') what.pop_back();
        fmt::print(stderr, "{}",
                   to_text(UsageError(what, "A word is missing, misspelt, or one too many.",
                                      "./viv lab --help lists the commands, and with --help behind it each "
                                      "says what it takes.")));
        return 2;
    }

    try {
        if (auto const status = grade(places.house)) return *status;
        if (auto const status = course(places.house)) return *status;
        if (*list_command) return list(places, json);
        if (*start_command) return start(places, *number, folder, options);
        if (*check_command) return check(places, find_target(places, which, folder), only, json);
        if (*build_command) return build(places, find_target(places, {}, folder));
        if (*open_command) return open(places, file, open_command->remaining());
        if (*prove_command) return lab::prove_and_print(places.house, *number, prove, json) ? 0 : 1;
        if (*time_command) {
            lab::time_and_print(places.house, fs::canonical("/proc/self/exe"), timing);
            return 0;
        }
        auto const target = find_target(places, which, folder);
        if (*scene_command) return lab::scene_command(places.house, target.definition, target.started, first);
        fmt::print("{}", next_hint(target.definition, target.started, only, first));
        return 0;
    } catch (UsageError const& error) {
        fmt::print(stderr, "{}", to_text(error));
    } catch (std::exception const& error) {
        fmt::print(stderr, "viv: error: {}\n", error.what());
    }
    return 2;
}
