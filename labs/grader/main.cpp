// SPDX-License-Identifier: GPL-2.0-or-later
//
// viv-lab: the labs from the command line. Exit status 0: done or passed; 1: a
// check failed; 2: wrong use, or the student's files do not compile.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "labs/grader/definition.hpp"
#include "labs/grader/failure_recording.hpp"
#include "labs/grader/first_hour.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/student_image.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/verdict.hpp"

namespace {

namespace fs = std::filesystem;
using lab::Definition;
using lab::UsageError;

// Where things are. ./viv sets the first two; a lab's own ./viv the third.
struct Places {
    fs::path repository, build;
    fs::path lab;  // the lab's folder we were started from; may be empty
};

Places find_places(char const* program) {
    Places places;
    auto variable = [](char const* name) { return std::getenv(name) ? fs::path(std::getenv(name)) : fs::path(); };
    fs::path const bin = fs::weakly_canonical(fs::path(program)).parent_path();
    places.build = variable("VIV_BUILD");
    if (places.build.empty()) places.build = bin.parent_path();
    places.repository = variable("VIV_ROOT");
    if (places.repository.empty()) places.repository = places.build.parent_path().parent_path();
    places.lab = variable("VIV_LAB_DIR");
    return places;
}

// The lab's number as written in a started folder.
std::optional<int> number_in(fs::path const& folder) {
    fs::path const note = folder / ".lab.json";
    if (folder.empty() || !fs::exists(note)) return {};
    auto json = nlohmann::json::parse(lab::read_text(note), nullptr, false);
    if (!json.is_object() || !json.contains("lab") || !json["lab"].is_number_integer())
        throw UsageError(note.string() + " is damaged", "Start the lab in a new folder and copy your files there.");
    return json["lab"].get<int>();
}

// The folder and lab that a command means: DIR, else the lab's folder we were
// started from, else the current folder.
struct Target {
    fs::path folder;
    Definition definition;
};

Target find_target(Places const& places, std::optional<int> number, fs::path folder) {
    if (folder.empty()) folder = places.lab.empty() ? fs::current_path() : places.lab;
    folder = fs::absolute(folder);
    auto const written = number_in(folder);
    if (!written)
        throw UsageError(fmt::format("{} is not the folder of a started lab", folder.string()),
                         fmt::format("Start one: ./viv lab start {} DIR. Or name its folder.", number.value_or(0)));
    if (number && *number != *written)
        throw UsageError(fmt::format("{} holds lab {}, not lab {}", folder.string(), *written, *number),
                         "Name the folder of the lab that you mean.");
    return {folder, lab::find_definition(places.repository, *written)};
}

int list(Places const& places, bool json) {
    auto const definitions = lab::load_definitions(places.repository);
    if (json) {
        nlohmann::ordered_json all = nlohmann::ordered_json::array();
        for (auto const& d : definitions) all.push_back({{"lab", d.number}, {"name", d.name}, {"title", d.title}});
        fmt::print("{}\n", all.dump(2));
    } else {
        for (auto const& d : definitions) fmt::print("{:3}  {}\n", d.number, d.title);
        fmt::print("\nBegin with: ./viv lab start 0 DIR\n");
    }
    return 0;
}

int start(Places const& places, int number, fs::path const& folder) {
    auto const definition = lab::find_definition(places.repository, number);
    lab::write_starter(definition, places.repository, folder);
    fmt::print("Lab {}, {}, is in {}.\n\nNext:\n  cd {}\n  read handout.md\n  ./viv demo\n  ./viv check\n", number,
               definition.title, folder.string(), folder.string());
    return 0;
}

lab::StudentImage build(Places const& places, Target const& target) {
    auto image = lab::build_student_image(target.definition, places.repository, places.build, target.folder);
    if (!image.compiler_output.empty()) fmt::print(stderr, "{}", image.compiler_output);
    if (!image.built)
        throw UsageError("your files do not compile", "The first error above is the one to read. Nothing was judged.");
    return image;
}

int check(Places const& places, Target const& target, bool json) {
    auto const image = build(places, target);
    fs::path const original = places.build / "images" / (target.definition.image + ".elf");
    lab::Report report{.lab = target.definition.number, .title = target.definition.title, .verdicts = {}};
    switch (target.definition.number) {
        case 0: report.verdicts = lab::check_first_hour(image.elf, original, target.folder); break;
        default: throw UsageError("this lab has no checks yet", "The labs with checks are: 0.");
    }
    for (auto& verdict : report.verdicts)
        if (!verdict.recording.empty()) verdict.recording = fs::proximate(verdict.recording).string();
    fmt::print("{}", json ? to_json(report) : to_text(report));
    return report.passed() ? 0 : 1;
}

// Becomes the visualizer, at the first bad moment.
int open(Places const& places, std::string const& file, std::vector<std::string> const& more) {
    if (!fs::exists(file))
        throw UsageError(fmt::format("there is no file {}", file), "A failed ./viv check names the file to open.");
    std::vector<std::string> words = {(places.build / "bin/viv-glass").string(), "open",
                                      fmt::format("{}@bookmark:{}", file, lab::first_bad)};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    throw std::runtime_error(fmt::format("cannot start {}", words[0]));
}

// One more hint each time; the count is kept beside the lab's files.
int hint(Target const& target, bool from_the_first) {
    auto const json = nlohmann::json::parse(lab::read_text(target.definition.folder / "lab.json"));
    auto const hints = json.value("hints", std::vector<std::string>());
    if (hints.empty()) throw UsageError("this lab has no hints", "Its handout has what you need.");
    fs::path const note = target.folder / ".hints";
    std::size_t given = 0;
    if (!from_the_first && fs::exists(note)) given = std::strtoul(lab::read_text(note).c_str(), nullptr, 10);
    std::size_t const now = std::min(given, hints.size() - 1);
    fmt::print("Hint {} of {}: {}\n", now + 1, hints.size(), hints[now]);
    lab::write_text(note, std::to_string(now + 1) + "\n");
    return 0;
}

}  // namespace

