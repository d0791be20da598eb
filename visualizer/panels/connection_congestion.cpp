// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the sender thought of the path: its windows and what it had in flight, and how
// long acknowledgements took. And what all plots of the view "connection" are made of.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/model/congestion_plot.hpp"
#include "visualizer/model/connection_text.hpp"
#include "visualizer/panels/connection_parts.hpp"
#include "visualizer/widgets/time_strip.hpp"

namespace viz::panels::connection {

using namespace widgets;
using model::CongestionPlot;
using model::Rect;
using model::SequencePlot;
using model::TcpFlow;

namespace {

std::string bytes_text(std::int64_t n) {
    return model::grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0)));
}
std::string time_text(std::int64_t ns) {
    return ns <= 0 ? "0" : model::short_time(static_cast<std::uint64_t>(ns));
}

// The ruler's lines reach into charts that have no ruler of their own.
Rect ruled(Charts const& charts, Rect chart) {
    if (charts.ruler) return chart;
    return {chart.x, chart.y - ruler_height(), chart.width, chart.height + ruler_height()};
}

// A title, then entries with a sample each; a new line where one does not fit.
class Legend {
public:
    Legend(Rect area, std::string const& title) : area_(area), x_(area.x), y_(area.y) {
        if (title.empty()) return;
        x_ += text_at(list_, {x_, y_}, fonts().text, theme().text, title, area.width) + px(18);
        y_ += text_size(fonts().text, "X").y - h_ - px(1);
    }
    void line(std::string const& name, Colour c, bool dashed) {
        ImVec2 const p = room_for(name);
        for (float x = 0; x < px(13); x += dashed ? px(5) : px(13))
            list_->AddLine({p.x + x, p.y}, {p.x + x + (dashed ? px(3) : px(13)), p.y}, packed(c), px(2));
    }
    void square(std::string const& name, Colour c) {
        ImVec2 const p = room_for(name);
        list_->AddRectFilled({p.x, p.y - px(5)}, {p.x + px(13), p.y + px(5)}, packed(c), px(2));
    }
    void dot(std::string const& name, Colour c) {
        ImVec2 const p = room_for(name);
        list_->AddCircleFilled({p.x + px(6), p.y}, px(2.5f), packed(c));
    }
    void stroke(std::string const& name, Colour c) {
        ImVec2 const p = room_for(name);
        list_->AddLine({p.x + px(6), p.y - px(6)}, {p.x + px(6), p.y + px(6)}, packed(c), px(1.5f));
    }
    void remark(std::string const& said) {
        float const w = text_size(fonts().small, said).x;
        if (x_ > area_.x && x_ + w > area_.right()) x_ = area_.x, y_ += h_ + px(2);
        x_ += text_at(list_, {x_, y_}, fonts().small, theme().faint, said, area_.right() - x_) + px(14);
    }
    float height() const { return y_ + h_ + px(6) - area_.y; }

private:
    ImVec2 room_for(std::string const& name) {
        float const w = px(18) + text_size(fonts().small, name).x;
        if (x_ > area_.x && x_ + w > area_.right()) x_ = area_.x, y_ += h_ + px(2);
        text_at(list_, {x_ + px(18), y_}, fonts().small, theme().quiet, name);
        ImVec2 const p{x_, y_ + h_ / 2};
        x_ += w + px(14);
        return p;
    }
    Rect area_;
    float x_, y_, h_ = text_size(fonts().small, "X").y;
    ImDrawList* list_ = ImGui::GetWindowDrawList();
};

// Where something was sent again: the reason for what the lines do.
void draw_losses(ImDrawList* list, CongestionPlot const& plot, TcpFlow const& flow, Charts const& charts,
                 Rect chart) {
    float last = -1;
    for (std::size_t i : plot.again) {
        float const x = std::floor(charts.axis.pixel(flow.segments[i].virtual_ns));
        if (x == last) continue;
        last = x;
        list->AddLine({x, chart.y}, {x, chart.bottom()}, packed(theme().bad.with_alpha(150)), px(1.5f));
    }
}

void tooltip_line(Colour c, std::string const& name, std::optional<std::int64_t> level,
                  std::string (*show)(std::int64_t)) {
    if (!level) return;
    text(fonts().text, theme().quiet, name);
    ImGui::SameLine(px(190));
    text(fonts().mono, theme().readable(c, theme().raised), show(*level));
}

std::string title_of(Charts const& charts, char const* title) { return charts.titled ? title : ""; }

}  // namespace

