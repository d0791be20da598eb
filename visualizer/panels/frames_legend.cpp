// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/panels/frames_legend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "simulator/debug/text.hpp"
#include "visualizer/model/memory_zoom.hpp"
#include "visualizer/model/owner_grid.hpp"
#include "visualizer/model/time_axis.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"

namespace viz::panels {

using namespace widgets;
using sim::debug::FrameMap;

namespace {

// One line: squares, words and the scale of the heat, from left to right.
class Line {
public:
    explicit Line(ImVec2 corner) : p_(corner), right_(corner.x + ImGui::GetContentRegionAvail().x) {}
    void square(Colour c) {
        list_->AddRectFilled({p_.x, top()}, {p_.x + px(10), top() + px(10)}, packed(c), px(2));
        p_.x += px(15);
    }
    void word(Colour c, std::string const& said) {
        if (p_.x < right_) p_.x += text_at(list_, p_, fonts().small, c, said, right_ - p_.x);
        p_.x += px(5);
    }
    void space() { p_.x += px(9); }
    // With notches at these shares of it.
    void scale(std::vector<float> const& notches = {}) {
        float const length = std::clamp((right_ - p_.x) * 0.3f, px(40), px(160));
        auto const at = [&](float share) { return p_.x + length * share; };
        for (unsigned i = 0; i < 32; ++i)
            list_->AddRectFilled({at(static_cast<float>(i) / 32), top()}, {at(static_cast<float>(i + 1) / 32), top() + px(10)},
                                 packed(model::heat_colour(theme(), static_cast<std::uint8_t>(1 + i * 254 / 31))));
        for (float const notch : notches)
            list_->AddLine({at(notch), top() + px(6)}, {at(notch), top() + px(12)}, packed(theme().text), px(1));
        p_.x += length + px(5);
    }

private:
    float top() const { return p_.y + px(3); }
    ImDrawList* list_ = ImGui::GetWindowDrawList();
    ImVec2 p_;
    float right_;
};

std::string size_of(std::uint64_t frames) { return sim::debug::format_bytes(frames * model::frame_bytes); }

}  // namespace

void draw_heat_legend(ImVec2 corner, model::FrameHeat const& heat, std::uint64_t frames) {
    Line line(corner);
    line.square(model::heat_colour(theme(), 0));
    line.word(theme().text, "unchanged");
    line.word(theme().faint, size_of(frames - heat.changed));
    line.space();
    if (heat.changed == 0) return line.word(theme().text, "nothing changed in this time");
    line.word(theme().quiet, model::exact_time(heat.oldest_ns));
    line.scale();
    line.word(theme().text, model::exact_time(heat.end_ns));
    line.word(theme().faint, size_of(heat.changed) + " changed");
}

void draw_count_legend(ImVec2 corner, model::AccessHeat const& counts, std::uint64_t frames, model::Touch touch) {
    char const* const done = touch == model::Touch::written ? "written" : "read";
    Line line(corner);
    line.square(model::heat_colour(theme(), 0));
    line.word(theme().text, fmt::format("not {}", done));
    line.word(theme().faint, size_of(frames - std::min(counts.frames, frames)));
    line.space();
    if (counts.frames == 0) return line.word(theme().text, fmt::format("nothing was {} in this time", done));
    line.word(theme().quiet, counts.most == 1 ? "" : "once");
    std::vector<float> notches;  // of the powers of ten: the scale is logarithmic
    for (auto const& mark : model::heat_marks(counts.most))
        if (mark.count > 1 && mark.count < counts.most) notches.push_back(mark.at);
    line.scale(notches);
    line.word(theme().text, counts.most == 1 ? "once" : model::counted(counts.most) + " times a frame");
    line.word(theme().faint, fmt::format("{} {}", size_of(counts.frames), done));
}

void draw_owner_legend(FrameMap const& map, unsigned lines, ViewState&, CommandQueue&) {
    // The largest holders first; free memory last.
    std::vector<unsigned> order;
    for (unsigned i = 0; i < map.owners.size(); ++i)
        if (i < map.frames_by_owner.size() && map.frames_by_owner[i]) order.push_back(i);
    std::ranges::stable_sort(order, [&](unsigned a, unsigned b) {
        bool free_a = model::is_free(map.owners[a]), free_b = model::is_free(map.owners[b]);
        return free_a != free_b ? free_b : map.frames_by_owner[a] > map.frames_by_owner[b];
    });
    float width = ImGui::GetContentRegionAvail().x, line_height = text_size(fonts().small, "X").y + px(5);
    ImVec2 start = ImGui::GetCursorScreenPos(), p = start;
    auto* list = ImGui::GetWindowDrawList();
    unsigned line = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::string size = sim::debug::format_bytes(map.frames_by_owner[order[i]] * 4096);
        std::string const& name = map.owners[order[i]];
        float name_width = text_size(fonts().small, name).x, size_width = text_size(fonts().small, size).x;
        float whole = px(15) + name_width + px(5) + size_width;
        float reserve = line + 1 == lines && i + 1 < order.size() ? px(30) : 0;
        if (p.x > start.x && p.x + whole + reserve > start.x + width) {
            if (++line == lines) {
                text_at(list, {p.x, p.y}, fonts().small, theme().faint, fmt::format("+{}", order.size() - i));
                break;
            }
            p = {start.x, p.y + line_height};
        }
        float box = px(10);
        list->AddRectFilled({p.x, p.y + px(3)}, {p.x + box, p.y + px(3) + box},
                            packed(model::owner_colour(theme(), map, order[i])), px(2));
        text_at(list, {p.x + px(15), p.y}, fonts().small, theme().text, name);
        text_at(list, {p.x + px(15) + name_width + px(5), p.y}, fonts().small, theme().faint, size);
        p.x += whole + px(14);
    }
    ImGui::Dummy({width, static_cast<float>(std::min(line + 1, lines)) * line_height});
}

}  // namespace viz::panels
