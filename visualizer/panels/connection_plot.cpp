// SPDX-License-Identifier: GPL-2.0-or-later
//
// One side's sequence numbers over time, with what the other side acknowledged; below
// it, where there is room, the plots of connection_congestion.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/model/connection_text.hpp"
#include "visualizer/model/sequence_plot.hpp"
#include "visualizer/panels/connection_parts.hpp"
#include "visualizer/widgets/time_strip.hpp"

namespace viz::panels::connection {

using namespace widgets;
using model::Rect;
using model::Segment;
using model::SequencePlot;
using model::TcpFlow;

namespace {

std::uint64_t number(std::int64_t n) { return static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0)); }

// Kinds differ by shape as well as by colour.
void bar(ImDrawList* list, float x, float top, float bottom, SequencePlot::Kind kind) {
    x = std::floor(x);
    using enum SequencePlot::Kind;
    switch (kind) {
        case data:
            list->AddRectFilled({x - px(1), top}, {x + px(1.5f), std::max(bottom, top + px(2))},
                                packed(theme().packet));
            break;
        case again: {
            bottom = std::max(bottom, top + px(3));
            list->AddRectFilled({x - px(2), top}, {x + px(2.5f), bottom}, packed(theme().bad));
            for (float y : {top, bottom})  // a serif at each end
                list->AddRectFilled({x - px(5), y - px(1)}, {x + px(5.5f), y + px(1)}, packed(theme().bad));
            break;
        }
        case selective:
            bottom = std::max(bottom, top + px(4));
            list->AddRect({x - px(2.5f), top}, {x + px(3), bottom}, packed(theme().dma), 0, 0, px(1.2f));
            break;
        case control:
            break;
    }
}
void diamond(ImDrawList* list, ImVec2 p) {
    float const r = px(4.5f);
    list->AddQuadFilled({p.x, p.y - r}, {p.x + r, p.y}, {p.x, p.y + r}, {p.x - r, p.y}, packed(theme().text));
}

// Whose data, and what the marks mean. Returns its height.
float draw_heading(Rect area, Charts const& charts, TcpFlow const& flow, SequencePlot const& plot,
                   bool outward, std::size_t until) {
    auto* list = ImGui::GetWindowDrawList();
    auto const sums = flow.sums(outward, until);
    std::string const title =
        charts.titled ? fmt::format("Sequence numbers of {}", outward ? flow.local : flow.remote) : "";
    std::string const sum = fmt::format("{}{} bytes, {} sent again, {} duplicate ACKs",
                                        until < flow.segments.size() ? "until now: " : "",
                                        model::grouped(sums.bytes), sums.again, sums.duplicate_acks);
    text_at(list, {area.x, area.y}, fonts().text, theme().text, title, area.width);
    float const title_w = text_size(fonts().text, title).x, sum_w = text_size(fonts().small, sum).x;
    bool const one_line = title_w + sum_w + px(16) < area.width;
    float y = area.y + (charts.titled ? text_size(fonts().text, title).y + px(2) : 0);
    if (one_line && charts.titled)
        text_at(list, {area.right() - sum_w, area.y + px(2)}, fonts().small, theme().faint, sum);
    float x = area.x;
    float const h = text_size(fonts().small, "X").y;
    auto entry = [&](char const* name, auto&& draw) {
        float const w = px(18) + text_size(fonts().small, name).x + px(14);
        if (x > area.x && x + w > area.right()) x = area.x, y += h + px(2);
        draw(ImVec2{x, y + h / 2});
        text_at(list, {x + px(18), y}, fonts().small, theme().quiet, name);
        x += w;
    };
    entry("sent",
          [&](ImVec2 p) { bar(list, p.x + px(6), p.y - px(6), p.y + px(6), SequencePlot::Kind::data); });
    entry("sent again",
          [&](ImVec2 p) { bar(list, p.x + px(6), p.y - px(6), p.y + px(6), SequencePlot::Kind::again); });
    entry("SYN, FIN", [&](ImVec2 p) { diamond(list, {p.x + px(6), p.y}); });
    entry("acknowledged", [&](ImVec2 p) {
        list->AddLine({p.x, p.y}, {p.x + px(13), p.y}, packed(theme().good), px(2));
    });
    entry("reported as an island (SACK)",
          [&](ImVec2 p) { bar(list, p.x + px(6), p.y - px(6), p.y + px(6), SequencePlot::Kind::selective); });
    if (!plot.edge_left_out)
        entry("edge of the window", [&](ImVec2 p) {
            for (int i = 0; i < 3; ++i)
                list->AddLine({p.x + px(5) * static_cast<float>(i), p.y},
                              {p.x + px(5) * static_cast<float>(i) + px(3), p.y}, packed(theme().warning),
                              px(2));
        });
    else if (plot.room) {
        std::string const left = fmt::format("window: never less than {} left", model::grouped(*plot.room));
        if (x > area.x && x + text_size(fonts().small, left).x > area.right()) x = area.x, y += h + px(2);
        text_at(list, {x, y}, fonts().small, theme().faint, left);
    }
    return y + h + px(6) - area.y;
}

