// SPDX-License-Identifier: GPL-2.0-or-later
//
// Two futures side by side: where each stands, where they part, and what differs,
// by structure. A section opens and closes with a click on its head.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "simulator/debug/compare/comparison.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::compare::Change;
using sim::debug::compare::Comparison;
using sim::debug::compare::Section;
using sim::debug::compare::SideInfo;

constexpr std::size_t most_frames = 4;  // of each side's calls

class ComparisonView : public View {
public:
    void draw(Model const& model, ViewState&, CommandQueue& queue) override {
        Comparison const* c = model.now().comparison.get();
        if (!c) {
            empty_view(icons::columns, "Nothing has been compared",
                       "Fork from here (Ctrl+B), let the branch run, and press the columns beside another "
                       "branch's name in the view Branches.");
            return;
        }
        draw_verdict(*c, queue);
        space(4);
        draw_sides(*c);
        space(6);
        ImGui::BeginChild("sections");
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        for (Section const& s : c->sections) draw_section(s);
        ImGui::PopStyleVar();
        ImGui::EndChild();
    }

private:
    static void draw_verdict(Comparison const& c, CommandQueue& queue) {
        std::uint64_t all = 0;
        for (Section const& s : c.sections)
            if (s.weighs) all += s.changes.size() + s.left_out;
        std::string const verdict =
            c.same ? "the same"
                   : fmt::format("{} {}", model::grouped(all), all == 1 ? "difference" : "differences");
        // On one line, each in its middle.
        float line = ImGui::GetFrameHeight();
        ImVec2 p = ImGui::GetCursorScreenPos(), chip = chip_size(verdict);
        float right = p.x + ImGui::GetContentRegionAvail().x, x = p.x + chip.x + px(10);
        auto* list = ImGui::GetWindowDrawList();
        chip_at(list, {p.x, p.y + (line - chip.y) / 2}, verdict, c.same ? theme().good : theme().warning,
                true);
        if (c.first) {
            ImGui::SetCursorScreenPos({x, p.y});
            if (text_button("first", "first at " + grouped(to_string(c.first->one)),
                            "Goes to where they part."))
                queue.push(CommandId::go_to_moment, c.first->one);
            x = ImGui::GetItemRectMax().x + px(10);
        }
        std::string const& why = c.first ? c.first->cause : c.first_text;
        ImVec2 ink = text_size(fonts().text, why);
        bool const fits = x + ink.x <= right;
        if (fits) text_at(list, {x, p.y + (line - ink.y) / 2}, fonts().text, theme().text, why);
        ImGui::SetCursorScreenPos({p.x, p.y + line + px(4)});
        ImGui::Dummy({0, 0});
        if (!fits) text_wrapped(fonts().text, theme().text, why);
    }

    // "3120000.1" as the transport bar shows it.
    static std::string grouped(std::string const& moment) {
        auto const parsed = sim::machine::parse_moment(moment);
        if (!parsed) return moment;
        std::string text = model::grouped(parsed->retired);
        if (parsed->sub) text += fmt::format(".{}", parsed->sub);
        return text;
    }

    // Two cards, line by line; a line that is not the same stands out.
    static void draw_sides(Comparison const& c) {
        struct Line {
            std::string one, other;
        };
        std::vector<Line> lines;
        auto add = [&](std::string one, std::string other) {
            if (!one.empty() || !other.empty()) lines.push_back({std::move(one), std::move(other)});
        };
        auto place = [](SideInfo const& s) {
            return fmt::format("{}   {}", grouped(s.moment), model::exact_time(s.virtual_ns));
        };
        add(place(c.one), place(c.other));
        if (!c.same_image) add(c.one.image, c.other.image);
        add(c.one.location, c.other.location);
        add(c.one.line, c.other.line);
        add(c.one.ending, c.other.ending);
        auto frame = [](SideInfo const& s, std::size_t i) {
            return i < s.stack.size() ? "called by " + s.stack[i] : "";
        };
        for (std::size_t i = 1; i < most_frames; ++i) add(frame(c.one, i), frame(c.other, i));

        float line = text_size(fonts().mono_small, "X").y + px(3),
              head = text_size(fonts().strong, "X").y + px(10);
        float width = ImGui::GetContentRegionAvail().x, gap = px(8), card = (width - gap) / 2;
        float height = head + line * static_cast<float>(lines.size()) + px(6);
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        for (unsigned side = 0; side < 2; ++side) {
            float x = p.x + static_cast<float>(side) * (card + gap), y = p.y;
            list->AddRectFilled({x, y}, {x + card, y + height}, packed(theme().raised), px(5));
            text_at(list, {x + px(10), y + px(5)}, fonts().strong, theme().text,
                    side ? c.other.title : c.one.title, card - px(20));
            y += head;
            for (Line const& l : lines) {
                text_at(list, {x + px(10), y}, fonts().mono_small,
                        l.one == l.other ? theme().quiet : theme().warning, side ? l.other : l.one,
                        card - px(20));
                y += line;
            }
        }
        ImGui::Dummy({width, height});
    }

