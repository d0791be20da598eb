// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/settings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "visualizer/model/desk.hpp"

namespace viz::app {

namespace {

std::filesystem::path arrangement_file() {
    auto folder = [](char const* name) {
        char const* value = std::getenv(name);
        return std::filesystem::path(value ? value : "");
    };
    auto settings = folder("XDG_CONFIG_HOME");
    if (settings.empty() && !folder("HOME").empty()) settings = folder("HOME") / ".config";
    return settings.empty() ? settings : settings / "vivarium" / "window.json";
}

}  // namespace

std::string read_arrangement() {
    constexpr std::size_t most = 64 * 1024;
    std::string text(most, '\0');
    std::ifstream file(arrangement_file(), std::ios::binary);
    file.read(text.data(), static_cast<std::streamsize>(most));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

void write_arrangement(std::string const& text) {
    auto const file = arrangement_file();
    if (file.empty()) return;
    std::error_code failed;
    std::filesystem::create_directories(file.parent_path(), failed);
    auto const half = std::filesystem::path(file) += fmt::format(".{}", getpid());
    bool written = false;
    {
        std::ofstream out(half, std::ios::binary);
        out << text;
        written = static_cast<bool>(out.flush());
    }
    if (written)
        std::filesystem::rename(half, file, failed);
    else
        std::filesystem::remove(half, failed);
}

model::Theme const& find_theme(std::string const& name) {
    if (auto const* theme = model::theme_named(name)) return *theme;
    throw std::runtime_error(fmt::format("--theme {}: there are dark, light and contrast", name));
}

model::Theme const& theme_of_window(std::string const& name) {
    if (!name.empty()) return find_theme(name);
    auto const* saved = model::look_of(read_arrangement()).theme;
    return saved ? *saved : model::dark_theme();
}

float zoom_of_window() {
    float const zoom = model::look_of(read_arrangement()).zoom;
    return zoom > 0 ? zoom : 1;
}

}  // namespace viz::app