void draw_bars(ImDrawList* list, SequencePlot const& plot, model::TimeAxis const& axis, Scale const& scale,
               ViewState const& state, TcpFlow const& flow, bool over, SequencePlot::Bar const*& pointed) {
    ImVec2 const mouse = ImGui::GetIO().MousePos;
    float nearest = px(8);
    float last_x = -1, last_top = 0, last_bottom = 0;
    for (auto const& b : plot.bars) {
        float const x = axis.pixel(b.virtual_ns), top = scale.y(b.to), bottom = scale.y(b.from);
        Entity const entity{EntityKind::packet, flow.segments[b.segment].event, 0};
        if (Emphasis const e = emphasis(entity, state); e != Emphasis::none)
            list->AddRectFilled({x - px(6), top - px(4)}, {x + px(7), bottom + px(4)},
                                packed(e == Emphasis::selected ? theme().selected : theme().hover), px(3));
        if (over && mouse.y >= top - px(6) && mouse.y <= bottom + px(6) && std::abs(mouse.x - x) < nearest)
            nearest = std::abs(mouse.x - x), pointed = &b;
        if (b.kind == SequencePlot::Kind::control) {
            diamond(list, {x, top});
            continue;
        }
        // What is drawn already in this pixel is not drawn again.
        bool const hidden = b.kind == SequencePlot::Kind::data && std::floor(x) == last_x &&
                            top >= last_top && bottom <= last_bottom;
        if (hidden) continue;
        if (b.kind == SequencePlot::Kind::data) last_x = std::floor(x), last_top = top, last_bottom = bottom;
        bar(list, x, top, bottom, b.kind);
    }
    // Three of them and TCP no longer waits for its timer.
    for (std::size_t i : plot.duplicate_acks) {
        Segment const& s = flow.segments[i];
        float const x = std::floor(axis.pixel(s.virtual_ns)), y = scale.y(*s.confirmed);
        list->AddLine({x, y - px(4)}, {x, y + px(4)}, packed(theme().good), px(1.6f));
    }
}

void point_at(SequencePlot::Bar const& b, TcpFlow const& flow, Model const& model, ViewState& state,
              CommandQueue& queue) {
    Segment const& s = flow.segments[b.segment];
    Entity const entity{EntityKind::packet, s.event, 0};
    state.next_hovered = entity;
    if (ImGui::IsMouseReleased(ImGuiMouseButton_Left) && ImGui::GetIO().MouseDragMaxDistanceSqr[0] < 9)
        queue.push(CommandId::select, entity);
    ImGui::BeginTooltip();
    auto const index = model.packet_index_of(s.event);
    std::string const which = index ? fmt::format("packet {}", model.packet_number(*index)) : "packet";
    text(fonts().strong, theme().text,
         fmt::format("{}: numbers {} to {}", which, model::grouped(number(b.from)),
                     model::grouped(number(b.to))));
    text(fonts().mono, theme().quiet, "at " + model::exact_time(s.virtual_ns));
    if (std::string const remark = model::remark_of(flow, s, model); !remark.empty())
        text(fonts().text, theme().quiet, remark);
    ImGui::EndTooltip();
}

