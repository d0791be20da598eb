// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/panels/scheduler_tables.hpp"

#include <fmt/format.h>

#include "visualizer/widgets/draw.hpp"

namespace viz::panels {

using namespace widgets;

void draw_ready(Model const& model, std::vector<model::Queued> const* queue, std::uint64_t ns, bool pointed,
                float line) {
    ImVec2 const p = ImGui::GetCursorScreenPos();
    float const width = ImGui::GetContentRegionAvail().x;
    auto* list = ImGui::GetWindowDrawList();
    ImGui::Dummy({width, line});
    float x = p.x + px(2), y = p.y + px(2);
    x += text_at(list, {x, y}, fonts().small, theme().faint,
                 pointed ? "ready at " + model::exact_time(ns) : std::string("ready now")) +
         px(10);
    if (!queue || queue->empty())
        text_at(list, {x, y}, fonts().small, theme().faint, queue ? "nobody" : "zoom in (W) to see");
    if (!queue) return;
    for (auto const& q : *queue) {
        std::string name = q.name;
        if (ns > q.since_ns) name += fmt::format(" ({})", model::short_time(ns - q.since_ns));
        float const w = text_size(fonts().small, name).x;
        if (x + w + px(50) > p.x + width) {
            text_at(list, {x, y}, fonts().small, theme().faint, "...");
            break;
        }
        list->AddRectFilled({x, y + px(3)}, {x + px(9), y + px(12)},
                            packed(model.thread_colour(q.thread, theme())), px(2));
        text_at(list, {x + px(14), y}, fonts().small, theme().text, name);
        x += px(14) + w + px(14);
    }
}

void draw_times(model::Scheduling const& of, ViewState& state, Model const& model, CommandQueue& queue,
                float height, float line) {
    ImGui::BeginChild("times", {0, height});
    rule();
    float const width = ImGui::GetContentRegionAvail().x, name_w = std::min(px(132), width * 0.3f);
    static constexpr char const* heads[] = {"runs",    "running",   "ready",
                                            "blocked", "for locks", "longest ready"};
    float const column = (width - name_w) / static_cast<float>(std::size(heads));
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
    auto cells = [&](ImFont* font, Colour ink, auto&& text_of) {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        for (unsigned i = 0; i < std::size(heads); ++i) {
            std::string const what = text_of(i);
            float const w = text_size(font, what).x;
            text_at(ImGui::GetWindowDrawList(),
                    {p.x + name_w + column * static_cast<float>(i + 1) - w - px(6), p.y + px(2)}, font, ink,
                    what);
        }
    };
    cells(fonts().small, theme().faint, [&](unsigned i) { return std::string(heads[i]); });
    text_at(ImGui::GetWindowDrawList(),
            {ImGui::GetCursorScreenPos().x + px(2), ImGui::GetCursorScreenPos().y + px(2)}, fonts().small,
            theme().faint, of.cut || of.waits.left_out ? "A to B, not all" : "between A and B");
    ImGui::Dummy({width, line});
    for (auto const& t : of.times) {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        Entity const entity{EntityKind::thread, t.thread, 0};
        emphasise_row(entity, state, line);
        auto ns = [](std::uint64_t v) { return v ? model::short_time(v) : std::string("-"); };
        cells(fonts().mono_small, theme().text, [&](unsigned i) {
            return i == 0   ? fmt::format("{}", t.runs)
                   : i == 1 ? ns(t.running_ns)
                   : i == 2 ? ns(t.ready_ns)
                   : i == 3 ? ns(t.blocked_ns)
                   : i == 4 ? ns(t.lock_ns)
                            : ns(t.worst_ns);
        });
        auto* list = ImGui::GetWindowDrawList();
        list->AddRectFilled({p.x + px(2), p.y + px(5)}, {p.x + px(11), p.y + px(14)},
                            packed(model.thread_colour(t.thread, theme())), px(2));
        text_at(list, {p.x + px(18), p.y + px(1)}, fonts().text, theme().text, t.name, name_w - px(22));
        ImGui::PushID(&t);
        ImGui::InvisibleButton("times", {std::max(width, 1.0f), line});
        entity_item(entity, state, queue);
        if (t.worst_ns && ImGui::IsItemHovered()) {
            ImGui::BeginTooltip();
            text(fonts().text, theme().text,
                 fmt::format("longest wait for the processor: {} from {}", model::short_time(t.worst_ns),
                             model::exact_time(t.worst_from_ns)));
            ImGui::EndTooltip();
        }
        ImGui::PopID();
    }
    ImGui::PopStyleVar();
    ImGui::EndChild();
}

}  // namespace viz::panels
