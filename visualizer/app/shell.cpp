// SPDX-License-Identifier: GPL-2.0-or-later
//
// The frame: what stands where, and the panes. The bars are in shell_bars.cpp, the
// palette in shell_palette.cpp.
#include "visualizer/app/shell.hpp"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <utility>

#include "visualizer/app/keys.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/tour_layout.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"
#include "visualizer/widgets/rows.hpp"

namespace viz::app {

using namespace widgets;
using model::CommandId;
using model::PaneNode;
using model::Rect;
using model::ViewId;

Shell::Shell(Door& door) : desk_(door), guide_(desk_, door) {
    for (auto const& v : model::all_views()) views_[static_cast<unsigned>(v.id)] = panels::make_view(v.id);
}

Shell::~Shell() = default;

void Shell::draw(std::shared_ptr<sim::debug::Snapshot const> snapshot) {
    desk_.update(std::move(snapshot));
    constexpr double notice_seconds = 8;
    if (auto notices = desk_.take_notices(); !notices.empty()) {
        notice_ = std::move(notices.back());
        notice_until_ = ImGui::GetTime() + notice_seconds;
    }
    state().hovered = std::exchange(state().next_hovered, {});

    ImVec2 size = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(size);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::Begin("shell", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoScrollWithMouse |
                     ImGuiWindowFlags_NoNav);
    ImGui::PopStyleVar();
    auto rects = model::place_shell({0, 0, size.x, size.y}, style().scale);
    // The display became small or large: every perspective is laid out anew.
    if (rects.compact != compact_) desk_.fit(compact_ = rects.compact);
    if (bare) {
        draw_bare({0, 0, size.x, size.y});
    } else {
        draw_transport(rects.transport, rects.compact);
        draw_activities(rects.activities, rects.compact);
        // Little room: a tour's words need it more than the time line does.
        bool const timeline = !(guide_.active() && rects.compact);
        if (!timeline) rects.body.height += rects.timeline.height;
        if (guide_.active()) {
            auto const placed = model::place_tour(rects.body, style().scale, tour_pane_.wanted_height());
            rects.body = placed.views;
            tour_pane_.draw(placed.tour, guide_, queue_);
        }
        draw_body(rects.body);
        if (timeline) draw_timeline(rects.timeline, rects.compact);
        draw_status(rects.status);
    }
    ImGui::End();

    read_keys();
    if (window().palette) draw_palette();
    if (window().help) draw_help();
    if (window().welcome && !bare && !guide_.active()) draw_welcome();

    state().revealed.reset();
    rows_.wanted.reset();
    performed_ = queue_.take();
    for (auto const& request : performed_) perform(of_rows(request));
    if (!guide_.waits_for_text()) desk_.ask_for_views();
}

void Shell::draw_body(Rect body) {
    float gap = px(6), least = px(120);
    body = body.inset(gap / 2);
    auto placement = model::place_panes(layout(), body, gap, least);
    ImVec2 mouse = ImGui::GetIO().MousePos;
    for (auto const& splitter : placement.splitters) {
        ImGui::SetCursorScreenPos(at(splitter.rect));
        ImGui::PushID(splitter.node);
        ImGui::InvisibleButton("splitter",
                               {std::max(splitter.rect.width, 1.0f), std::max(splitter.rect.height, 1.0f)});
        ImGui::PopID();
        bool over = ImGui::IsItemHovered(), held = ImGui::IsItemActive();
        if (over || held) {
            ImGui::SetMouseCursor(splitter.upright ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
            Rect line = splitter.rect.inset(splitter.upright ? 0 : 0);
            ImGui::GetWindowDrawList()->AddRectFilled(at(line), end_of(line),
                                                      packed(held ? theme().accent : theme().border), px(3));
        }
        if (held)
            layout().nodes[static_cast<unsigned>(splitter.node)].ratio =
                model::dragged_ratio(splitter, {mouse.x, mouse.y}, least);
        if (over && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left))
            layout().nodes[static_cast<unsigned>(splitter.node)].ratio = 0.5f;
    }
    window().pane_under_pointer = -1;
    if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) window().by_keys = false;
    int const front = desk_.pane();
    rows_.shown.clear();
    for (auto const& pane : placement.panes) {
        if (pane.rect.contains(model::Point{mouse.x, mouse.y})) window().pane_under_pointer = pane.node;
        if (window().pane_under_pointer == pane.node && ImGui::IsMouseClicked(ImGuiMouseButton_Left))
            window().pane = pane.node;
        if (pane.node == front) widgets::listen_for_rows(&rows_);
        draw_pane(pane);
        widgets::listen_for_rows(nullptr);
        if (pane.node == front && window().by_keys)
            ImGui::GetWindowDrawList()->AddRect(at(pane.rect), end_of(pane.rect), packed(theme().accent),
                                                px(6), 0, px(2));
    }
}

