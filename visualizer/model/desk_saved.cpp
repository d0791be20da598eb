// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a person has arranged the window, as JSON: kept from one start to the next.
// Read from a file of the person's, so nothing in it is trusted.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "visualizer/model/desk.hpp"

namespace viz::model {

namespace {

using Json = nlohmann::ordered_json;

constexpr float least_ratio = 0.05f;
// With enough room, and with little.
constexpr char const* arrangement_names[2] = {"panes", "compact_panes"};

Json panes(Layout const& layout) {
    Json nodes = Json::array();
    for (PaneNode const& node : layout.nodes) {
        if (node.kind != PaneNode::Kind::leaf)
            nodes.push_back(node.ratio);
        else
            nodes.push_back(node.tabs.empty() ? ""
                                              : info(node.tabs[static_cast<unsigned>(node.active)]).name);
    }
    return nodes;
}

// Only what fits: the layouts of this version may be others.
void arrange(Layout& layout, Json const& nodes) {
    if (!nodes.is_array() || nodes.size() != layout.nodes.size()) return;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        PaneNode& node = layout.nodes[i];
        Json const& saved = nodes[i];
        if (node.kind != PaneNode::Kind::leaf && saved.is_number()) {
            auto const ratio = saved.get<double>();
            if (std::isfinite(ratio))
                node.ratio = std::clamp(static_cast<float>(ratio), least_ratio, 1 - least_ratio);
        }
        if (node.kind == PaneNode::Kind::leaf && saved.is_string())
            if (auto const view = view_named(saved.get<std::string>()))
                if (auto const tab = std::ranges::find(node.tabs, *view); tab != node.tabs.end())
                    node.active = static_cast<int>(tab - node.tabs.begin());
    }
}

}  // namespace

std::string Desk::saved() const {
    auto const arrangement = [&](bool compact) {
        Arrangement const layouts = as_it_stands(compact);
        Json json = Json::object();
        for (auto const& p : all_perspectives())
            json[std::string(p.name)] = panes(layouts[static_cast<unsigned>(p.id)]);
        return json;
    };
    Json const all{{"perspective", info(perspective_).name},
                   {"theme", window.theme->name},
                   {"zoom", window.zoom},
                   {"squeeze_sleep", state_.squeeze_sleep},
                   {"welcomed", window.welcomed},
                   {arrangement_names[false], arrangement(false)},
                   {arrangement_names[true], arrangement(true)}};
    return all.dump(2) + "\n";
}

namespace {

std::string word(Json const& all, char const* name) {
    auto const found = all.find(name);
    return found != all.end() && found->is_string() ? found->get<std::string>() : "";
}

SavedLook look_of(Json const& all) {
    SavedLook out;
    if (!all.is_object()) return out;
    out.theme = theme_named(word(all, "theme"));
    if (auto const zoom = all.find("zoom"); zoom != all.end() && zoom->is_number())
        if (double const value = zoom->get<double>();
            value >= Desk::smallest_zoom && value <= Desk::largest_zoom)
            out.zoom = static_cast<float>(value);
    return out;
}

}  // namespace

SavedLook look_of(std::string_view saved) { return look_of(Json::parse(saved, nullptr, false)); }

void Desk::restore(std::string_view text) {
    Json const all = Json::parse(text, nullptr, false);
    if (!all.is_object()) return;
    SavedLook const look = look_of(all);
    if (look.theme) window.theme = look.theme;
    if (look.zoom > 0) window.zoom = look.zoom;
    if (auto const squeeze = all.find("squeeze_sleep"); squeeze != all.end() && squeeze->is_boolean())
        state_.squeeze_sleep = squeeze->get<bool>();
    if (auto const welcomed = all.find("welcomed"); welcomed != all.end() && welcomed->is_boolean())
        window.welcomed = welcomed->get<bool>();
    for (bool const compact : {false, true}) {
        auto const layouts = all.find(arrangement_names[compact]);
        if (layouts == all.end() || !layouts->is_object()) continue;
        for (auto const& p : all_perspectives())
            if (auto const nodes = layouts->find(std::string(p.name)); nodes != layouts->end())
                arrange(compact == compact_ && p.id == perspective_
                            ? arranged()
                            : layouts_[compact][static_cast<unsigned>(p.id)],
                        *nodes);
    }
    if (auto const perspective = perspective_named(word(all, "perspective"))) show(*perspective);
}

}  // namespace viz::model