int main(int count, char** words) {
    CLI::App app("The labs of Vivarium.", "viv lab");
    app.require_subcommand(1);
    std::optional<int> number;
    std::string folder, file;
    bool json = false, first = false;

    auto* list_command = app.add_subcommand("list", "what labs there are");
    list_command->add_flag("--json", json, "as JSON");
    auto* start_command = app.add_subcommand("start", "write the starter of a lab into a new folder");
    start_command->add_option("N", number, "the lab's number")->required();
    start_command->add_option("DIR", folder, "the folder to make")->required();
    auto* check_command = app.add_subcommand("check", "build your kernel and judge it by the machine's state");
    check_command->add_option("N", number, "the lab's number (default: that of the folder)");
    check_command->add_option("DIR", folder, "the lab's folder (default: the current one)");
    check_command->add_flag("--json", json, "as JSON");
    auto* build_command = app.add_subcommand("build", "build your kernel and print where it is");
    build_command->add_option("DIR", folder, "the lab's folder (default: the current one)");
    auto* open_command = app.add_subcommand("open", "open a failure's recording at the first bad moment");
    open_command->add_option("FILE", file, "the recording that a failed check named")->required();
    open_command->allow_extras();
    auto* hint_command = app.add_subcommand("hint", "one more hint");
    hint_command->add_option("N", number, "the lab's number (default: that of the folder)");
    hint_command->add_option("DIR", folder, "the lab's folder (default: the current one)");
    hint_command->add_flag("--again", first, "from the first hint");

    try {
        app.parse(count, words);
    } catch (CLI::ParseError const& error) {
        int const status = app.exit(error);
        return status == 0 ? 0 : 2;
    }

    Places const places = find_places(words[0]);
    try {
        if (*list_command) return list(places, json);
        if (*start_command) return start(places, *number, folder);
        if (*check_command) return check(places, find_target(places, number, folder), json);
        if (*build_command) {
            fmt::print("{}\n", build(places, find_target(places, {}, folder)).elf.string());
            return 0;
        }
        if (*open_command) return open(places, file, open_command->remaining());
        return hint(find_target(places, number, folder), first);
    } catch (UsageError const& error) {
        fmt::print(stderr, "viv: error: {}\n     {}\n", error.what(), error.next());
    } catch (std::exception const& error) {
        fmt::print(stderr, "viv: error: {}\n", error.what());
    }
    return 2;
}