Scale begin_chart(ImDrawList* list, Charts const& charts, Rect chart,
                  std::pair<std::int64_t, std::int64_t> levels) {
    Rect const rules = ruled(charts, chart);
    list->PushClipRect(at(chart), end_of(chart), true);
    draw_sleeps(list, charts.axis, rules, charts.now_ns);
    draw_ruler(list, charts.axis, rules, charts.now_ns);
    list->PopClipRect();
    float const top = (charts.ruler ? ruler_height() : 0) + px(8);
    return {{chart.x, chart.y + top, chart.width, std::max(1.0f, chart.height - top - px(8))},
            levels.first,
            std::max(levels.second, levels.first + 1)};
}

void draw_levels(ImDrawList* list, Charts const& charts, Scale const& scale,
                 std::function<std::string(std::int64_t)> const& name) {
    float const small = text_size(fonts().small, "X").y;
    auto const wanted = static_cast<unsigned>(std::max(2.0f, scale.area.height / px(40)));
    for (std::int64_t mark : model::number_marks(scale.least, scale.most, wanted)) {
        float const y = std::floor(scale.y(mark)) + 0.5f;
        list->AddLine({charts.left, y}, {charts.left + charts.width, y}, packed(theme().grid));
        std::string const label = name(mark);
        text_at(list, {charts.left - px(6) - text_size(fonts().small, label).x, y - small / 2}, fonts().small,
                theme().faint, label);
    }
}

void draw_stairs(ImDrawList* list, std::vector<model::SequencePlot::Corner> const& stairs,
                 model::TimeAxis const& axis, Scale const& scale, Colour c, bool dashed) {
    auto line = [&](ImVec2 a, ImVec2 b) {
        if (!dashed) return list->AddLine(a, b, packed(c), px(1.6f));
        float const length = std::hypot(b.x - a.x, b.y - a.y), step = px(7);
        if (length > 20000) return;
        for (float at = 0; at < length; at += step) {
            float const s = at / length, e = std::min(1.0f, (at + px(4)) / length);
            list->AddLine({a.x + (b.x - a.x) * s, a.y + (b.y - a.y) * s},
                          {a.x + (b.x - a.x) * e, a.y + (b.y - a.y) * e}, packed(c), px(1.4f));
        }
    };
    for (std::size_t i = 0; i < stairs.size(); ++i) {
        float const x = axis.pixel(stairs[i].virtual_ns), y = scale.y(stairs[i].number);
        float const end = i + 1 < stairs.size() ? axis.pixel(stairs[i + 1].virtual_ns) : scale.area.right();
        line({x, y}, {end, y});
        if (i + 1 < stairs.size()) line({end, y}, {end, scale.y(stairs[i + 1].number)});
    }
}

void end_chart(ImDrawList* list, Charts const& charts, Rect chart, Model const& model,
               ViewState const& state) {
    list->PushClipRect(at(chart), end_of(chart), true);
    draw_cursor(list, charts.axis, ruled(charts, chart), model, state);
    list->PopClipRect();
}

void draw_window(Rect area, Charts const& charts, TcpFlow const& flow, Model const& model, ViewState& state,
                 CommandQueue& queue) {
    bool const outward = model::plotted_direction(flow, state);
    CongestionPlot const plot = model::congestion_plot(flow, outward, charts.axis.window);
    Colour const flight = model::mix(theme().pane, theme().packet, 0.45f), window = theme().dma,
                 threshold = theme().warning, offered = theme().good;
    Legend legend(area, title_of(charts, "Window"));
    legend.square("in flight", flight);
    if (!plot.window.empty()) legend.line("congestion window", window, false);
    if (!plot.threshold.empty()) legend.line("slow start threshold", threshold, true);
    if (!plot.offered.empty()) legend.line("receiver's window", offered, true);
    if (!plot.again.empty()) legend.stroke("sent again", theme().bad);
    if (plot.window.empty())
        legend.remark(outward ? "the kernel tells no congestion window"
                              : "the other side's congestion window is not known here");
    if (plot.offered_left_out && plot.least_offered)
        legend.remark(
            fmt::format("receiver's window: never less than {}", model::grouped(*plot.least_offered)));
    Rect const chart = charts.below(area, legend.height());
    auto* list = ImGui::GetWindowDrawList();
    bool const over = time_input("window", charts.axis, chart, model, state, queue);
    Scale const scale = begin_chart(list, charts, chart, {0, plot.most_bytes});
    draw_levels(list, charts, scale, bytes_text);
    list->PushClipRect(at(chart), end_of(chart), true);
    draw_losses(list, plot, flow, charts, chart);
    float const ground = scale.y(0);
    for (std::size_t i = 0; i < plot.in_flight.size(); ++i) {
        float const x = charts.axis.pixel(plot.in_flight[i].virtual_ns),
                    end = i + 1 < plot.in_flight.size() ? charts.axis.pixel(plot.in_flight[i + 1].virtual_ns)
                                                        : charts.axis.x + charts.axis.width;
        if (plot.in_flight[i].number > 0)
            list->AddRectFilled({x, scale.y(plot.in_flight[i].number)}, {std::max(end, x + 1), ground},
                                packed(flight));
    }
    draw_stairs(list, plot.offered, charts.axis, scale, offered, true);
    draw_stairs(list, plot.threshold, charts.axis, scale, threshold, true);
    draw_stairs(list, plot.window, charts.axis, scale, window, false);
    list->PopClipRect();
    end_chart(list, charts, chart, model, state);
    if (!over) return;
    std::uint64_t const ns = charts.axis.time(ImGui::GetIO().MousePos.x);
    ImGui::BeginTooltip();
    text(fonts().strong, theme().text, "at " + model::exact_time(ns));
    tooltip_line(theme().packet, "in flight", model::height_at(plot.in_flight, ns), bytes_text);
    tooltip_line(window, "congestion window", model::height_at(plot.window, ns), bytes_text);
    tooltip_line(threshold, "slow start threshold", model::height_at(plot.threshold, ns), bytes_text);
    tooltip_line(offered, "receiver's window", model::height_at(plot.offered, ns), bytes_text);
    ImGui::EndTooltip();
}

