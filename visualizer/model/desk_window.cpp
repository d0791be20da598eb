// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is seen, where and how large: the arrangement of the views, the pane that keys are
// in, and the commands that concern these alone.
#include <fmt/format.h>

#include <algorithm>

#include "visualizer/model/desk.hpp"

namespace viz::model {

void Desk::lay_out_anew() {
    for (auto const& p : all_perspectives()) {
        auto const number = static_cast<unsigned>(p.id);
        layouts_[false][number] = layout_of(p.id);
        layouts_[true][number] = compacted(layout_of(p.id));
    }
    before_maximise_.reset();
    layout_ = layouts_[compact_][static_cast<unsigned>(perspective_)];
}

Desk::Arrangement Desk::as_it_stands(bool compact) const {
    Arrangement all = layouts_[compact];
    if (compact == compact_)
        all[static_cast<unsigned>(perspective_)] = before_maximise_ ? *before_maximise_ : layout_;
    return all;
}

void Desk::fit(bool compact) {
    layouts_[compact_] = as_it_stands(compact_);
    compact_ = compact;
    arranged() = layouts_[compact_][static_cast<unsigned>(perspective_)];
}

void Desk::show(Perspective perspective) {
    if (before_maximise_) layout_ = *std::exchange(before_maximise_, std::nullopt);
    layouts_[compact_] = as_it_stands(compact_);
    perspective_ = perspective;
    layout_ = layouts_[compact_][static_cast<unsigned>(perspective)];
}

void Desk::show_alone(ViewId view) {
    if (!before_maximise_) before_maximise_ = layout_;
    layout_ = layout_of(view);
}

void Desk::bring_forward(ViewId view) {
    if (layout_.show(view)) return;
    for (auto const& p : all_perspectives())
        if (layout_of(p.id).leaf_with(view) >= 0) {
            show(p.id);
            layout_.show(view);
            return;
        }
    show_alone(view);
}

int Desk::pane() const {
    auto const leaves = layout_.leaves();
    return std::ranges::find(leaves, window.pane) != leaves.end() ? window.pane : leaves.front();
}

void Desk::go_to_pane(int direction) {
    auto const leaves = layout_.leaves();
    auto const count = static_cast<int>(leaves.size());
    int const here = static_cast<int>(std::ranges::find(leaves, pane()) - leaves.begin());
    // The first key shows where one is.
    int const there = window.by_keys ? (here + direction + count) % count : here;
    window.pane = leaves[static_cast<unsigned>(there)];
    window.by_keys = true;
}

void Desk::turn_tab(int direction) {
    auto& node = layout_.nodes[static_cast<unsigned>(pane())];
    auto const count = static_cast<int>(node.tabs.size());
    if (count > 0) node.active = (node.active + direction + count) % count;
    window.by_keys = true;
}

void Desk::perform_window(Request const& request) {
    constexpr float step = 1.1f, projector = 1.6f;
    switch (request.id) {
        case CommandId::palette:
            window.palette = true;
            window.help = false;
            ++window.palette_opened;
            window.prompt.reset();
            window.prompt_text.clear();
            break;
        case CommandId::clear_selection:
            if (window.palette || window.help)
                window.palette = window.help = false;
            else if (window.welcome)
                window.welcome = false, window.welcomed = true;
            else if (before_maximise_)
                show(perspective_);
            else
                state_.selected = {};
            break;
        case CommandId::show_perspective:
            if (auto const* perspective = request.as<Perspective>()) show(*perspective);
            break;
        case CommandId::overview:
            return show(Perspective::overview);
        case CommandId::boot:
            return show(Perspective::boot);
        case CommandId::memory:
            return show(Perspective::memory);
        case CommandId::scheduling:
            return show(Perspective::scheduling);
        case CommandId::network:
            return show(Perspective::network);
        case CommandId::comparing:
            return show(Perspective::compare);
        case CommandId::disks:
            return show(Perspective::disk);
        case CommandId::show_view:
            if (auto const* view = request.as<ViewId>()) {
                if (!layout_.show(*view)) show_alone(*view);
                window.pane = layout_.leaf_with(*view);
            }
            break;
        case CommandId::show_alone:
            if (auto const* view = request.as<ViewId>()) show_alone(*view);
            break;
        case CommandId::next_pane:
            return go_to_pane(1);
        case CommandId::previous_pane:
            return go_to_pane(-1);
        case CommandId::next_tab:
            return turn_tab(1);
        case CommandId::previous_tab:
            return turn_tab(-1);
        case CommandId::next_row:  // the window knows the rows
        case CommandId::previous_row:
            return refuse("rows are in the window; name what you want: select packet 3");
        case CommandId::reveal_selected:
            if (!state_.selected) return refuse("nothing is selected");
            return reveal(state_.selected);
        case CommandId::maximise:
            if (before_maximise_) {
                show(perspective_);
            } else {
                bool const pointed =
                    !window.by_keys && window.pane_under_pointer >= 0 &&
                    static_cast<std::size_t>(window.pane_under_pointer) < layout_.nodes.size();
                auto const& node =
                    layout_.nodes[static_cast<unsigned>(pointed ? window.pane_under_pointer : pane())];
                if (!node.tabs.empty()) show_alone(node.tabs[static_cast<unsigned>(node.active)]);
            }
            break;
        case CommandId::reset_layout:
            lay_out_anew();
            break;
        case CommandId::larger:
            window.zoom = std::min(window.zoom * step, largest_zoom);
            break;
        case CommandId::smaller:
            window.zoom = std::max(window.zoom / step, smallest_zoom);
            break;
        case CommandId::normal_size:
            window.zoom = 1;
            break;
        case CommandId::projector:
            window.zoom = projector;
            break;
        case CommandId::next_theme: {
            auto const& themes = all_themes();
            auto const now = std::ranges::find(themes, window.theme);
            window.theme = now == themes.end() || now + 1 == themes.end() ? themes[0] : *(now + 1);
            break;
        }
        case CommandId::theme:
            if (auto const* name = request.as<std::string>()) {
                Theme const* const wanted = theme_named(*name);
                if (!wanted)
                    return refuse(fmt::format("\"{}\" is no theme: there are dark, light, contrast", *name));
                window.theme = wanted;
            }
            break;
        case CommandId::save_picture:
            window.picture = true;
            break;
        case CommandId::help:
            window.help = !window.help;
            window.palette = false;
            break;
        case CommandId::welcome:
            if (window.welcome) window.welcomed = true;
            window.welcome = !window.welcome;
            break;
        case CommandId::quit:
            window.quit = true;
            break;
        default:
            break;
    }
}

}  // namespace viz::model
