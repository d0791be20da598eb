// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/start_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace viz::model {

StartGroupInfo const& info(StartGroup group) {
    static constexpr StartGroupInfo table[start_group_count] = {
        {"recordings", "Open a recording",
         "There is none yet. Every application that is run with --record FILE leaves one.", true},
        {"applications", "Start an application", "None is built. ./viv build makes them.", true},
        {"tours", "Take a tour", "No tours were found.", true},
        {"labs", "Do a lab", "No labs were found.", false},
    };
    return table[static_cast<unsigned>(group)];
}

float start_width(float width, float scale) { return std::min(width, std::round(1500 * scale)); }

std::array<Rect, start_group_count> place_start(Rect area, float scale, StartHeights const& wanted) {
    std::array<Rect, start_group_count> out;
    float const gap = std::round(14 * scale);
    // Two in a column: what one does not need is the other's; if both want more than half,
    // each has that.
    auto const stack = [&](unsigned above, unsigned below, float x, float width) {
        float const room = area.height - gap;
        float const first = std::min(wanted[above], std::max(room / 2, room - wanted[below]));
        out[above] = {x, area.y, width, first};
        out[below] = {x, area.y + first + gap, width, std::min(wanted[below], room - first)};
    };
    // Recordings and applications are few: they share a column.
    if (area.width >= 900 * scale && area.height >= 480 * scale) {
        float const width = (area.width - 2 * gap) / 3;
        stack(0, 1, area.x, width);
        for (unsigned i : {2u, 3u})
            out[i] = {area.x + (width + gap) * static_cast<float>(i - 1), area.y, width,
                      std::min(wanted[i], area.height)};
        return out;
    }
    if (area.width >= 1180 * scale) {
        float const width = (area.width - 3 * gap) / 4;
        for (unsigned i = 0; i < start_group_count; ++i)
            out[i] = {area.x + (width + gap) * static_cast<float>(i), area.y, width, std::min(wanted[i], area.height)};
        return out;
    }
    float const width = (area.width - gap) / 2;
    stack(0, 2, area.x, width);
    stack(1, 3, area.x + width + gap, width);
    return out;
}

std::string command_of(StartEntry const& entry) {
    std::string out = "./viv";
    for (std::string const& word : entry.words) {
        bool const plain = word.find_first_of(" \t'\"\\$&;()<>|*?#~`") == std::string::npos && !word.empty();
        std::string quoted = "'";
        for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
        out += " " + (plain ? word : quoted + "'");
    }
    return out;
}

std::string start_text(StartPage const& page) {
    // Title and command in columns; a detail can be a sentence.
    std::size_t title = 0, command = 0;
    for (auto const& group : page.groups)
        for (StartEntry const& e : group)
            title = std::max(title, e.title.size()), command = std::max(command, command_of(e).size());
    title = std::min<std::size_t>(title, 44), command = std::min<std::size_t>(command, 44);
    std::string out;
    for (unsigned g = 0; g < start_group_count; ++g) {
        auto const& about = info(static_cast<StartGroup>(g));
        out += fmt::format("{}:\n", about.title);
        if (page.groups[g].empty()) out += fmt::format("  {}\n", about.empty);
        for (StartEntry const& e : page.groups[g]) {
            out += e.detail.empty() ? fmt::format("  {:<{}}  {}\n", e.title, title, command_of(e))
                                    : fmt::format("  {:<{}}  {:<{}}  {}\n", e.title, title, command_of(e),
                                                  command, e.detail);
        }
    }
    return out;
}

std::string start_json(StartPage const& page) {
    using Json = nlohmann::ordered_json;
    Json all = Json::object();
    for (unsigned g = 0; g < start_group_count; ++g) {
        Json list = Json::array();
        for (StartEntry const& e : page.groups[g])
            list.push_back({{"title", e.title}, {"detail", e.detail}, {"about", e.about}, {"command", command_of(e)}});
        all[std::string(info(static_cast<StartGroup>(g)).name)] = std::move(list);
    }
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace viz::model