void Shell::draw_pane(model::PlacedPane const& pane) {
    PaneNode& node = layout().nodes[static_cast<unsigned>(pane.node)];
    Rect r = pane.rect;
    auto* list = ImGui::GetWindowDrawList();
    float bar = px(32);
    list->AddRectFilled(at(r), end_of(r), packed(theme().pane), px(6));
    list->AddRectFilled(at(r), {r.right(), r.y + bar}, packed(theme().raised), px(6),
                        ImDrawFlags_RoundCornersTop);
    // Where the ground does not tell a pane from the gap, a line does.
    if (theme().pane == theme().gap) list->AddRect(at(r), end_of(r), packed(theme().border), px(6));

    ImGui::PushID(pane.node);
    float tabs = r.width - px(12);
    if (desk_.one_view()) {
        std::string back = fmt::format("Back to {}", info(desk_.perspective()).title);
        float width = text_size(fonts().text, back).x + px(18);
        ImGui::SetCursorScreenPos({r.right() - width - px(6), r.y + px(3)});
        if (text_button("restore", back, "Shows all panes again (Escape)")) queue_.push(CommandId::maximise);
        tabs -= width;
    }
    draw_tabs(node, {r.x + px(6), r.y, tabs, bar});

    Rect content{r.x + px(10), r.y + bar + px(8), r.width - px(16), r.height - bar - px(12)};
    if (!node.tabs.empty()) draw_view(node.tabs[static_cast<unsigned>(node.active)], content);
    ImGui::PopID();
}

void Shell::draw_view(ViewId id, Rect content) {
    if (content.empty()) return;
    ImGui::SetCursorScreenPos(at(content));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::BeginChild(std::string(info(id).name).c_str(), {content.width, content.height}, 0,
                      ImGuiWindowFlags_NoNav);
    ImGui::PopStyleVar();
    if (auto const why = model::why_empty(id, model().now()); !why.empty())
        empty_view(icons::eye, "Not with this machine", model::as_sentence(why));
    else
        views_[static_cast<unsigned>(id)]->draw(model(), state(), queue_);
    auto const& front = layout().nodes[static_cast<unsigned>(desk_.pane())];
    if (!front.tabs.empty() && front.tabs[static_cast<unsigned>(front.active)] == id && scroll_ != 0)
        scroll_lines(std::exchange(scroll_, 0.0f));
    ImGui::EndChild();
}

void Shell::draw_bare(Rect all) {
    auto const placement = model::place_panes(layout(), all, px(6), px(120));
    if (placement.panes.size() != 1) return draw_body(all);
    PaneNode const& node = layout().nodes[static_cast<unsigned>(placement.panes[0].node)];
    ImGui::GetWindowDrawList()->AddRectFilled(at(all), end_of(all), packed(theme().pane));
    if (!node.tabs.empty()) draw_view(node.tabs[static_cast<unsigned>(node.active)], all.inset(px(10)));
}

