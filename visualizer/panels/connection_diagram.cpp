// SPDX-License-Identifier: GPL-2.0-or-later
//
// TCP's state diagram with the path that a connection took. What lies after now is
// pale.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/panels/connection_parts.hpp"

namespace viz::panels::connection {

using namespace widgets;
using model::Point;
using model::StateStep;
using model::TcpState;

namespace {

float taken_head() { return px(7); }

void teach_state(TcpState s) {
    std::string ways;
    for (auto const& e : model::state_edges())
        if (e.from == s)
            ways += fmt::format("\n{}{}{}: to {}", e.cause, e.action.empty() ? "" : ", ", e.action,
                                name_of(e.to));
    teach(name_of(s), std::string(meaning_of(s)) + ways, "[rfc9293 §3.3.2]");
}

}  // namespace

TcpState Path::now() const {
    if (past > 0) return steps[past - 1].to;
    return steps.empty() ? TcpState::established : steps.front().from;
}

Entity entity_of(StateStep const& step, Model const& model) {
    if (step.packet && model.packet_index_of(*step.packet)) return {EntityKind::packet, *step.packet, 0};
    return {EntityKind::event, step.event, 0};
}

ImVec2 badge_size(std::string const& text) {
    ImVec2 const ink = text_size(fonts().small, text);
    return {std::max(ink.x + px(8), ink.y + px(2)), ink.y + px(2)};
}
void badge(ImDrawList* list, Point middle, std::string const& text, bool past) {
    ImVec2 const size = badge_size(text), ink = text_size(fonts().small, text);
    ImVec2 const a{std::floor(middle.x - size.x / 2), std::floor(middle.y - size.y / 2)};
    list->AddRectFilled(a, {a.x + size.x, a.y + size.y}, packed(theme().pane), size.y / 2);
    list->AddRect(a, {a.x + size.x, a.y + size.y}, packed(past ? theme().accent : theme().faint), size.y / 2,
                  0, px(1.4f));
    text_at(list, {a.x + (size.x - ink.x) / 2, a.y + px(1)}, fonts().small,
            past ? theme().text : theme().faint, text);
}

void draw_diagram(model::ConnectionPlaces const& places, Path const& path, Model const& model,
                  ViewState& state, CommandQueue& queue) {
    auto const diagram =
        model::state_diagram(places.diagram, places.box_width, places.box_height, path.steps);
    auto* list = ImGui::GetWindowDrawList();
    for (auto const& arrow : diagram.arrows) {
        bool const taken = !arrow.steps.empty(), past = taken && arrow.steps.front() <= path.past;
        Colour const c = past ? theme().accent : taken ? theme().faint : theme().border;
        float const thick = px(taken ? 2.2f : 1), head = taken ? taken_head() : px(5);
        float const dx = arrow.tip.x - arrow.start.x, dy = arrow.tip.y - arrow.start.y,
                    length = std::max(1.0f, std::hypot(dx, dy)), ux = dx / length, uy = dy / length;
        ImVec2 const back{arrow.tip.x - ux * head, arrow.tip.y - uy * head};
        list->AddLine(at(arrow.start), back, packed(c), thick);
        list->AddTriangleFilled(at(arrow.tip), {back.x - uy * head * 0.5f, back.y + ux * head * 0.5f},
                                {back.x + uy * head * 0.5f, back.y - ux * head * 0.5f}, packed(c));
    }
    TcpState const now = path.now();
    bool const over_end = now == TcpState::closed && path.past > 0;
    ImGui::PushID("states");
    for (auto const& box : diagram.boxes) {
        bool const was = path.begun && visited(path.steps, path.past, box.state, box.end);
        bool const is = path.begun && box.state == now && (now != TcpState::closed || box.end == over_end);
        Colour const ground = is    ? theme().accent
                              : was ? model::mix(theme().pane, theme().accent, 0.22f)
                                    : theme().raised;
        list->AddRectFilled(at(box.rect), end_of(box.rect), packed(ground), px(4));
        list->AddRect(at(box.rect), end_of(box.rect), packed(was ? theme().accent : theme().border),
                      px(4), 0, px(is ? 2 : 1));
        ImFont* font = is ? fonts().strong : fonts().small;
        std::string_view const name = name_of(box.state);
        ImVec2 size = text_size(font, name);
        if (size.x > box.rect.width - px(4)) size = text_size(font = fonts().small, name);
        Colour const ink = is    ? theme().ink(ground)
                           : was ? theme().text
                                 : theme().faint;
        text_at(list,
                {box.rect.x + (box.rect.width - size.x) / 2, box.rect.y + (box.rect.height - size.y) / 2},
                font, ink, name);
        ImGui::SetCursorScreenPos(at(box.rect));
        ImGui::PushID(static_cast<int>(box.state) + (box.end ? 100 : 0));
        ImGui::InvisibleButton("state", {box.rect.width, box.rect.height});
        teach_state(box.state);
        ImGui::PopID();
    }
    // Above lines and boxes: which step it was. Beside an arrow that it would hide.
    for (auto const& arrow : diagram.arrows) {
        if (arrow.steps.empty()) continue;
        std::string numbers;
        for (std::size_t i = 0; i < arrow.steps.size() && i < 3; ++i)
            numbers += fmt::format("{}{}", i ? "," : "", arrow.steps[i]);
        bool const past = arrow.steps.front() <= path.past;
        ImVec2 const size = badge_size(numbers);
        Point const middle = number_place(arrow, places.diagram, {size.x, size.y}, taken_head());
        badge(list, middle, numbers, past);
        ImGui::SetCursorScreenPos({middle.x - size.x / 2, middle.y - size.y / 2});
        ImGui::PushID(static_cast<int>(1000 + arrow.steps.front()));
        ImGui::InvisibleButton("step", size);
        StateStep const& step = path.steps[arrow.steps.front() - 1];
        entity_item(entity_of(step, model), state, queue);
        teach(fmt::format("{} to {}", name_of(step.from), name_of(step.to)), model::cause_of(step),
              "[rfc9293 §3.3.2]");
        ImGui::PopID();
    }
    ImGui::PopID();
}

}  // namespace viz::panels::connection
