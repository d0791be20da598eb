// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/definition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace lab {
namespace {

namespace fs = std::filesystem;

Definition load(fs::path const& folder) {
    fs::path const file = folder / "lab.json";
    std::ifstream in(file);
    try {
        auto json = nlohmann::json::parse(in);
        Definition definition;
        definition.number = json.at("number").get<int>();
        definition.name = json.at("name").get<std::string>();
        definition.title = json.at("title").get<std::string>();
        definition.image = json.at("image").get<std::string>();
        for (auto const& live : json.at("files")) {
            std::string path = live.get<std::string>();
            definition.files.push_back({path, fs::path(path).filename().string()});
        }
        definition.folder = folder;
        return definition;
    } catch (nlohmann::json::exception const& error) {
        throw UsageError(fmt::format("{}: {}", file.string(), error.what()), "Restore the file from the repository.");
    }
}

}  // namespace

std::vector<Definition> load_definitions(fs::path const& repository) {
    std::vector<Definition> definitions;
    for (auto const& entry : fs::directory_iterator(repository / "labs"))
        if (fs::exists(entry.path() / "lab.json")) definitions.push_back(load(entry.path()));
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
    throw UsageError(fmt::format("there is no lab {}", number), fmt::format("The labs are: {}.", known));
}

}  // namespace lab
