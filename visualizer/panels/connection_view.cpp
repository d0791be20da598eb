// SPDX-License-Identifier: GPL-2.0-or-later
//
// One TCP connection: the state diagram with the path that it took, the steps of
// that path with the frames that caused them, and one side's sequence numbers over
// time with what the other side acknowledged. What lies after now is pale.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/model/connection_text.hpp"
#include "visualizer/model/sequence_plot.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"
#include "visualizer/widgets/time_strip.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using model::Point;
using model::Rect;
using model::Segment;
using model::SequencePlot;
using model::StateStep;
using model::TcpFlow;
using model::TcpState;

ImVec2 at(Point p) { return {p.x, p.y}; }
using widgets::at;

class ConnectionView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const index = model::chosen_flow(model, state);
        if (!index) {
            empty_view(
                icons::exchange, "No TCP connection yet",
                "A connection appears with its first segment. K runs to the next packet; in a recording "
                "select a TCP packet.");
            return;
        }
        TcpFlow const& flow = model.flows().all()[*index];
        path_ = flow.path();
        past_ = static_cast<std::size_t>(
            std::ranges::partition_point(path_,
                                         [&](StateStep const& s) { return s.at <= model.now().moment; }) -
            path_.begin());
        draw_header(flow, *index, model, state, queue);
        ImVec2 const p = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
        ImGui::Dummy(room);  // all of it is taken; what follows is placed by hand
        auto const places = model::place_connection({p.x, p.y, room.x - px(4), room.y}, style().scale);
        if (places.diagram.height > px(120)) draw_diagram(places, model, state, queue);
        if (places.path.height > px(40)) draw_path(places.path, flow, model, state, queue);
        if (places.plot.height > px(70) && places.plot.width > px(160))
            draw_plot(places.plot, flow, model, state, queue);
    }

