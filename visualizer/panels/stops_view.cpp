// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the machine stops: breakpoints, watchpoints and conditions, each of them
// in both directions of time.
#include <fmt/format.h>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::StopInfo;
using sim::debug::StopKind;

Colour kind_colour(StopKind kind) {
    switch (kind) {
        case StopKind::breakpoint:
            return theme().execute;
        case StopKind::watchpoint:
            return theme().write;
        case StopKind::condition:
            return theme().accent;
    }
    return theme().text;
}

class StopsView : public View {
public:
    void draw(Model const& model, ViewState&, CommandQueue& queue) override {
        auto const& stops = model.now().stops;
        if (stops.empty()) {
            empty_view(
                icons::flag, "No stops",
                "B sets one: break PLACE, watch PLACE, when CONDITION. Run (Space) stops there, and so "
                "does running backwards (Shift+F5).");
            return;
        }
        if (text_button("add", "Stop when ...", "Sets a breakpoint, a watchpoint or a condition."))
            queue.push(CommandId::stop_prompt);
        ImGui::SameLine();
        if (text_button("back", "Run backwards", "To the last stop before now."))
            queue.push(CommandId::continue_back);
        ImGui::SameLine();
        if (text_button("on", "Run", "To the next stop.")) queue.push(CommandId::run_pause);
        space(4);
        ImGui::BeginChild("stops");
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        for (StopInfo const& stop : stops) draw_stop(stop, queue);
        ImGui::PopStyleVar();
        ImGui::EndChild();
    }

private:
    static void draw_stop(StopInfo const& stop, CommandQueue& queue) {
        float height = text_size(fonts().text, "X").y + px(10), width = ImGui::GetContentRegionAvail().x;
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        ImGui::PushID(static_cast<int>(stop.number));
        bool clicked = ImGui::InvisibleButton("switch", {std::max(width - px(34), 1.0f), height});
        teach(stop.enabled ? "On" : "Off", stop.enabled ? "Click: off, but kept." : "Click: on again.");
        if (ImGui::IsItemHovered())
            list->AddRectFilled(p, {p.x + width, p.y + height}, packed(theme().hover), px(3));
        if (clicked) queue.push(CommandId::switch_stop, std::uint64_t{stop.number});
        ImGui::SameLine(0, 0);
        if (ImGui::InvisibleButton("remove", {px(30), height}))
            queue.push(CommandId::remove_stop, std::uint64_t{stop.number});
        teach("Remove", "Takes this stop away.");
        bool on_cross = ImGui::IsItemHovered();
        ImGui::PopID();
        Colour colour = kind_colour(stop.kind);
        ImVec2 middle{p.x + px(12), p.y + height / 2};
        if (stop.enabled)
            list->AddCircleFilled(middle, px(5), packed(colour));
        else
            list->AddCircle(middle, px(5), packed(theme().faint), 0, px(1.5f));
        text_at(list, {p.x + px(28), p.y + px(5)}, fonts().text, stop.enabled ? theme().text : theme().faint,
                stop.text, width - px(28) - px(40));
        text_at(list, {p.x + width - px(24), p.y + px(5)}, fonts().text,
                on_cross ? theme().bad : theme().faint, icon(icons::cross, "x"));
    }
};

}  // namespace

std::unique_ptr<View> make_stops_view() { return std::make_unique<StopsView>(); }

}  // namespace viz::panels
