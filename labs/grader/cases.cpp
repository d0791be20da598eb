// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

// The tagged parts of each file by `body`(part), which may say "as it is".
Files cut(Definition const& definition, fs::path const& repository,
          std::function<std::optional<std::string>(std::string const& part,
                                                   std::string const& extension)> const& body) {
    Files files;
    for (auto const& file : definition.files) {
        std::string const live = read_text(repository / file.live);
        std::string const extension = fs::path(file.name).extension().string();
        files[file.name] = cut_starter(live, definition.number,
                                       [&](std::string const& part) { return body(part, extension); });
    }
    return files;
}

std::vector<fs::path> sorted(fs::path const& folder) {
    std::vector<fs::path> found;
    if (fs::exists(folder))
        for (auto const& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

void replace_once(std::string const& name, std::string& text, std::string const& from,
                  std::string const& to) {
    auto const at = text.find(from);
    if (from.empty() || at == std::string::npos || text.find(from, at + 1) != std::string::npos)
        throw UsageError(
            fmt::format("mutant {}: this does not stand in the solution exactly once:\n{}", name, from),
            "The kernel has changed: write the mutant for it again.");
    text.replace(at, from.size(), to);
}

std::string value_after(std::string const& line, std::string const& key) {
    return line.rfind(key, 0) == 0 ? line.substr(key.size()) : std::string();
}

// The stub of a part, in the file that has the file's own ending.
std::string stub_of(Definition const& definition, std::string const& part, std::string const& extension) {
    return read_text(definition.folder / "stubs" / (part + extension));
}

Case starter_case(Definition const& definition, fs::path const& repository) {
    Case one = parse_mutant("starter", read_text(definition.folder / "mutants/starter.mutant"), {});
    one.kind = Case::Kind::starter;
    one.files = cut(definition, repository, [&](std::string const& part, std::string const& extension) {
        return std::optional(stub_of(definition, part, extension));
    });
    return one;
}

Case checkpoint_case(Definition const& definition, fs::path const& repository, unsigned number) {
    Case one{.kind = Case::Kind::checkpoint,
             .name = fmt::format("checkpoint-{}", number),
             .about = fmt::format("What a student has after checkpoint {}.", number),
             .check = {},
             .message = {},
             .checkpoint = number,
             .files = {}};
    one.files = cut(definition, repository,
                    [&](std::string const& part, std::string const& extension) -> std::optional<std::string> {
                        if (definition.done_at(part) <= number) return {};
                        for (unsigned earlier = number; earlier >= 1; --earlier) {
                            fs::path const file = definition.folder / "checkpoints" /
                                                  std::to_string(earlier) / (part + extension);
                            if (fs::exists(file)) return read_text(file);
                        }
                        return stub_of(definition, part, extension);
                    });
    return one;
}

}  // namespace

char const* name_of(Case::Kind kind) {
    switch (kind) {
        case Case::Kind::starter:
            return "starter";
        case Case::Kind::solution:
            return "solution";
        case Case::Kind::mutant:
            return "mutant";
        case Case::Kind::checkpoint:
            return "checkpoint";
        case Case::Kind::hostile:
            return "hostile";
        case Case::Kind::wheat:
            return "wheat";
    }
    return "";
}

Case parse_mutant(std::string const& name, std::string const& text, Files const& solution) {
    Case one{
        .kind = Case::Kind::mutant, .name = name, .about = {}, .check = {}, .message = {}, .files = solution};
    std::istringstream lines(text);
    std::string file, from, to;
    std::string* into = nullptr;  // the side of a change that is being read
    for (std::string line; std::getline(lines, line);) {
        if (line == "<<<<") {
            from.clear(), to.clear();
            into = &from;
        } else if (line == "====" && into == &from) {
            into = &to;
        } else if (line == ">>>>" && into == &to) {
            if (!one.files.count(file))
                throw UsageError(fmt::format("mutant {}: the lab has no file {}", name, file),
                                 "Name it by `file:`.");
            replace_once(name, one.files[file], from, to);
            into = nullptr;
        } else if (into) {
            *into += line + "\n";
        } else if (line.rfind("# ", 0) == 0) {
            one.about = line.substr(2);
        } else if (auto value = value_after(line, "check: "); !value.empty()) {
            one.check = value;
        } else if (auto pattern = value_after(line, "message: "); !pattern.empty()) {
            one.message = pattern;
        } else if (auto points = value_after(line, "points: "); !points.empty()) {
            one.points = std::atoi(points.c_str());
        } else if (auto which = value_after(line, "file: "); !which.empty()) {
            file = which;
        } else if (!line.empty()) {
            throw UsageError(fmt::format("mutant {}: cannot read \"{}\"", name, line),
                             "labs/grader/cases.hpp shows the form.");
        }
    }
    bool const meant = !one.check.empty() && !one.message.empty();
    bool const only_points = one.check.empty() && one.message.empty() && one.points;
    if (into || one.about.empty() || !(meant || only_points))
        throw UsageError(fmt::format("mutant {} is not complete", name),
                         "labs/grader/cases.hpp shows the form.");
    return one;
}

std::vector<Case> load_cases(Definition const& definition, fs::path const& repository, std::uint64_t seed) {
    Files const solution = cut(definition, repository, [](auto const&, auto const&) { return std::nullopt; });
    std::vector<Case> cases;
    if (fs::exists(definition.folder / "mutants/starter.mutant")) {
        Case one = starter_case(definition, repository);
        definition.check(one.check);
        cases.push_back(std::move(one));
    }
    for (unsigned number = 1; number <= definition.checkpoints.size(); ++number)
        cases.push_back(checkpoint_case(definition, repository, number));
    cases.push_back({.kind = Case::Kind::solution,
                     .name = "solution",
                     .about = "The kernel as it is.",
                     .check = {},
                     .message = {},
                     .files = solution});
    for (auto const& [folder, kind] :
         {std::pair("mutants", Case::Kind::mutant), std::pair("hostile", Case::Kind::hostile)}) {
        for (auto const& file : sorted(definition.folder / folder)) {
            if (file.extension() != ".mutant" || file.stem() == "starter") continue;
            Case one = parse_mutant(file.stem().string(), read_text(file), solution);
            one.kind = kind;
            if (!one.check.empty()) definition.check(one.check);
            cases.push_back(std::move(one));
        }
    }
    for (auto const& folder : sorted(definition.folder / "wheats")) {
        if (!fs::is_directory(folder)) continue;
        Case one{.kind = Case::Kind::wheat,
                 .name = folder.filename().string(),
                 .about = {},
                 .check = {},
                 .message = {},
                 .files = {}};
        one.files =
            cut(definition, repository,
                [&](std::string const& part, std::string const& extension) -> std::optional<std::string> {
                    fs::path const file = folder / (part + extension);
                    if (!fs::exists(file)) return {};
                    return read_text(file);
                });
        cases.push_back(std::move(one));
    }
    // The answers of explain.md are not what these cases are about: all have right ones.
    fs::path const answers = definition.folder / "solution-explain.md";
    if (fs::exists(answers))
        for (auto& one : cases)
            if (one.kind != Case::Kind::starter)
                one.files["explain.md"] = personal_questions(read_text(answers), definition, seed);
    return cases;
}

}  // namespace lab