void draw_sequence(Rect area, Charts const& charts, TcpFlow const& flow, Model const& model, ViewState& state,
                   CommandQueue& queue) {
    bool const outward = model::plotted_direction(flow, state);
    std::size_t const until = flow.until(model.now().moment);
    SequencePlot const plot = model::sequence_plot(flow, outward, charts.axis.window, until);
    float const captions = draw_heading(area, charts, flow, plot, outward, until);
    Rect const chart = charts.below(area, captions);
    auto* list = ImGui::GetWindowDrawList();
    bool const over = time_input("sequence", charts.axis, chart, model, state, queue);
    Scale const scale = begin_chart(list, charts, chart, {plot.least, plot.most});
    draw_levels(list, charts, scale, [](std::int64_t n) { return model::grouped(number(n)); });
    list->PushClipRect(at(chart), end_of(chart), true);
    draw_stairs(list, plot.allowed, charts.axis, scale, theme().warning, true);
    draw_stairs(list, plot.confirmed, charts.axis, scale, theme().good, false);
    SequencePlot::Bar const* pointed = nullptr;
    draw_bars(list, plot, charts.axis, scale, state, flow, over, pointed);
    list->PopClipRect();
    end_chart(list, charts, chart, model, state);
    if (plot.bars.empty() && plot.confirmed.empty())
        text_at(list, {chart.x + px(12), chart.y + chart.height / 2}, fonts().text, theme().faint,
                "Nothing of this connection in this stretch of time; A shows all of it");
    if (pointed) point_at(*pointed, flow, model, state, queue);
}

// Which one, where there is room for one only. Returns its height.
float draw_choice(Rect area, ViewState const& state, CommandQueue& queue) {
    ImGui::SetCursorScreenPos(at(area));
    static constexpr char const* names[model::plot_count] = {"Sequence numbers", "Window", "Round trips"};
    for (unsigned i = 0; i < model::plot_count; ++i) {
        if (i) ImGui::SameLine(0, px(6));
        auto const one = static_cast<model::Plot>(i);
        if (!text_button(names[i], names[i], "Shift+D goes from one plot to the next", state.plot == one))
            continue;
        for (auto from = static_cast<unsigned>(state.plot); from != i; from = (from + 1) % model::plot_count)
            queue.push(CommandId::next_plot);
    }
    return text_size(fonts().text, "X").y + px(12);
}

}  // namespace

void draw_plots(Rect area, TcpFlow const& flow, Model const& model, ViewState& state, CommandQueue& queue) {
    model::TimeWindow window = model::life_of(flow);
    bool const chosen = state.window && state.window->length() > 0;
    if (chosen) window = *state.window;
    Charts charts;
    charts.now_ns = model.now().virtual_ns;
    charts.left = area.x + text_size(fonts().small, "000,000 ms").x + px(8);
    charts.width = area.right() - charts.left;
    // Room for the first and the last mark, and for what is drawn around them. Long silences
    // are squeezed here as everywhere.
    float const margin = chosen ? 0 : px(10);
    charts.axis = model.axis(window, charts.left + margin, std::max(1.0f, charts.width - 2 * margin),
                             state.squeeze_sleep);
    auto const places = model::place_plots(area, style().scale);
    if (places.one) {
        charts.titled = false;
        float const choice = draw_choice(area, state, queue);
        Rect const rest{area.x, area.y + choice, area.width, area.height - choice};
        if (state.plot == model::Plot::sequence) draw_sequence(rest, charts, flow, model, state, queue);
        if (state.plot == model::Plot::window) draw_window(rest, charts, flow, model, state, queue);
        if (state.plot == model::Plot::round_trip) draw_round_trips(rest, charts, flow, model, state, queue);
        return;
    }
    draw_sequence(places.sequence, charts, flow, model, state, queue);
    charts.ruler = false;
    draw_window(places.window, charts, flow, model, state, queue);
    draw_round_trips(places.round_trip, charts, flow, model, state, queue);
}

}  // namespace viz::panels::connection
