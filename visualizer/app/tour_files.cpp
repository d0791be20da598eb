// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/tour_files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "visualizer/model/tour_reader.hpp"

namespace viz::app {

namespace fs = std::filesystem;

namespace {

constexpr char const* extension = ".tour";

bool is_path(std::string const& name) {
    return name.find('/') != std::string::npos || name.ends_with(extension);
}

// What is no tour is never replaced.
std::string write_tour(std::string const& file, std::string const& text) {
    std::error_code failed;
    if (fs::exists(file, failed)) {
        auto const old = find_tour(fs::path(file).has_parent_path() ? file : "./" + file);
        if (std::holds_alternative<std::string>(old))
            return fmt::format("{} exists and is no tour; give another name", file);
    }
    std::string const part = fmt::format("{}.{}.part", file, getpid());
    {
        std::ofstream out(part, std::ios::binary);
        out << text;
        if (!out.flush()) {
            fs::remove(part, failed);
            return fmt::format("cannot write {}; check its folder", file);
        }
    }
    fs::rename(part, file, failed);
    return failed ? fmt::format("cannot write {}: {}", file, failed.message()) : "";
}

}  // namespace

fs::path repository_root() {
    char const* const root = std::getenv("VIV_ROOT");
    return root && *root ? root : ".";
}

fs::path tours_folder(fs::path const& root) { return root / "visualizer" / "tours"; }

std::vector<std::string> known_tours(fs::path const& root) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (auto const& entry : fs::directory_iterator(tours_folder(root), ignored))
        if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

std::variant<model::TourPtr, std::string> find_tour(std::string const& name, fs::path const& root) {
    fs::path const file = is_path(name) ? fs::path(name) : tours_folder(root) / (name + extension);
    std::string text(model::TourLimits::file_bytes + 1, '\0');
    std::ifstream in(file, std::ios::binary);
    std::error_code ignored;
    if (!in || fs::is_directory(file, ignored)) {
        if (is_path(name)) return fmt::format("cannot read {}; check its name", name);
        std::string names;
        for (auto const& known : known_tours(root)) names += (names.empty() ? "" : ", ") + known;
        return fmt::format("no tour is called \"{}\"; there are {}", name, names.empty() ? "none" : names);
    }
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    auto read = model::read_tour(text);
    if (auto const* error = std::get_if<model::TourError>(&read))
        return explain(*error, file.filename().string());
    auto const tour = std::get<model::TourPtr>(read);
    if (tour->name != file.stem().string())
        return fmt::format("{}: its first line calls it \"{}\"; name both alike", file.filename().string(),
                           tour->name);
    return tour;
}

std::string list_of_tours() {
    std::string out;
    for (auto const& name : known_tours()) {
        auto const found = find_tour(name);
        if (auto const* why = std::get_if<std::string>(&found)) {
            out += fmt::format("{:<18} {}\n", name, *why);
            continue;
        }
        auto const& tour = *std::get<model::TourPtr>(found);
        out += fmt::format("{:<18} {:>2} min  {}\n", name, tour.minutes, tour.title);
    }
    return out.empty() ? fmt::format("no tours in {}\n", tours_folder().string()) : out;
}

model::TourGuide::Library tour_library() {
    return {[](std::string const& name) { return find_tour(name); }, list_of_tours, write_tour};
}

}  // namespace viz::app
