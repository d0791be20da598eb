// SPDX-License-Identifier: GPL-2.0-or-later
//
// The futures that are kept side by side: where each left its parent, how far it
// goes, and where one stands. A click goes there.
#include <fmt/format.h>

#include <algorithm>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::BranchInfo;

class BranchesView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& branches = model.now().branches;
        if (branches.empty()) {
            empty_view(icons::branch, "No machine yet",
                       "Its life, and the futures forked from it, stand here.");
            return;
        }
        if (command_button(model, state, CommandId::fork, "Fork from here",
                           "Another future begins; this one stays. Ctrl+B"))
            queue.push(CommandId::fork);
        ImGui::SameLine();
        if (text_button("write", "Write bytes ...", "In the past this begins a branch. E"))
            queue.push(CommandId::poke_prompt);
        ImGui::SameLine();
        if (command_button(model, state, CommandId::type_prompt, "Type ...",
                           "On the guest's console; in the past this begins a branch. C"))
            queue.push(CommandId::type_prompt);
        space(4);
        std::uint64_t longest = 1;
        for (auto const& b : branches) longest = std::max(longest, b.end.retired);
        ImGui::BeginChild("branches");
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        for (auto const& b : branches) draw_branch(b, longest, model, queue);
        ImGui::PopStyleVar();
        if (branches.size() == 1) {
            space(8);
            text_wrapped(fonts().text, theme().faint,
                         "Go back, and change something: what is known stays as it was, and another future "
                         "begins beside it. Then compare the two.");
        }
        ImGui::EndChild();
    }

private:
    static void draw_branch(BranchInfo const& b, std::uint64_t longest, Model const& model,
                            CommandQueue& queue) {
        auto const& now = model.now();
        float line = text_size(fonts().text, "X").y, small = text_size(fonts().small, "X").y;
        float height = line + small + px(14), width = ImGui::GetContentRegionAvail().x;
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        bool parts = now.branches.size() > 1, can_drop = b.parent && !b.active;
        float icons_width = parts ? px(60) : 0;
        ImGui::PushID(static_cast<int>(b.number));
        bool clicked = ImGui::InvisibleButton("branch", {std::max(width - icons_width, 1.0f), height});
        bool over = ImGui::IsItemHovered();
        teach(b.name, b.active ? "You look at this one." : "Click to go there, where it was left.");
        if (b.active || over)
            list->AddRectFilled(p, {p.x + width, p.y + height - px(2)},
                                packed(b.active ? theme().selected : theme().hover), px(4));
        if (clicked && !b.active) queue.push(CommandId::switch_branch, std::uint64_t{b.number});
        if (parts) {
            float x = p.x + width - icons_width, y = p.y + (height - line) / 2;
            if (!b.active &&
                small_icon("compare", icons::columns, "=", {x, y}, "Compare", "With the one you look at."))
                queue.push(CommandId::compare, fmt::format("{}", b.number));
            if (can_drop &&
                small_icon("drop", icons::cross, "x", {x + px(30), y}, "Drop", "Forgets this branch."))
                queue.push(CommandId::drop_branch, std::uint64_t{b.number});
        }
        ImGui::PopID();
        ImGui::SetCursorScreenPos({p.x, p.y + height});

        float names = std::min(px(230), width * 0.5f);
        Colour colour = theme().of_category(b.number);
        list->AddCircleFilled({p.x + px(11), p.y + px(6) + line / 2}, px(5), packed(colour));
        text_at(list, {p.x + px(24), p.y + px(4)}, b.active ? fonts().strong : fonts().text, theme().text,
                b.name, names - px(30));
        std::string from = "the first life";
        for (auto const& parent : now.branches)
            if (b.parent == parent.number)
                from = fmt::format("from {} at {}", parent.name, model::grouped(b.forked_at.retired));
        text_at(list, {p.x + px(24), p.y + px(6) + line}, fonts().small, theme().quiet, from, names - px(30));

        // Its life: what it shares with its parent thin, its own thick.
        float x = p.x + names, room = width - names - icons_width - px(12), middle = p.y + px(6) + line / 2;
        if (room < px(60)) return;
        auto at = [&](std::uint64_t retired) {
            return x + room * static_cast<float>(static_cast<double>(retired) / static_cast<double>(longest));
        };
        float own = b.parent ? at(b.forked_at.retired) : x, end = std::max(at(b.end.retired), own + px(2));
        if (b.parent) {
            list->AddRectFilled({x, middle - px(1)}, {own, middle + px(1)}, packed(theme().faint));
            list->AddCircleFilled({own, middle}, px(4), packed(colour));
        }
        list->AddRectFilled({own, middle - px(4)}, {end, middle + px(4)}, packed(colour), px(2));
        if (b.active) {
            float here = at(std::min(now.moment.retired, longest));
            list->AddLine({here, p.y + px(3)}, {here, p.y + line + px(9)}, packed(theme().now), px(2));
        }
        std::string facts = fmt::format("until {}, {} {}", model::grouped(b.end.retired), b.inputs,
                                        b.inputs == 1 ? "input" : "inputs");
        text_at(list, {x, p.y + px(6) + line}, fonts().small, theme().faint, facts, room);
    }

    static bool small_icon(char const* id, char const* glyph, char const* word, ImVec2 p, char const* title,
                           char const* help) {
        ImGui::SetCursorScreenPos({p.x - px(4), p.y - px(4)});
        bool clicked = ImGui::InvisibleButton(id, {px(26), text_size(fonts().text, "X").y + px(8)});
        bool over = ImGui::IsItemHovered();
        teach(title, help);
        text_at(ImGui::GetWindowDrawList(), p, fonts().text, over ? theme().accent : theme().quiet,
                icon(glyph, word));
        return clicked;
    }
};

}  // namespace

std::unique_ptr<View> make_branches_view() { return std::make_unique<BranchesView>(); }

}  // namespace viz::panels
