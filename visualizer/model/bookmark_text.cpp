// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/bookmark_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace viz::model {

std::vector<sim::recording::Bookmark> const& bookmarks_of(sim::debug::Snapshot const& now) {
    static std::vector<sim::recording::Bookmark> const none;
    return now.machine ? now.machine->bookmarks : none;
}

std::string bookmarks_text(sim::debug::Snapshot const& now) {
    std::string out;
    for (auto const& b : bookmarks_of(now))
        out += fmt::format("{} {:<24} at {:<14}{}{}{}\n", b.at == now.moment ? ">" : " ", b.name,
                           to_string(b.at), b.view.empty() ? "" : "  view " + b.view,
                           b.address ? fmt::format("  {:#x}", *b.address) : "",
                           b.text.empty() ? "" : "  " + b.text);
    return out.empty() ? "No bookmarks. bookmark.set NAME keeps this moment.\n" : out;
}

std::string bookmarks_json(sim::debug::Snapshot const& now) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (auto const& b : bookmarks_of(now)) {
        Json one{{"name", b.name}, {"moment", to_string(b.at)}, {"text", b.text}, {"view", b.view}};
        if (b.address) one["address"] = fmt::format("{:#x}", *b.address);
        list.push_back(std::move(one));
    }
    return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace viz::model
