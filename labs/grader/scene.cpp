// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/scene.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "labs/grader/answers.hpp"
#include "labs/grader/cases.hpp"
#include "labs/grader/exam.hpp"
#include "labs/grader/text_file.hpp"
#include "simulator/recording/recorder.hpp"
#include "simulator/recording/replay.hpp"
#include "simulator/recording/sha256.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char const *recording_name = "scene.run", *text_name = "scene.md", *note_name = ".scene.json";
// What comes after the mistake may be what somebody notices first.
constexpr std::uint64_t most_further = 3'000'000;
constexpr std::uint64_t most_machines = 20;

// Numbers in one spelling, words in small letters.
std::string plain(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    if (word.rfind("0x", 0) == 0) word.erase(0, 2);
    bool const number = !word.empty() && word.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (number) word.erase(0, std::min(word.find_first_not_of('0'), word.size() - 1));
    return word;
}

std::string digest(std::uint64_t seed, std::size_t place, std::string const& word) {
    std::string const text = fmt::format("{} {} {}", seed, place, plain(word));
    return sim::recording::sha256({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

Case find_case(Definition const& definition, std::string const& name, House const& house) {
    for (auto& one : load_cases(definition, house.repository))
        if (one.kind == Case::Kind::mutant && one.name == name) return one;
    throw UsageError(fmt::format("lab {} has no mutant {}", definition.number, name),
                     "Its scene.json and its mutants do not fit together.");
}

// Judges the mutant; `stage` is a folder for it. A course's bundle has no mutants, but
// their kernels.
Report judge_case(House const& house, Definition const& definition, Started const& stage,
                  std::string const& name, std::string const& check) {
    fs::path const kernel = definition.folder / "scene" / (name + ".elf");
    if (fs::exists(kernel))
        return judge({.definition = definition,
                      .folder = stage.folder,
                      .elf = kernel,
                      .original = house.build / "images" / (definition.image + ".elf"),
                      .host = {},
                      .tools = {},
                      .seed = stage.seed},
                     check);
    for (auto const& [file, text] : find_case(definition, name, house).files)
        write_text(stage.folder / file, text);
    return check_started(house, definition, stage, check);
}

// The recording of a failed check names its first bad moment, and ends there. This
// one does neither.
void record_again(fs::path const& from, fs::path const& to) {
    sim::recording::Replay replay(from);
    replay.run_to_end();
    auto& machine = replay.machine();
    machine.set_replay_only(false);
    machine.run({.moment = {machine.moment().retired + most_further, 0}, .virtual_ns = 2'000'000'000});
    sim::recording::Recorder recorder(to, machine.config(), true);
    recorder.finish(machine);
}

// The mutant on the student's machine, or on one near it: the mistake need not show
// on each. Keeps the recording. None: the check finds it nowhere.
std::vector<std::string> stage_it(House const& house, Definition const& definition, Started const& started,
                                  SceneDefinition const& scene, std::string const& name) {
    // Where a build is, nobody looks for a solution.
    Started stage{.folder = started.folder / ".build" / "scene", .lab = definition.number};
    std::vector<std::string> words;
    for (std::uint64_t other = 0; other < most_machines && words.empty(); ++other) {
        stage.seed = started.seed + other;
        fs::remove_all(stage.folder);
        fs::create_directories(stage.folder);
        for (auto const& verdict : judge_case(house, definition, stage, name, scene.check).verdicts) {
            std::smatch found;
            if (verdict.check.id != scene.check || verdict.outcome != Outcome::failed ||
                !std::regex_search(verdict.finding->seen, found, std::regex(scene.answer)))
                continue;
            for (std::size_t i = 1; i < found.size(); ++i) words.push_back(found.str(i));
            record_again(verdict.kept, started.folder / recording_name);
        }
    }
    fs::remove_all(stage.folder);
    return words;
}

}  // namespace

std::optional<SceneDefinition> scene_of(Definition const& definition) {
    fs::path const file = definition.folder / "scene.json";
    if (!fs::exists(file)) return {};
    try {
        auto const text = json::parse(read_text(file));
        SceneDefinition scene{
            .check = text.at("check"), .answer = text.at("answer"), .cases = text.at("cases")};
        if (!scene.cases.empty()) return scene;
    } catch (json::exception const&) {
    }
    throw UsageError(file.string() + " is damaged", "labs/grader/scene.hpp says what it holds.");
}

std::vector<std::string> make_scene(House const& house, Definition const& definition,
                                    Started const& started) {
    auto const scene = scene_of(definition);
    if (!scene)
        throw UsageError(fmt::format("there is no scene of lab {} here", definition.number),
                         "What it is made of is not part of this installation.",
                         "Your teacher hands it out: put its three files into the lab's folder.");
    std::string const& name = scene->cases[started.seed % scene->cases.size()];
    auto const words = stage_it(house, definition, started, *scene, name);
    if (words.empty())
        throw UsageError(fmt::format("{} is not found as scene.json says", name),
                         "Its check, its cases and its answer do not fit together.");

    json note = {{"seed", started.seed}, {"words", json::array()}};
    for (std::size_t i = 0; i < words.size(); ++i) note["words"].push_back(digest(started.seed, i, words[i]));
    write_text(started.folder / note_name, note.dump(2) + "\n");
    fs::path const story = started.folder / text_name;
    if (!fs::exists(story)) write_text(story, read_text(definition.folder / text_name));
    return words;
}

std::string objection_to_scene(Started const& started) {
    fs::path const file = started.folder / note_name;
    auto const note = fs::exists(file) ? json::parse(read_text(file), nullptr, false) : json();
    auto const digests = note.is_object() ? note.value("words", json()) : json();
    auto const seed = note.is_object() ? note.value("seed", json()) : json();
    if (!digests.is_array() || digests.empty() || !seed.is_number_unsigned())
        throw UsageError("there is no scene in " + started.folder.string(),
                         "Its note .scene.json is damaged.", "./viv lab scene --again makes it.");
    fs::path const story = started.folder / text_name;
    auto const answer = fs::exists(story) ? answer_to(read_text(story), "answer") : std::nullopt;
    if (!answer) return "scene.md has no answer yet";
    auto const words = words_of(*answer);
    if (words.size() != digests.size())
        return fmt::format("{} words are wanted, and \"{}\" has {}", digests.size(), answer->substr(0, 60),
                           words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
        if (digests[i] != digest(seed.get<std::uint64_t>(), i, words[i]))
            return fmt::format("{} is not it", words[i].substr(0, 60));
    return {};
}

int scene_command(House const& house, Definition const& definition, Started const& started, bool again) {
    if (again || !fs::exists(started.folder / note_name)) {
        make_scene(house, definition, started);
        fmt::print(
            "A kernel that somebody else has changed was recorded.\n\nNext:\n"
            "  read scene.md\n  ./viv open scene.run\n"
            "  write your answer into scene.md\n  ./viv lab scene\n");
        return 0;
    }
    std::string const wrong = objection_to_scene(started);
    fmt::print("{}\n", wrong.empty() ? "Solved." : "Not solved: " + wrong + ".");
    return wrong.empty() ? 0 : 1;
}

}  // namespace lab
