// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who sent what to whom: this machine and its peers as lines from top to bottom, each
// frame an arrow between two of them. What was lost ends half way; what came again is
// tied to the first.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/model/ladder.hpp"
#include "visualizer/model/time_axis.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using model::Fate;
using model::Ladder;
using model::LadderRow;

class LadderView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        if (model.packet_count() == 0) {
            no_packets_yet(model);
            return;
        }
        ladder_.update(model, state.packet_filter);
        measure();
        draw_head(state);
        if (!ladder_.wrong().empty())
            text_cut(fonts().small, theme().warning, "the filter: " + ladder_.wrong(), 0);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGui::BeginChild("rungs");
        draw_rows(model, state, queue);
        follow(model, state);
        ImGui::EndChild();
        ImGui::PopStyleVar();
    }

private:
    void measure() {
        float const width = ImGui::GetContentRegionAvail().x;
        auto const spaces = static_cast<float>(std::max<std::size_t>(ladder_.hosts().size(), 2) - 1);
        // What is said gets half, unless there are many hosts.
        float const lanes = std::clamp(width * 0.42f, px(150), px(170) * spaces + px(60));
        first_ = px(140);  // behind the times, with room for the ties
        step_ = std::max(px(60), (lanes - px(92)) / spaces);
        said_ = first_ + step_ * spaces + px(52);
        height_ = text_size(fonts().text, "X").y + px(7);
    }
    float lane(std::size_t host) const { return first_ + step_ * static_cast<float>(host); }

    void draw_head(ViewState& state) const {
        ImGui::Dummy({0, px(1)});
        ImVec2 const p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        float const width = ImGui::GetContentRegionAvail().x, line = text_size(fonts().small, "X").y + px(8);
        text_at(list, {p.x + px(4), p.y}, fonts().small, theme().faint, "time");
        auto const& hosts = ladder_.hosts();
        for (std::size_t h = 0; h < hosts.size(); ++h) {
            // Each in the middle above its line, as wide as there is room to its neighbours.
            std::string const name = cut_to(fonts().small, hosts[h], step_ - px(8));
            float const w = text_size(fonts().small, name).x;
            text_at(list, {p.x + lane(h) - w / 2, p.y}, fonts().small, h ? theme().quiet : theme().text,
                    name);
        }
        float const filter_w = std::min(px(170), width * 0.25f);
        if (said_ + px(40) < width - filter_w)
            text_at(list, {p.x + said_, p.y}, fonts().small, theme().faint, "what");
        if (width - filter_w > said_ - px(30)) {
            ImGui::SetCursorScreenPos({p.x + width - filter_w, p.y - px(4)});
            packet_filter_box(state, filter_w);
        }
        ImGui::SetCursorScreenPos({p.x, p.y + line});
        ImGui::Dummy({width, 0});
    }

    void draw_rows(Model const& model, ViewState& state, CommandQueue& queue) {
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(std::min<std::size_t>(ladder_.size(), 1'000'000)), height_);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
                draw_row(static_cast<std::size_t>(i), model, state, queue);
    }

    void draw_row(std::size_t n, Model const& model, ViewState& state, CommandQueue& queue) {
        LadderRow const row = ladder_.row(model, n);
        auto const& decoded = model.packet(row.packet).decoded;
        ImVec2 const p = ImGui::GetCursorScreenPos();
        float const width = ImGui::GetContentRegionAvail().x, y = std::floor(p.y + height_ / 2);
        auto* list = ImGui::GetWindowDrawList();
        Entity const entity{EntityKind::packet, row.event, 0};
        emphasise_row(entity, state, height_);
        ImGui::PushID(static_cast<int>(n));
        ImGui::InvisibleButton("rung", {std::max(width, 1.0f), height_});
        entity_item(entity, state, queue);
        if (ImGui::IsItemHovered()) tooltip(row, model);
        ImGui::PopID();

        text_at(list, {p.x + px(4), p.y + px(4)}, fonts().mono_small,
                row.later ? theme().faint : theme().quiet, model::exact_time(row.virtual_ns));
        for (std::size_t h = 0; h < ladder_.hosts().size(); ++h)
            list->AddLine({p.x + lane(h), p.y}, {p.x + lane(h), p.y + height_},
                          packed(h ? theme().border : theme().quiet), px(h ? 1 : 1.5f));
        Colour const c = row.later                                         ? theme().future
                         : row.fate == Fate::lost || row.fate == Fate::bad ? theme().bad
                         : row.fate == Fate::again || row.fate == Fate::late
                             ? theme().warning
                             : protocol_colour(decoded.protocol);
        draw_arrow(list, {p.x, y}, row, c);
        if (row.fate == Fate::again && row.other) draw_tie(list, p, n, row, model, state);

        float x = p.x + said_;
        float const right = p.x + width - px(4);
        if (row.fate != Fate::plain)
            x += chip_at(list, {x, p.y + (height_ - chip_size("X").y) / 2}, name_of(row.fate), c) + px(6);
        if (x < right)
            text_at(list, {x, p.y + px(3)}, fonts().text, row.later ? theme().faint : theme().text,
                    row.remark.empty() ? row.what : row.what + "   " + row.remark, right - x);
    }

    void draw_arrow(ImDrawList* list, ImVec2 p, LadderRow const& row, Colour c) const {
        float const here = p.x + lane(0), there = p.x + lane(row.peer);
        float a = row.outward ? here : there, b = row.outward ? there : here;
        float const way = b > a ? 1.0f : -1.0f;
        a += way * px(3), b -= way * px(3);
        if (row.fate == Fate::lost) {
            // It leaves, and is not heard of.
            b = a + (b - a) * 0.72f;
            list->AddLine({a, p.y}, {b, p.y}, packed(c), px(1.6f));
            float const r = px(4.5f);
            list->AddLine({b - r, p.y - r}, {b + r, p.y + r}, packed(c), px(2));
            list->AddLine({b - r, p.y + r}, {b + r, p.y - r}, packed(c), px(2));
            return;
        }
        list->AddLine({a, p.y}, {b - way * px(4), p.y}, packed(c), px(1.6f));
        list->AddTriangleFilled({b, p.y}, {b - way * px(8), p.y - px(4)}, {b - way * px(8), p.y + px(4)},
                                packed(c));
    }

    // From what came again up to the first, left of this machine's line.
    void draw_tie(ImDrawList* list, ImVec2 p, std::size_t n, LadderRow const& row, Model const& model,
                  ViewState const& state) const {
        auto const first = ladder_.row_of(model, *row.other);
        if (!first || *first >= n) return;
        bool const lit = emphasis({EntityKind::packet, row.event, 0}, state) != Emphasis::none ||
                         emphasis({EntityKind::packet, *row.other, 0}, state) != Emphasis::none;
        Colour const c = lit ? theme().warning : theme().warning.with_alpha(110);
        float const x = p.x + lane(0), out = x - px(6) - px(4) * static_cast<float>(n % 3),
                    low = p.y + height_ / 2, high = low - height_ * static_cast<float>(n - *first);
        list->AddLine({x - px(3), low}, {out, low}, packed(c), px(lit ? 2 : 1.2f));
        list->AddLine({out, low}, {out, high}, packed(c), px(lit ? 2 : 1.2f));
        list->AddLine({out, high}, {x - px(3), high}, packed(c), px(lit ? 2 : 1.2f));
    }

    void tooltip(LadderRow const& row, Model const& model) const {
        ImGui::BeginTooltip();
        ImGui::PushTextWrapPos(px(520));
        auto const& decoded = model.packet(row.packet).decoded;
        text(fonts().strong, theme().text, fmt::format("Packet {}", model.packet_number(row.packet)));
        text(fonts().mono, theme().quiet, decoded.source + "  >  " + decoded.destination);
        text_wrapped(fonts().text, theme().text, row.what);
        if (!row.remark.empty()) text_wrapped(fonts().text, theme().quiet, row.remark);
        text(fonts().small, theme().faint,
             fmt::format(
                 "at {}{}", model::exact_time(row.virtual_ns),
                 row.gap_ns ? fmt::format(", {} after the row above", model::short_time(row.gap_ns)) : ""));
        ImGui::PopTextWrapPos();
        ImGui::EndTooltip();
    }

    // The selected row stays in sight, else the last that has passed, unless the person scrolled away.
    void follow(Model const& model, ViewState const& state) {
        if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel != 0) following_ = false;
        if (model.now().moment != moment_ || state.selected != selected_) following_ = true;
        moment_ = model.now().moment, selected_ = state.selected;
        if (!following_) return;
        std::optional<std::size_t> picked;
        if (state.selected.kind == EntityKind::packet) picked = ladder_.row_of(model, state.selected.id);
        float const room = ImGui::GetWindowHeight(),
                    top = height_ * static_cast<float>(picked.value_or(ladder_.past(model)));
        if (picked && top >= ImGui::GetScrollY() && top + height_ <= ImGui::GetScrollY() + room) return;
        ImGui::SetScrollY(std::max(0.0f, picked ? top - room * 0.4f : top + height_ * 1.5f - room));
    }

    Ladder ladder_;
    float first_ = 0, step_ = 0, said_ = 0, height_ = 0;
    bool following_ = true;
    sim::machine::Moment moment_ = sim::machine::Moment::never();
    Entity selected_;
};

}  // namespace

std::unique_ptr<View> make_ladder_view() { return std::make_unique<LadderView>(); }

}  // namespace viz::panels
