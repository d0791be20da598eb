// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/started.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "labs/grader/diagnosis.hpp"
#include "labs/grader/exam.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char const* note_name = ".lab.json";
constexpr char const* hints_name = ".hints.json";
constexpr char const* results_name = "results.json";

json read_object(fs::path const& file) {
    if (!fs::exists(file)) return json::object();
    auto found = json::parse(read_text(file), nullptr, false);
    return found.is_object() ? found : json::object();
}

// The first check of the last results that failed; empty: none, or no results.
std::string first_failed(fs::path const& folder) {
    auto const results = read_object(folder / results_name);
    if (!results.contains("checks") || !results["checks"].is_array()) return {};
    for (auto const& check : results["checks"])
        if (check.is_object() && check.value("outcome", json()) == "failed" &&
            check.value("check", json()).is_string())
            return check["check"].get<std::string>();
    return {};
}

// A check on the host needs no kernel, and the others no program.
Wanted wanted_for(Definition const& definition, std::string const& only) {
    if (only.empty()) return {};
    Wanted wanted{.kernel = false, .host = false};
    for (auto const& check : definition.with_needs(only)) {
        auto const kind = definition.check(check).kind;
        wanted.host = wanted.host || kind == CheckKind::host;
        wanted.kernel = wanted.kernel || kind != CheckKind::host;
    }
    return wanted;
}

Report not_built(Definition const& definition, Started const& started, StudentImage const& image) {
    Report report{.lab = definition.number, .title = definition.title, .seed = started.seed, .verdicts = {}};
    report.toolchain = image.toolchain;
    for (auto const& check : definition.checks)
        report.verdicts.push_back({.check = check, .reason = "the files do not compile"});
    report.built = false;
    return report;
}

}  // namespace

std::optional<Started> read_started(fs::path const& folder) {
    fs::path const file = folder / note_name;
    if (folder.empty() || !fs::exists(file)) return {};
    try {
        auto const note = json::parse(read_text(file));
        Started started{.folder = folder, .lab = note.at("lab").get<int>()};
        if (note.contains("seed")) started.seed = note["seed"].get<std::uint64_t>();
        if (note.contains("with"))
            for (auto const& earlier : note["with"]) started.with.emplace_back(earlier.get<std::string>());
        return started;
    } catch (json::exception const&) {
        throw UsageError(file.string() + " is damaged",
                         "It should say which lab the folder is of and what its seed is.",
                         "Start the lab in a new folder and copy your files there.");
    }
}

std::string note_of(Started const& started, fs::path const& repository) {
    nlohmann::ordered_json note = {{"lab", started.lab}, {"seed", started.seed}};
    for (auto const& earlier : started.with) note["with"].push_back(fs::absolute(earlier).string());
    note["repository"] = fs::absolute(repository).string();
    return note.dump(2) + "\n";
}

StudentImage build_started(House const& house, Definition const& definition, Started const& started,
                           Wanted wanted) {
    auto files = files_of(definition, started.folder);
    for (auto const& folder : started.with) {
        auto const earlier = read_started(folder);
        if (!earlier)
            throw UsageError(fmt::format("{} is not the folder of a started lab", folder.string()),
                             "The note .lab.json names it: this lab was started --with it.",
                             "Put it back, or take it out of the note.");
        for (auto const& file : files_of(find_definition(house.repository, earlier->lab), folder)) {
            bool const own = std::any_of(files.begin(), files.end(),
                                         [&](auto const& one) { return one.file.live == file.file.live; });
            if (!own) files.push_back(file);
        }
    }
    return build_student_image(definition, files, house.repository, house.build, started.folder / ".build",
                               wanted);
}

UsageError not_built_error(House const& house, Definition const& definition, Started const& started,
                           StudentImage const& image) {
    std::vector<std::string> own;
    for (auto const& file : definition.files) own.push_back(file.name);
    for (auto const& folder : started.with)
        if (auto const earlier = read_started(folder))
            for (auto const& file : find_definition(house.repository, earlier->lab).files)
                own.push_back(file.name);
    fs::path const all = started.folder / ".build" / "compiler.txt";
    write_text(all, image.compiler_output);
    auto const told = diagnose_build(image.compiler_output, own);
    return {to_text(told), told.cause,
            fmt::format("{}\nAll that was said: {}", told.next, fs::proximate(all).string())};
}

Report check_started(House const& house, Definition const& definition, Started const& started,
                     std::string const& only) {
    remove_entry(started.folder / results_name);  // it may have come with the hand-in
    auto const image = build_started(house, definition, started, wanted_for(definition, only));
    if (!image.built) {
        write_text(started.folder / results_name, to_json(not_built(definition, started, image)));
        throw not_built_error(house, definition, started, image);
    }
    Report report = judge({.definition = definition,
                           .folder = started.folder,
                           .elf = image.elf,
                           .original = house.build / "images" / (definition.image + ".elf"),
                           .host = image.host,
                           .tools = house.build / "bin",
                           .seed = started.seed},
                          only);
    report.toolchain = image.toolchain;
    for (auto const& earlier : started.with) report.with.push_back(earlier.string());
    write_text(started.folder / results_name, to_json(report));
    return report;
}

std::string next_hint(Definition const& definition, Started const& started, std::string const& asked,
                      bool again) {
    std::string const check = asked.empty() ? first_failed(started.folder) : asked;
    if (check.empty())
        throw UsageError("no check has failed here yet", "A hint is for the first check that failed last.",
                         "Run ./viv check first, or name a check: ./viv hint --for CHECK");
    auto const& hints = definition.check(check).hints;
    if (hints.empty())
        throw UsageError(fmt::format("there are no hints for {}", check), "It gives no points.",
                         "Its message and the handout have what you need.");
    auto given = read_object(started.folder / hints_name);
    std::size_t count = 0;
    if (!again && given.contains(check) && given[check].is_number_unsigned())
        count = given[check].get<std::size_t>();
    std::size_t const now = std::min(count, hints.size() - 1);
    given[check] = now + 1;
    write_text(started.folder / hints_name, given.dump(2) + "\n");
    return fmt::format("Hint {} of {} for {}: {}\n{}", now + 1, hints.size(), check, hints[now],
                       count > now ? "There are no more. ./viv hint --again begins from the first.\n" : "");
}

}  // namespace lab