private:
    void draw_header(TcpFlow const& flow, std::size_t index, Model const& model, ViewState& state,
                     CommandQueue& queue) const {
        auto const& all = model.flows().all();
        float const width = ImGui::GetContentRegionAvail().x, line = text_size(fonts().text, "X").y + px(8);
        ImVec2 const p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        bool const outward = model::plotted_direction(flow, state);
        std::string const other = fmt::format("Data of {}", outward ? "the other side" : "the guest");
        std::string const count = fmt::format("{} of {}", index + 1, all.size());
        float const buttons = text_size(fonts().text, other).x + text_size(fonts().text, count).x + px(112);
        float x = p.x + text_at(list, {p.x, p.y + px(3)}, fonts().strong, theme().text, flow.name(),
                                width - buttons - px(110));
        TcpState const now = state_now();
        if (x + px(130) + buttons < p.x + width)
            chip_at(list, {x + px(12), p.y + px(1)}, name_of(now), theme().accent, true);
        // Which connection, and whose data.
        ImGui::SetCursorScreenPos({p.x + width - buttons, p.y - px(1)});
        auto go = [&](std::size_t to) {
            if (!all[to].segments.empty())
                queue.push(CommandId::select, Entity{EntityKind::packet, all[to].segments.front().event, 0});
        };
        if (text_button("previous", "<", "The connection before this one") && index > 0) go(index - 1);
        ImGui::SameLine(0, px(4));
        ImVec2 const c = ImGui::GetCursorScreenPos();
        text_at(list, {c.x, c.y + px(4)}, fonts().text, theme().quiet, count);
        ImGui::SetCursorScreenPos({c.x + text_size(fonts().text, count).x + px(4), c.y});
        if (text_button("next", ">", "The connection after this one") && index + 1 < all.size())
            go(index + 1);
        ImGui::SameLine(0, px(10));
        if (text_button("other", other, "The plot shows what one side sent; this turns it over (D)"))
            queue.push(CommandId::plot_direction);
        ImGui::SetCursorScreenPos({p.x, p.y + line + px(4)});
    }

    TcpState state_now() const {
        if (past_ > 0) return path_[past_ - 1].to;
        return path_.empty() ? TcpState::established : path_.front().from;
    }

    // ---- the diagram ----

    bool visited(TcpState s, bool end) const {
        for (std::size_t i = 0; i < path_.size(); ++i) {
            bool const closes = path_[i].to == TcpState::closed && path_[i].from != TcpState::listen &&
                                path_[i].from != TcpState::syn_sent;
            if (path_[i].to == s && closes == end) return true;
            if (i == 0 && !end && path_[i].from == s) return true;
        }
        return false;
    }

    void draw_diagram(model::ConnectionPlaces const& places, Model const& model, ViewState& state,
                      CommandQueue& queue) const {
        auto const diagram = model::state_diagram(places.diagram, places.box_width, places.box_height, path_);
        auto* list = ImGui::GetWindowDrawList();
        for (auto const& arrow : diagram.arrows) {
            bool const taken = !arrow.steps.empty(), past = taken && arrow.steps.front() <= past_;
            Colour const c = past ? theme().accent : taken ? theme().quiet : theme().border;
            float const thick = px(taken ? 2.2f : 1), head = px(taken ? 7 : 5);
            float const dx = arrow.tip.x - arrow.start.x, dy = arrow.tip.y - arrow.start.y,
                        length = std::max(1.0f, std::hypot(dx, dy)), ux = dx / length, uy = dy / length;
            ImVec2 const back{arrow.tip.x - ux * head, arrow.tip.y - uy * head};
            list->AddLine(at(arrow.start), back, packed(c), thick);
            list->AddTriangleFilled(at(arrow.tip), {back.x - uy * head * 0.5f, back.y + ux * head * 0.5f},
                                    {back.x + uy * head * 0.5f, back.y - ux * head * 0.5f}, packed(c));
        }
        TcpState const now = state_now();
        bool const over_end = now == TcpState::closed && past_ > 0;
        ImGui::PushID("states");
        for (auto const& box : diagram.boxes) {
            bool const was = visited(box.state, box.end);
            bool const is = box.state == now && (now != TcpState::closed || box.end == over_end);
            Colour const ground = is    ? theme().accent
                                  : was ? model::mix(theme().pane, theme().accent, 0.22f)
                                        : theme().raised;
            list->AddRectFilled(widgets::at(box.rect), end_of(box.rect), packed(ground), px(4));
            list->AddRect(widgets::at(box.rect), end_of(box.rect),
                          packed(was ? theme().accent : theme().border), px(4), 0, px(is ? 2 : 1));
            ImFont* font = is ? fonts().strong : fonts().small;
            std::string_view const name = name_of(box.state);
            ImVec2 size = text_size(font, name);
            if (size.x > box.rect.width - px(4)) size = text_size(font = fonts().small, name);
            Colour const ink = is    ? (model::luminance(ground) > 0.2 ? Colour(0x0B0E13) : Colour(0xFFFFFF))
                               : was ? theme().text
                                     : theme().faint;
            text_at(list,
                    {box.rect.x + (box.rect.width - size.x) / 2, box.rect.y + (box.rect.height - size.y) / 2},
                    font, ink, name);
            ImGui::SetCursorScreenPos(widgets::at(box.rect));
            ImGui::PushID(static_cast<int>(box.state) + (box.end ? 100 : 0));
            ImGui::InvisibleButton("state", {box.rect.width, box.rect.height});
            teach_state(box.state);
            ImGui::PopID();
        }
        // Above lines and boxes: which step it was.
        for (auto const& arrow : diagram.arrows) {
            if (arrow.steps.empty()) continue;
            std::string numbers;
            for (std::size_t i = 0; i < arrow.steps.size() && i < 3; ++i)
                numbers += fmt::format("{}{}", i ? "," : "", arrow.steps[i]);
            bool const past = arrow.steps.front() <= past_;
            badge(list, arrow.number, numbers, past);
            ImVec2 const size = badge_size(numbers);
            ImGui::SetCursorScreenPos({arrow.number.x - size.x / 2, arrow.number.y - size.y / 2});
            ImGui::PushID(static_cast<int>(1000 + arrow.steps.front()));
            ImGui::InvisibleButton("step", size);
            StateStep const& step = path_[arrow.steps.front() - 1];
            entity_item(entity_of(step, model), state, queue);
            teach(fmt::format("{} to {}", name_of(step.from), name_of(step.to)), model::cause_of(step),
                  "[rfc9293 §3.3.2]");
            ImGui::PopID();
        }
        ImGui::PopID();
    }

    static void teach_state(TcpState s) {
        std::string ways;
        for (auto const& e : model::state_edges())
            if (e.from == s)
                ways += fmt::format("\n{}{}{}: to {}", e.cause, e.action.empty() ? "" : ", ", e.action,
                                    name_of(e.to));
        teach(name_of(s), std::string(meaning_of(s)) + ways, "[rfc9293 §3.3.2]");
    }

    static ImVec2 badge_size(std::string const& text) {
        ImVec2 const ink = text_size(fonts().small, text);
        return {std::max(ink.x + px(8), ink.y + px(2)), ink.y + px(2)};
    }
    static void badge(ImDrawList* list, Point middle, std::string const& text, bool past) {
        ImVec2 const size = badge_size(text), ink = text_size(fonts().small, text);
        ImVec2 const a{std::floor(middle.x - size.x / 2), std::floor(middle.y - size.y / 2)};
        list->AddRectFilled(a, {a.x + size.x, a.y + size.y}, packed(theme().pane), size.y / 2);
        list->AddRect(a, {a.x + size.x, a.y + size.y}, packed(past ? theme().accent : theme().quiet),
                      size.y / 2, 0, px(1.4f));
        text_at(list, {a.x + (size.x - ink.x) / 2, a.y + px(1)}, fonts().small,
                past ? theme().text : theme().quiet, text);
    }

    static Entity entity_of(StateStep const& step, Model const& model) {
        if (step.packet && model.packet_index_of(*step.packet)) return {EntityKind::packet, *step.packet, 0};
        return {EntityKind::event, step.event, 0};
    }

    // ---- the steps ----

    void draw_path(Rect area, TcpFlow const& flow, Model const& model, ViewState& state,
                   CommandQueue& queue) const {
        ImGui::SetCursorScreenPos(widgets::at(area));
        ImGui::BeginChild("path", {area.width, area.height});
        text_cut(fonts().small, theme().faint,
                 flow.path_is_told() ? "The guest's states, as its kernel tells"
                                     : "The guest's states, by the segments it sent and heard",
                 0);
        space(2);
        float const line = text_size(fonts().text, "X").y, small = text_size(fonts().small, "X").y,
                    height = line + small + px(7);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        for (std::size_t i = 0; i < path_.size(); ++i) {
            StateStep const& step = path_[i];
            bool const past = i < past_;
            Entity const entity = entity_of(step, model);
            ImVec2 const p = ImGui::GetCursorScreenPos();
            float const width = ImGui::GetContentRegionAvail().x;
            auto* list = ImGui::GetWindowDrawList();
            emphasise_row(entity, state, height);
            ImGui::PushID(static_cast<int>(i));
            ImGui::InvisibleButton("step", {std::max(width, 1.0f), height});
            entity_item(entity, state, queue);
            ImGui::PopID();
            badge(list, {p.x + px(14), p.y + px(4) + line / 2}, fmt::format("{}", i + 1), past);
            std::string const time = model::exact_time(step.virtual_ns);
            float const time_w = text_size(fonts().mono_small, time).x;
            text_at(list, {p.x + width - time_w - px(4), p.y + px(4)}, fonts().mono_small, theme().faint,
                    time);
            text_at(list, {p.x + px(34), p.y + px(3)}, fonts().text, past ? theme().text : theme().faint,
                    name_of(step.to), width - time_w - px(48));
            std::string what = model::cause_of(step);
            if (step.packet)
                if (auto const packet = model.packet_index_of(*step.packet))
                    what += fmt::format(", packet {}", model.packet_number(*packet));
            text_at(list, {p.x + px(34), p.y + px(3) + line}, fonts().small,
                    past ? theme().quiet : theme().faint, what, width - px(40));
        }
        ImGui::PopStyleVar();
        if (path_.empty())
            text_wrapped(fonts().text, theme().faint,
                         "The recording holds no segment that changed its state.");
        ImGui::EndChild();
    }

    // ---- the plot ----

    struct Scale {
        Rect area;
        std::int64_t least = 0, most = 1;
        float y(std::int64_t number) const {
            return area.bottom() - static_cast<float>(static_cast<double>(number - least) /
                                                      static_cast<double>(most - least)) *
                                       area.height;
        }
    };

    void draw_plot(Rect area, TcpFlow const& flow, Model const& model, ViewState& state,
                   CommandQueue& queue) const {
        bool const outward = model::plotted_direction(flow, state);
        model::TimeWindow window = model::life_of(flow);
        if (state.window && state.window->length() > 0) window = *state.window;
        SequencePlot const plot = model::sequence_plot(flow, outward, window);
        float const small = text_size(fonts().small, "X").y;
        float const captions = draw_plot_heading(area, flow, plot, outward);
        float const labels = std::max(text_size(fonts().small, model::grouped(number(plot.most))).x,
                                      text_size(fonts().small, "0,000").x) +
                             px(8);
        Rect const chart{area.x + labels, area.y + captions, area.width - labels,
                         std::max(1.0f, area.height - captions)};
        // Long silences are squeezed here as everywhere.
        auto const axis = model.axis(window, chart.x, chart.width, state.squeeze_sleep);
        auto* list = ImGui::GetWindowDrawList();
        bool const over = time_input("plot", axis, chart, model, state, queue);
        list->PushClipRect({chart.x, chart.y}, {chart.right(), chart.bottom()}, true);
        draw_sleeps(list, axis, chart);
        draw_ruler(list, axis, chart);
        float const top = ruler_height() + px(8);
        Scale const scale{
            {chart.x, chart.y + top, chart.width, chart.height - top - px(8)}, plot.least, plot.most};
        auto const marks = model::number_marks(
            plot.least, plot.most, static_cast<unsigned>(std::max(1.0f, scale.area.height / px(40))));
        for (std::int64_t mark : marks)
            list->AddLine({chart.x, std::floor(scale.y(mark)) + 0.5f},
                          {chart.right(), std::floor(scale.y(mark)) + 0.5f}, packed(theme().grid));
        draw_stairs(list, plot.allowed, axis, scale, theme().warning, true);
        draw_stairs(list, plot.confirmed, axis, scale, theme().good, false);
        SequencePlot::Bar const* pointed = nullptr;
        draw_bars(list, plot, axis, scale, state, flow, over, pointed);
        draw_cursor(list, axis, chart, model, state);
        list->PopClipRect();
        for (std::int64_t mark : marks) {
            std::string const label = model::grouped(number(mark));
            text_at(list, {chart.x - px(6) - text_size(fonts().small, label).x, scale.y(mark) - small / 2},
                    fonts().small, theme().faint, label);
        }
        if (plot.bars.empty() && plot.confirmed.empty())
            text_at(list, {chart.x + px(12), chart.y + chart.height / 2}, fonts().text, theme().faint,
                    "Nothing of this connection in this stretch of time; A shows all of it");
        if (pointed) point_at(*pointed, flow, model, state, queue);
    }

    static std::uint64_t number(std::int64_t n) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0));
    }

    // Whose data, and what the marks mean. Returns its height.
    static float draw_plot_heading(Rect area, TcpFlow const& flow, SequencePlot const& plot, bool outward) {
        auto* list = ImGui::GetWindowDrawList();
        auto const& d = flow.of(outward);
        std::string const title = fmt::format("Sequence numbers of {}", outward ? flow.local : flow.remote);
        std::string const sum = fmt::format("{} bytes, {} sent again, {} duplicate ACKs",
                                            model::grouped(d.bytes), d.again, d.duplicate_acks);
        text_at(list, {area.x, area.y}, fonts().text, theme().text, title, area.width);
        float const title_w = text_size(fonts().text, title).x, sum_w = text_size(fonts().small, sum).x;
        bool const one_line = title_w + sum_w + px(16) < area.width;
        float y = area.y + text_size(fonts().text, title).y + px(2);
        if (one_line)
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
        entry("reported as an island (SACK)", [&](ImVec2 p) {
            bar(list, p.x + px(6), p.y - px(6), p.y + px(6), SequencePlot::Kind::selective);
        });
        if (!plot.room)
            entry("edge of the window", [&](ImVec2 p) {
                for (int i = 0; i < 3; ++i)
                    list->AddLine({p.x + px(5) * static_cast<float>(i), p.y},
                                  {p.x + px(5) * static_cast<float>(i) + px(3), p.y}, packed(theme().warning),
                                  px(2));
            });
        else {
            std::string const left =
                fmt::format("window: never less than {} left", model::grouped(*plot.room));
            if (x > area.x && x + text_size(fonts().small, left).x > area.right()) x = area.x, y += h + px(2);
            text_at(list, {x, y}, fonts().small, theme().faint, left);
        }
        return y + h + px(6) - area.y;
    }

    // Kinds differ by shape as well as by colour.
    static void bar(ImDrawList* list, float x, float top, float bottom, SequencePlot::Kind kind) {
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
                    list->AddRectFilled({x - px(5), y - px(1)}, {x + px(5.5f), y + px(1)},
                                        packed(theme().bad));
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
    static void diamond(ImDrawList* list, ImVec2 p) {
        float const r = px(4.5f);
        list->AddQuadFilled({p.x, p.y - r}, {p.x + r, p.y}, {p.x, p.y + r}, {p.x - r, p.y},
                            packed(theme().text));
    }

    static void draw_stairs(ImDrawList* list, std::vector<SequencePlot::Corner> const& stairs,
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
            float const end =
                i + 1 < stairs.size() ? axis.pixel(stairs[i + 1].virtual_ns) : scale.area.right();
            line({x, y}, {end, y});
            if (i + 1 < stairs.size()) line({end, y}, {end, scale.y(stairs[i + 1].number)});
        }
    }

    void draw_bars(ImDrawList* list, SequencePlot const& plot, model::TimeAxis const& axis,
                   Scale const& scale, ViewState const& state, TcpFlow const& flow, bool over,
                   SequencePlot::Bar const*& pointed) const {
        ImVec2 const mouse = ImGui::GetIO().MousePos;
        float nearest = px(8);
        float last_x = -1, last_top = 0, last_bottom = 0;
        for (auto const& b : plot.bars) {
            float const x = axis.pixel(b.virtual_ns), top = scale.y(b.to), bottom = scale.y(b.from);
            Entity const entity{EntityKind::packet, flow.segments[b.segment].event, 0};
            if (Emphasis const e = emphasis(entity, state); e != Emphasis::none)
                list->AddRectFilled({x - px(6), top - px(4)}, {x + px(7), bottom + px(4)},
                                    packed(e == Emphasis::selected ? theme().selected : theme().hover),
                                    px(3));
            if (over && mouse.y >= top - px(6) && mouse.y <= bottom + px(6) &&
                std::abs(mouse.x - x) < nearest)
                nearest = std::abs(mouse.x - x), pointed = &b;
            if (b.kind == SequencePlot::Kind::control) {
                diamond(list, {x, (top + bottom) / 2});
                continue;
            }
            // What is drawn already in this pixel is not drawn again.
            bool const hidden = b.kind == SequencePlot::Kind::data && std::floor(x) == last_x &&
                                top >= last_top && bottom <= last_bottom;
            if (hidden) continue;
            if (b.kind == SequencePlot::Kind::data)
                last_x = std::floor(x), last_top = top, last_bottom = bottom;
            bar(list, x, top, bottom, b.kind);
        }
        // Three of them and TCP no longer waits for its timer.
        for (std::size_t i : plot.duplicate_acks) {
            Segment const& s = flow.segments[i];
            float const x = std::floor(axis.pixel(s.virtual_ns)), y = scale.y(*s.confirmed);
            list->AddLine({x, y - px(4)}, {x, y + px(4)}, packed(theme().good), px(1.6f));
        }
    }

    static void point_at(SequencePlot::Bar const& b, TcpFlow const& flow, Model const& model,
                         ViewState& state, CommandQueue& queue) {
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

    std::vector<StateStep> path_;
    std::size_t past_ = 0;  // how many of its steps have happened
};

}  // namespace

std::unique_ptr<View> make_connection_view() { return std::make_unique<ConnectionView>(); }

}  // namespace viz::panels
