// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/widgets/time_strip.hpp"

#include <algorithm>
#include <cmath>

namespace viz::widgets {

using model::CommandId;
using model::Rect;
using model::TimeAxis;

float ruler_height() { return px(20); }

void draw_sleeps(ImDrawList* list, TimeAxis const& axis, Rect area, std::uint64_t now_ns) {
    float const cursor = axis.pixel(now_ns);
    for (auto const& piece : axis.pieces) {
        if (!piece.asleep) continue;
        float a = std::floor(axis.pixel(piece.from_ns)), b = std::floor(axis.pixel(piece.to_ns));
        float top = area.y + ruler_height();
        list->AddRectFilled({a, top}, {b, area.bottom()}, packed(theme().gap));
        if (b - a < px(4)) continue;  // many of them: too narrow to be hatched
        list->PushClipRect({a, top}, {b, area.bottom()}, true);
        for (float x = a - (area.bottom() - top); x < b; x += px(7))
            list->AddLine({x, area.bottom()}, {x + area.bottom() - top, top}, packed(theme().grid), px(1));
        list->PopClipRect();
        std::string label = model::short_time(piece.to_ns - piece.from_ns);
        ImVec2 const size = text_size(fonts().small, label);
        auto const x = model::label_within(size.x, {a, b, px(3), cursor});
        if (!x) continue;
        float const y = area.bottom() - size.y - px(3);
        list->AddRectFilled({*x - px(3), y}, {*x + size.x + px(3), y + size.y}, packed(theme().gap), px(3));
        text_at(list, {*x, y}, fonts().small, theme().faint, label);
    }
}

void draw_ruler(ImDrawList* list, TimeAxis const& axis, Rect area, std::uint64_t now_ns) {
    model::LabelRoom room{area.x, area.right(), px(5), axis.pixel(now_ns)};
    // Marks without a label are lines below the ruler, as long as they do not crowd.
    float last = area.x - px(100);
    for (model::RulerMark const& mark : model::ruler(axis, px(96))) {
        float x = std::floor(axis.pixel(mark.ns));
        bool labelled = !mark.label.empty();
        if (!labelled && x - last < px(24)) continue;
        last = x;
        list->AddLine({x, labelled ? area.y + px(3) : area.y + ruler_height()}, {x, area.bottom()},
                      packed(theme().grid));
        if (!labelled) continue;
        float const width = text_size(fonts().small, mark.label).x;
        auto const at = model::label_beside(x, width, room);
        if (!at) continue;
        text_at(list, {*at, area.y + px(2)}, fonts().small, theme().faint, mark.label);
        room.from = *at + width + 3 * room.gap;  // each is seen to be of its own mark
    }
}

void draw_cursor(ImDrawList* list, TimeAxis const& axis, Rect area, model::Model const& model,
                 model::ViewState const& state) {
    auto inside = [&](float x) { return x >= area.x - 1 && x <= area.right() + 1; };
    float now = std::floor(axis.pixel(model.now().virtual_ns));
    float end = axis.pixel(model.end_ns());
    // What has been recorded, but lies after the cursor, is paler.
    if (now < area.right() && end > now)
        list->AddRectFilled({std::max(now, area.x), area.y + ruler_height()},
                            {std::min(end, area.right()), area.bottom()},
                            packed(theme().pane.with_alpha(120)));
    auto marker = [&](std::optional<std::uint64_t> ns, char const* name) {
        if (!ns) return;
        float x = std::floor(axis.pixel(*ns));
        if (!inside(x)) return;
        list->AddLine({x, area.y}, {x, area.bottom()}, packed(theme().accent), px(1));
        text_at(list, {x + px(3), area.bottom() - px(17)}, fonts().small, theme().accent, name);
    };
    marker(state.mark_a_ns, "A");
    marker(state.mark_b_ns, "B");
    if (!inside(now)) return;
    float x = std::clamp(now, area.x, area.right() - 1);
    list->AddLine({x, area.y}, {x, area.bottom()}, packed(theme().now), px(1.5f));
    float head = px(5);
    list->AddTriangleFilled({x - head, area.y}, {x + head, area.y}, {x, area.y + head * 1.4f},
                            packed(theme().now));
}

bool time_input(char const* id, TimeAxis const& axis, Rect area, model::Model const& model,
                model::ViewState& state, model::CommandQueue& queue) {
    ImGui::SetCursorScreenPos(at(area));
    ImGui::InvisibleButton(id, {std::max(area.width, 1.0f), std::max(area.height, 1.0f)},
                           ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                               ImGuiButtonFlags_MouseButtonMiddle);
    bool over = ImGui::IsItemHovered();
    ImGuiIO const& io = ImGui::GetIO();
    std::uint64_t pointed = axis.time(io.MousePos.x);
    if (over && io.MouseWheel != 0)
        state.window = model::zoomed(axis.window, std::pow(0.8, static_cast<double>(io.MouseWheel)), pointed,
                                     model.end_ns());
    if (over && io.MouseWheelH != 0)
        state.window = model::panned(axis.window, static_cast<double>(io.MouseWheelH) * 0.1, model.end_ns());
    if (ImGui::IsItemActive() && (ImGui::IsMouseDragging(ImGuiMouseButton_Right, 2) ||
                                  ImGui::IsMouseDragging(ImGuiMouseButton_Middle, 2)))
        state.window = model::panned(
            axis.window, -static_cast<double>(io.MouseDelta.x / std::max(axis.width, 1.0f)), model.end_ns());
    // Dragging with the left button scrubs: each frame asks for the moment below the pointer.
    bool scrubbing = ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Left);
    if (scrubbing && (ImGui::IsItemActivated() || io.MouseDelta.x != 0) && model.end_ns() > 0)
        queue.push(CommandId::go_to_moment,
                   model::moment_at(model.now().events, pointed,
                                    std::max(model.now().end, model.now().moment), model.end_ns()));
    return over;
}

}  // namespace viz::widgets