void draw_round_trips(Rect area, Charts const& charts, TcpFlow const& flow, Model const& model,
                      ViewState& state, CommandQueue& queue) {
    bool const outward = model::plotted_direction(flow, state);
    CongestionPlot const plot = model::congestion_plot(flow, outward, charts.axis.window);
    Colour const smoothed = theme().dma, timeout = theme().warning;
    Legend legend(area, title_of(charts, "Round trips"));
    legend.dot("of one segment", theme().packet);
    if (!plot.smoothed.empty()) legend.line("smoothed (SRTT)", smoothed, false);
    if (!plot.timeout.empty()) legend.line("retransmission timeout (RTO)", timeout, true);
    if (!plot.again.empty()) legend.stroke("sent again", theme().bad);
    if (plot.timeout_left_out && !flow.round_trips.empty())
        legend.remark("retransmission timeout (RTO): " +
                      time_text(static_cast<std::int64_t>(flow.round_trips.back().timeout_ns)));
    Rect const chart = charts.below(area, legend.height());
    auto* list = ImGui::GetWindowDrawList();
    bool const over = time_input("round trips", charts.axis, chart, model, state, queue);
    Scale const scale = begin_chart(list, charts, chart, {0, plot.most_ns});
    if (plot.round_trips.empty() && plot.smoothed.empty()) {
        text_at(list, {chart.x + px(12), chart.y + chart.height / 2 - px(8)}, fonts().text, theme().faint,
                outward ? "Nothing was acknowledged in this stretch of time"
                        : "Round trips are measured where data is sent: on the other side",
                chart.width - px(24));
        return;
    }
    draw_levels(list, charts, scale, time_text);
    list->PushClipRect(at(chart), end_of(chart), true);
    draw_losses(list, plot, flow, charts, chart);
    draw_stairs(list, plot.timeout, charts.axis, scale, timeout, true);
    draw_stairs(list, plot.smoothed, charts.axis, scale, smoothed, false);
    CongestionPlot::RoundTrip const* pointed = nullptr;
    float nearest = px(8);
    ImVec2 const mouse = ImGui::GetIO().MousePos;
    for (auto const& trip : plot.round_trips) {
        ImVec2 const p{charts.axis.pixel(trip.virtual_ns), scale.y(static_cast<std::int64_t>(trip.ns))};
        Entity const entity{EntityKind::packet, flow.segments[trip.ack].event, 0};
        Emphasis const e = emphasis(entity, state);
        list->AddCircleFilled(p, e == Emphasis::none ? px(2.5f) : px(4),
                              packed(e == Emphasis::selected ? theme().accent : theme().packet));
        if (float const away = std::hypot(mouse.x - p.x, mouse.y - p.y); over && away < nearest)
            nearest = away, pointed = &trip;
    }
    list->PopClipRect();
    end_chart(list, charts, chart, model, state);
    if (!over) return;
    std::uint64_t const ns = charts.axis.time(mouse.x);
    ImGui::BeginTooltip();
    if (pointed) {
        Entity const entity{EntityKind::packet, flow.segments[pointed->ack].event, 0};
        state.next_hovered = entity;
        if (ImGui::IsMouseReleased(ImGuiMouseButton_Left) && ImGui::GetIO().MouseDragMaxDistanceSqr[0] < 9)
            queue.push(CommandId::select, entity);
        text(fonts().strong, theme().text, model::round_trip_text(flow, *pointed, model));
    } else {
        text(fonts().strong, theme().text, "at " + model::exact_time(ns));
    }
    tooltip_line(smoothed, "smoothed", model::height_at(plot.smoothed, ns), time_text);
    tooltip_line(timeout, "retransmission timeout", model::height_at(plot.timeout, ns), time_text);
    ImGui::EndTooltip();
}

}  // namespace viz::panels::connection
