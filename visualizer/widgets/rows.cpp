// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/widgets/rows.hpp"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>

#include "visualizer/widgets/draw.hpp"

namespace viz::widgets {

using sim::debug::Entity;

namespace {

Rows* listener = nullptr;

bool same(Entity const& a, Entity const& b) { return a.kind == b.kind && a.id == b.id; }

}  // namespace

void listen_for_rows(Rows* rows) { listener = rows; }

void row_drawn(Entity const& entity) {
    if (!listener || !entity) return;
    if (listener->shown.empty() || !same(listener->shown.back(), entity)) listener->shown.push_back(entity);
    if (!listener->wanted || !same(*listener->wanted, entity)) return;
    // With its neighbours: a row that is out of sight is not drawn, and no key would find it.
    ImRect row(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
    float const height = row.GetHeight();
    row.Min.y -= height, row.Max.y += height;
    ImGui::ScrollToRectEx(ImGui::GetCurrentWindow(), row, ImGuiScrollFlags_KeepVisibleEdgeY);
}

std::optional<Entity> row_beside(Rows const& rows, Entity from, int direction) {
    if (rows.shown.empty()) return std::nullopt;
    auto const here = std::ranges::find_if(rows.shown, [&](Entity const& e) { return same(e, from); });
    if (here == rows.shown.end()) return direction > 0 ? rows.shown.front() : rows.shown.back();
    auto const at = here - rows.shown.begin() + direction;
    if (at < 0 || at >= static_cast<std::ptrdiff_t>(rows.shown.size())) return *here;
    return rows.shown[static_cast<std::size_t>(at)];
}

void scroll_lines(float lines) {
    ImGuiWindow const* const self = ImGui::GetCurrentWindow();
    ImGuiWindow* largest = nullptr;
    for (ImGuiWindow* window : GImGui->Windows) {
        if (!window->WasActive || window->ScrollMax.y <= 0) continue;
        bool inside = false;
        for (ImGuiWindow const* w = window; w && !inside; w = w->ParentWindow) inside = w == self;
        if (inside && (!largest || window->Size.x * window->Size.y > largest->Size.x * largest->Size.y))
            largest = window;
    }
    if (!largest) return;
    float const line = text_size(fonts().text, "X").y + px(4);
    ImGui::SetScrollY(largest, std::clamp(largest->Scroll.y + lines * line, 0.0f, largest->ScrollMax.y));
}

}  // namespace viz::widgets