void Shell::draw_tabs(PaneNode& node, Rect r) {
    auto* list = ImGui::GetWindowDrawList();
    auto width_of = [](ViewId tab) {
        return std::floor(text_size(fonts().strong, info(tab).title).x + px(28));
    };
    // Where not all fit: as many as do, the active one always, and a menu of the rest.
    float all = 0, menu = px(40);
    for (ViewId tab : node.tabs) all += width_of(tab);
    bool some_hidden = all > r.width;
    float room = some_hidden ? r.width - menu : r.width;
    std::vector<std::size_t> hidden;
    float reserved = node.tabs.empty() ? 0 : width_of(node.tabs[static_cast<unsigned>(node.active)]), x = r.x;
    for (std::size_t i = 0; i < node.tabs.size(); ++i) {
        auto const& view = info(node.tabs[i]);
        bool active = static_cast<int>(i) == node.active;
        float width = std::min(width_of(node.tabs[i]), room);
        if (active)
            reserved = 0;
        else if (x + width + reserved > r.x + room) {
            hidden.push_back(i);
            continue;
        }
        ImGui::SetCursorScreenPos({x, r.y});
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::InvisibleButton("tab", {std::max(width, 1.0f), r.height}))
            queue_.push(CommandId::show_view, node.tabs[i]);
        bool over = ImGui::IsItemHovered();
        teach(view.title, view.question);
        ImGui::PopID();
        if (active) {
            list->AddRectFilled({x, r.y + px(4)}, {x + width, r.bottom()}, packed(theme().pane), px(5),
                                ImDrawFlags_RoundCornersTop);
            list->AddRectFilled({x + px(10), r.y + px(3)}, {x + width - px(10), r.y + px(5)},
                                packed(theme().accent), px(1));
        }
        ImFont* font = active ? fonts().strong : fonts().text;
        std::string title = cut_to(font, view.title, width - px(8));
        text_at(list, {x + (width - text_size(font, title).x) / 2, r.y + px(9)}, font,
                active || over ? theme().text : theme().faint, title);
        x += width;
    }
    if (hidden.empty()) return;
    ImGui::SetCursorScreenPos({x, r.y});
    if (ImGui::InvisibleButton("more", {menu, r.height})) ImGui::OpenPopup("tabs");
    std::string more = fmt::format("+{}", hidden.size());
    text_at(list, {x + px(10), r.y + px(9)}, fonts().text,
            ImGui::IsItemHovered() ? theme().text : theme().faint, more);
    if (ImGui::BeginPopup("tabs")) {
        for (std::size_t i : hidden)
            if (ImGui::Selectable(std::string(info(node.tabs[i]).title).c_str()))
                queue_.push(CommandId::show_view, node.tabs[i]);
        ImGui::EndPopup();
    }
}

model::Request Shell::of_rows(model::Request request) {
    if (request.id != CommandId::next_row && request.id != CommandId::previous_row) return request;
    int const direction = request.id == CommandId::next_row ? 1 : -1;
    constexpr float lines = 3;
    if (window().help) {
        help_scroll_ += lines * static_cast<float>(direction);
        return {CommandId::select, state().selected};
    }
    window().by_keys = true;
    if (auto const row = row_beside(rows_, state().selected, direction)) {
        rows_.wanted = *row;
        return {CommandId::select, *row};
    }
    scroll_ += lines * static_cast<float>(direction);
    return {CommandId::select, state().selected};
}

void Shell::read_keys() {
    ImGuiIO const& io = ImGui::GetIO();
    // While text is typed only keys with Ctrl, and Escape, are commands.
    bool typing = io.WantTextInput;
    static auto const chords = [] {
        std::vector<std::pair<Chord, CommandId>> out;
        for (auto const& command : model::all_commands()) {
            std::string_view keys = command.keys;
            while (!keys.empty()) {
                std::size_t end = std::min(keys.find(' '), keys.size());
                if (auto chord = parse_chord(keys.substr(0, end))) out.emplace_back(*chord, command.id);
                keys.remove_prefix(std::min(end + 1, keys.size()));
            }
        }
        return out;
    }();
    for (auto const& [chord, id] : chords) {
        if (typing && !chord.control && chord.key != ImGuiKey_Escape) continue;
        bool repeats = id == CommandId::step_forward || id == CommandId::step_back ||
                       id == CommandId::step_instruction || id == CommandId::step_instruction_back ||
                       id == CommandId::step_line || id == CommandId::step_line_back ||
                       id == CommandId::next_row || id == CommandId::previous_row;
        if (pressed(chord, repeats)) queue_.push(id);
    }
}

}  // namespace viz::app
