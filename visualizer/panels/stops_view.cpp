// SPDX-License-Identifier: GPL-2.0-or-later
//
// Places in time. Where the machine stops: breakpoints, watchpoints and conditions,
// each of them in both directions. And the bookmarks, to go to and to edit.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include "visualizer/model/bookmark_text.hpp"
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
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& stops = model.now().stops;
        auto const& bookmarks = model::bookmarks_of(model.now());
        if (stops.empty() && bookmarks.empty()) {
            empty_view(
                icons::flag, "No stops",
                "B sets one: break PLACE, watch PLACE, when CONDITION. Run (Space) stops there, and so "
                "does running backwards (Shift+F5). Ctrl+D bookmarks this moment.");
            return;
        }
        if (text_button("add", "Stop when ...", "Sets a breakpoint, a watchpoint or a condition."))
            queue.push(CommandId::stop_prompt);
        ImGui::SameLine();
        if (command_button(model, state, CommandId::continue_back, "Run backwards",
                           "To the last stop before now."))
            queue.push(CommandId::continue_back);
        ImGui::SameLine();
        if (text_button("on", "Run", "To the next stop.")) queue.push(CommandId::run_pause);
        ImGui::SameLine();
        if (command_button(model, state, CommandId::set_bookmark, "Bookmark",
                           "Keeps this moment, under a name, with the recording (Ctrl+D)."))
            queue.push(CommandId::set_bookmark);
        space(4);
        ImGui::BeginChild("stops");
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        for (StopInfo const& stop : stops) draw_stop(stop, queue);
        if (!bookmarks.empty()) {
            space(stops.empty() ? 0 : 8);
            heading("Bookmarks", "a click goes there; names and texts can be changed");
            space(3);
        }
        for (auto const& bookmark : bookmarks) draw_bookmark(bookmark, model, queue);
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

    void draw_bookmark(sim::recording::Bookmark const& bookmark, Model const& model, CommandQueue& queue) {
        float const height = text_size(fonts().text, "X").y + px(10),
                    width = ImGui::GetContentRegionAvail().x, cross = px(34),
                    name_w = std::clamp(width * 0.34f, px(90), px(240)),
                    time_w = text_size(fonts().mono_small, "000,000,000,000.00").x + px(12);
        ImVec2 const p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        bool const here = bookmark.at == model.now().moment;
        ImGui::PushID(bookmark.name.c_str());
        // The moment goes there; name and text are fields.
        if (ImGui::InvisibleButton("go", {time_w, height}))
            queue.push(CommandId::go_to_place, "bookmark:" + bookmark.name);
        teach("Go there", "To this moment, with the view that it names.");
        bool const over = ImGui::IsItemHovered();
        if (here) list->AddRectFilled(p, {p.x + px(3), p.y + height}, packed(theme().accent));
        text_at(list, {p.x + px(8), p.y + px(6)}, fonts().mono_small,
                over ? theme().text : theme().readable(theme().accent, theme().pane), to_string(bookmark.at),
                time_w - px(10));
        ImGui::SameLine(0, 0);
        if (auto const name = field("name", bookmark.name, name_w, "name"))
            queue.push(CommandId::rename_bookmark, bookmark.name + " = " + *name);
        ImGui::SameLine(0, px(6));
        float const text_w = width - time_w - name_w - px(6) - cross;
        if (text_w > px(60)) {
            if (auto const said = field("text", bookmark.text, text_w, "what is to be seen there"))
                queue.push(CommandId::describe_bookmark, bookmark.name + " = " + *said);
            ImGui::SameLine(0, 0);
        }
        ImGui::SetCursorScreenPos({p.x + width - cross, p.y});
        if (ImGui::InvisibleButton("remove", {px(30), height}))
            queue.push(CommandId::remove_bookmark, bookmark.name);
        teach("Remove", "Takes this bookmark away.");
        text_at(list, {p.x + width - px(24), p.y + px(5)}, fonts().text,
                ImGui::IsItemHovered() ? theme().bad : theme().faint, icon(icons::cross, "x"));
        ImGui::PopID();
    }

    // What was typed when Enter ends it, or another place is clicked; none: nothing else.
    std::optional<std::string> field(char const* id, std::string const& value, float width,
                                     char const* hint) {
        char typed[512];
        ImGui::PushID(id);
        ImGuiID const self = ImGui::GetID("##field");
        std::snprintf(typed, sizeof typed, "%s", self == editing_ ? typed_.c_str() : value.c_str());
        ImGui::SetNextItemWidth(width);
        ImGui::PushStyleColor(ImGuiCol_FrameBg, self == editing_ ? packed(theme().raised) : 0);
        ImGui::InputTextWithHint("##field", hint, typed, sizeof typed);
        ImGui::PopStyleColor();
        if (ImGui::IsItemActive()) editing_ = self, typed_ = typed;
        bool const done = ImGui::IsItemDeactivatedAfterEdit();
        if (ImGui::IsItemDeactivated()) editing_ = 0;
        ImGui::PopID();
        if (!done || typed == value) return std::nullopt;
        return std::string(typed);
    }

    ImGuiID editing_ = 0;  // the field that is typed in
    std::string typed_;
};

}  // namespace

std::unique_ptr<View> make_stops_view() { return std::make_unique<StopsView>(); }

}  // namespace viz::panels
