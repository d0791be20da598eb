// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/definition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

CheckKind kind_of(std::string const& word) {
    if (word == "host") return CheckKind::host;
    if (word == "simulator") return CheckKind::simulator;
    if (word == "qemu") return CheckKind::qemu;
    if (word == "explain") return CheckKind::explain;
    throw std::runtime_error(fmt::format("'{}' is no kind of check: host, simulator, qemu, explain", word));
}

LiveFile file_of(json const& entry) {
    LiveFile file;
    file.live = entry.is_string() ? entry.get<std::string>() : entry.at("live").get<std::string>();
    file.name = fs::path(file.live).filename().string();
    if (entry.is_object()) {
        file.users = entry.value("users", std::vector<std::string>());
        file.host_users = entry.value("host_users", std::vector<std::string>());
    }
    return file;
}

CheckDefinition check_of(json const& entry) {
    CheckDefinition check;
    check.id = entry.at("id").get<std::string>();
    check.title = entry.at("title").get<std::string>();
    check.kind = kind_of(entry.at("kind").get<std::string>());
    check.points = entry.at("points").get<int>();
    check.checkpoint = entry.value("checkpoint", 0u);
    check.needs = entry.value("needs", std::vector<std::string>());
    check.hints = entry.value("hints", std::vector<std::string>());
    return check;
}

PersonalNumber personal_of(json const& entry) {
    PersonalNumber number;
    auto const& first = entry.at("first");
    number.hexadecimal = first.is_string();
    number.first =
        first.is_string() ? std::stoull(first.get<std::string>(), nullptr, 16) : first.get<std::uint64_t>();
    number.step = entry.at("step").get<std::uint64_t>();
    number.count = entry.at("count").get<std::uint64_t>();
    if (number.count < 2) throw std::runtime_error("a personal number needs a count above 1");
    return number;
}

// A check needs only what stands before it, so one pass in their order judges all.
void require_order(std::vector<CheckDefinition> const& checks) {
    std::set<std::string> before;
    for (auto const& check : checks) {
        for (auto const& need : check.needs)
            if (!before.count(need))
                throw std::runtime_error(
                    fmt::format("{} needs {}, which does not stand before it", check.id, need));
        if (!before.insert(check.id).second) throw std::runtime_error(check.id + " stands there twice");
    }
}

}  // namespace

char const* letter_of(CheckKind kind) {
    switch (kind) {
        case CheckKind::host:
            return "H";
        case CheckKind::simulator:
            return "S";
        case CheckKind::qemu:
            return "Q";
        case CheckKind::explain:
            return "E";
    }
    return "";
}

CheckDefinition const& Definition::check(std::string const& id) const {
    for (auto const& one : checks)
        if (one.id == id) return one;
    std::string known;
    for (auto const& one : checks) known += (known.empty() ? "" : ", ") + one.id;
    throw UsageError(fmt::format("lab {} has no check {}", number, id),
                     fmt::format("Its checks are {}.", known), "Name one of them.");
}

std::set<std::string> Definition::with_needs(std::string const& id) const {
    std::set<std::string> all = {id};
    for (auto const& need : check(id).needs) all.merge(with_needs(need));
    return all;
}

std::uint64_t Definition::budget(std::string const& which) const {
    auto const found = budgets.find(which);
    if (found == budgets.end())
        throw UsageError(fmt::format("{}/lab.json has no budget {}", folder.string(), which),
                         "Add it there.");
    return found->second;
}

bool Definition::has(CheckKind kind) const {
    return std::any_of(checks.begin(), checks.end(),
                       [kind](auto const& check) { return check.kind == kind; });
}

unsigned Definition::done_at(std::string const& part) const {
    for (unsigned i = 0; i < checkpoints.size(); ++i)
        if (std::count(checkpoints[i].begin(), checkpoints[i].end(), part) != 0) return i + 1;
    throw UsageError(fmt::format("{}/lab.json: part {} is done at no checkpoint", folder.string(), part),
                     "Add it to `checkpoints` there.");
}

Definition parse_definition(std::string const& text, fs::path const& folder) {
    try {
        auto const all = json::parse(text);
        Definition definition;
        definition.number = all.at("number").get<int>();
        definition.name = all.at("name").get<std::string>();
        definition.title = all.at("title").get<std::string>();
        definition.image = all.at("image").get<std::string>();
        for (auto const& file : all.at("files")) definition.files.push_back(file_of(file));
        for (auto const& check : all.at("checks")) definition.checks.push_back(check_of(check));
        definition.checkpoints = all.value("checkpoints", std::vector<std::vector<std::string>>());
        definition.budgets = all.value("budgets", std::map<std::string, std::uint64_t>());
        auto const personal = all.value("personal", json::object());
        for (auto const& [name, entry] : personal.items())
            definition.personal[name] = personal_of(entry);
        definition.folder = folder;
        require_order(definition.checks);
        return definition;
    } catch (UsageError const&) {
        throw;
    } catch (std::exception const& error) {
        throw UsageError(fmt::format("{}/lab.json: {}", folder.string(), error.what()),
                         "Restore the file from the repository.");
    }
}

std::vector<Definition> load_definitions(fs::path const& repository) {
    std::vector<Definition> definitions;
    for (auto const& entry : fs::directory_iterator(repository / "labs"))
        if (fs::exists(entry.path() / "lab.json"))
            definitions.push_back(parse_definition(read_text(entry.path() / "lab.json"), entry.path()));
    std::sort(definitions.begin(), definitions.end(),
              [](auto const& a, auto const& b) { return a.number < b.number; });
    return definitions;
}

Definition find_definition(fs::path const& repository, int number) {
    std::string known;
    for (auto& definition : load_definitions(repository)) {
        if (definition.number == number) return definition;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", definition.number);
    }
    throw UsageError(fmt::format("there is no lab {}", number), fmt::format("The labs are {}.", known),
                     "./viv lab list has their titles.");
}

}  // namespace lab
