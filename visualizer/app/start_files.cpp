// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/start_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "simulator/debug/text.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/world_file.hpp"
#include "visualizer/app/last_state.hpp"
#include "visualizer/app/tour_files.hpp"

namespace viz::app {

namespace fs = std::filesystem;
using model::StartEntry;
using model::StartGroup;
using model::StartPage;

namespace {

constexpr std::size_t most = 24;  // of a group

std::vector<StartEntry>& group(StartPage& page, StartGroup g) {
    return page.groups[static_cast<unsigned>(g)];
}

// Where somebody stood whose program did not end by itself: above all recordings.
void find_left_behind(StartPage& page) {
    for (LastState const& left : left_behind())
        group(page, StartGroup::recordings)
            .push_back({"Back to " + left.title,
                        fmt::format("at {}, where its window was when it was cut off",
                                    sim::debug::format_ns(left.virtual_ns)),
                        {"open", "--resume", left.state.string()}});
}

// The newest first.
void find_recordings(StartPage& page, fs::path const& root) {
    struct Found {
        fs::path file;
        fs::file_time_type when;
        std::uintmax_t bytes = 0;
    };
    std::vector<Found> found;
    std::set<fs::path> seen;
    for (fs::path const& folder : {fs::path("."), fs::path("build"), root / "build"}) {
        std::error_code failed;
        for (auto const& entry : fs::directory_iterator(folder, failed)) {
            if (entry.path().extension() != ".run" || !entry.is_regular_file(failed)) continue;
            // Of several machines: each has a recording of its own beside it.
            if (sim::recording::is_world_file(entry.path())) continue;
            if (!seen.insert(fs::weakly_canonical(entry.path(), failed)).second) continue;
            fs::path const shown = entry.path().lexically_normal();
            found.push_back({shown, entry.last_write_time(failed), entry.file_size(failed)});
        }
    }
    std::ranges::stable_sort(found, [](Found const& a, Found const& b) { return a.when > b.when; });
    for (Found const& f : found)
        group(page, StartGroup::recordings)
            .push_back(
                {f.file.filename().string(), sim::debug::format_bytes(f.bytes), {"open", f.file.string()}});
}

// kernel/apps/README.md says in its second column what each is for. The name may be a link:
// | [`http`](http/README.md) | serves a page ... | ... |
std::map<std::string, std::string> purposes(fs::path const& root) {
    std::map<std::string, std::string> out;
    std::ifstream table(root / "kernel" / "apps" / "README.md");
    for (std::string line; std::getline(table, line);) {
        if (!line.starts_with("| `") && !line.starts_with("| [`")) continue;
        std::size_t const name_begin = line.find('`') + 1, name_end = line.find('`', name_begin);
        std::size_t const text = line.find(" | ", name_end);
        if (name_end == std::string::npos || text == std::string::npos) continue;
        std::string about = line.substr(text + 3);
        if (std::size_t const bar = about.find(" |"); bar != std::string::npos) about.resize(bar);
        std::erase(about, '`');
        out[line.substr(name_begin, name_end - name_begin)] = about;
    }
    return out;
}

void find_applications(StartPage& page, fs::path const& root) {
    auto const about = purposes(root);
    for (std::string const name : offered_applications()) {
        std::error_code failed;
        auto const purpose = about.find(name);
        if (purpose == about.end() || !fs::exists(sim::recording::images_folder() / (name + ".elf"), failed))
            continue;
        StartEntry entry{name, purpose->second, {"run", name, "--gui"}};
        if (name == "http") entry.words = {"demo"};
        group(page, StartGroup::applications).push_back(std::move(entry));
    }
}

void find_tours(StartPage& page, fs::path const& root) {
    for (std::string const& name : known_tours(root)) {
        auto const found = find_tour(name, root);
        if (auto const* tour = std::get_if<model::TourPtr>(&found))
            group(page, StartGroup::tours)
                .push_back({(*tour)->title, fmt::format("{} min", (*tour)->minutes), {"tour", "play", name}, (*tour)->about});
    }
}

// "paging.cpp: 12 checks"
std::string about_lab(nlohmann::json const& lab) {
    std::string files;
    if (auto const list = lab.find("files"); list != lab.end() && list->is_array())
        for (auto const& file : *list)
            if (file.is_string()) files += (files.empty() ? "" : ", ") + fs::path(file.get<std::string>()).filename().string();
    auto const checks = lab.find("checks");
    if (checks == lab.end() || !checks->is_array() || files.empty()) return files;
    return fmt::format("{}: {} checks", files, checks->size());
}

void find_labs(StartPage& page, fs::path const& root) {
    std::vector<std::pair<unsigned, StartEntry>> found;
    std::error_code failed;
    for (auto const& entry : fs::directory_iterator(root / "labs", failed)) {
        std::ifstream file(entry.path() / "lab.json");
        if (!file) continue;
        auto const json = nlohmann::json::parse(file, nullptr, false);
        if (!json.is_object() || !json.contains("number") || !json["number"].is_number_unsigned() ||
            !json.contains("title") || !json["title"].is_string())
            continue;
        auto const number = json["number"].get<unsigned>();
        found.push_back({number,
                         {fmt::format("{}  {}", number, json["title"].get<std::string>()),
                          "",
                          {"lab", "start", std::to_string(number)},
                          about_lab(json)}});
    }
    std::ranges::sort(found, {}, &std::pair<unsigned, StartEntry>::first);
    for (auto& [number, entry] : found) group(page, StartGroup::labs).push_back(std::move(entry));
}

}  // namespace

// The others are tools of the tests and of the measurements, or are nothing without
// what has to be given to them: a disk, a server.
std::span<char const* const> offered_applications() {
    static constexpr char const* names[] = {"hello",  "http",     "shell", "threads", "dining",
                                            "matrix", "schedule", "echo",  "crash"};
    return names;
}

StartPage find_start_page(fs::path const& root) {
    StartPage page;
    find_left_behind(page);
    find_recordings(page, root);
    find_applications(page, root);
    find_tours(page, root);
    find_labs(page, root);
    for (auto& group : page.groups)
        if (group.size() > most) group.resize(most);
    return page;
}

}  // namespace viz::app