    void draw_section(Section const& s) {
        float width = ImGui::GetContentRegionAvail().x, height = text_size(fonts().text, "X").y + px(8);
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        ImGui::PushID(s.name.c_str());
        bool clicked = ImGui::InvisibleButton("head", {std::max(width, 1.0f), height});
        bool over = ImGui::IsItemHovered();
        ImGui::PopID();
        if (clicked && !closed_.erase(s.name)) closed_.insert(s.name);
        bool open = !closed_.contains(s.name);
        list->AddRectFilled(p, {p.x + width, p.y + height - px(2)},
                            packed(over ? theme().hover : theme().raised), px(3));
        text_at(list, {p.x + px(8), p.y + px(3)}, fonts().text, theme().faint,
                icon(open ? icons::caret_down : icons::caret_right, open ? "-" : "+"));
        float used = text_at(list, {p.x + px(24), p.y + px(3)}, fonts().strong, theme().text, s.name);
        std::uint64_t const all = s.changes.size() + s.left_out;
        std::string count = model::grouped(all);
        if (!s.weighs) count += ", which do not count between two builds";
        text_at(list, {p.x + px(34) + used, p.y + px(4)}, fonts().small, theme().faint, count,
                width - used - px(40));
        if (!open) return;
        if (s.coarse)
            text_wrapped(fonts().small, theme().warning,
                         "   Too many to align: some that are missing may be among those added.");
        for (Change const& change : s.changes) draw_change(change, width);
        if (s.left_out)
            text(fonts().small, theme().faint, fmt::format("   and {} more", model::grouped(s.left_out)));
        space(4);
    }

    static void draw_change(Change const& change, float width) {
        float height = text_size(fonts().mono_small, "X").y + px(4);
        ImVec2 p = ImGui::GetCursorScreenPos();
        ImGui::Dummy({width, height});
        if (!ImGui::IsItemVisible()) return;
        float what = width * 0.34f, side = (width - what) / 2;
        auto* list = ImGui::GetWindowDrawList();
        if (ImGui::IsItemHovered()) {
            list->AddRectFilled(p, {p.x + width, p.y + height}, packed(theme().hover), px(3));
            teach(change.what, fmt::format("{}\n{}", shown(change.one), shown(change.other)));
        }
        text_at(list, {p.x + px(24), p.y + px(2)}, fonts().mono_small, theme().quiet, change.what,
                what - px(34));
        // A side that has it, and one that has it not.
        auto colour = [](std::string const& s) { return s.empty() ? theme().faint : theme().text; };
        text_at(list, {p.x + what, p.y + px(2)}, fonts().mono_small, colour(change.one), shown(change.one),
                side - px(10));
        text_at(list, {p.x + what + side, p.y + px(2)}, fonts().mono_small, colour(change.other),
                shown(change.other), side - px(10));
    }
    static std::string shown(std::string const& side) { return side.empty() ? "-" : side; }

    std::set<std::string> closed_;
};

}  // namespace

std::unique_ptr<View> make_comparison_view() { return std::make_unique<ComparisonView>(); }

}  // namespace viz::panels
