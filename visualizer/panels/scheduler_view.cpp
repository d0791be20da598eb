// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who ran when: one track a thread, interrupts on top, wake-ups as arrows. Close
// up it shows spans (running, ready, blocked); from afar, where a pixel holds
// many switches, it shows who had the processor in each column. Waits for locks lie
// under the spans; below the chart stand the run queue and, between two markers, how
// long each thread ran and waited.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/model/scheduling.hpp"
#include "visualizer/panels/scheduler_tables.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"
#include "visualizer/widgets/time_strip.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using model::Rect;
using model::TimeAxis;
using sim::debug::EventGroup;
using sim::debug::SpanState;

constexpr std::uint64_t most_switches_as_spans = 3000;

class SchedulerView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& events = model.now().events;
        bool any = !events.group(EventGroup::switches).empty() ||
                   !events.group(EventGroup::interrupts).empty() || !model.known_threads().empty();
        if (!any) {
            empty_view(icons::tasks, "Nothing has run yet",
                       "Threads appear when the kernel starts its scheduler. Run the machine (Space), or go "
                       "on to the first context switch (T).");
            return;
        }
        model::TimeWindow window = model.window(state.window);
        bool const close_up = switches_in(events, window) <= most_switches_as_spans;
        find_waits(model, window, close_up);
        draw_header(window, state, queue);
        // Below the chart, where it leaves room: times between the markers, the queue.
        float const line = text_size(fonts().text, "X").y + px(4);
        ImVec2 room = ImGui::GetContentRegionAvail();
        auto const marks = model::both_marks(state);
        float const queue_height = room.y > px(150) ? line : 0;
        // The chart comes first: in a small pane it keeps its tracks, and where a heading
        // and a row do not fit below nothing is measured.
        float const tracks_height = px(18) * static_cast<float>(model.known_threads().size() + 1);
        float const spare = room.y - queue_height - ruler_height() - tracks_height;
        float table = 0;
        if (marks && room.y > px(190) && spare >= 2 * line + px(8)) {
            measure(model, *marks);
            if (!between_.times.empty())
                table = std::min(
                    {line * static_cast<float>(between_.times.size() + 1) + px(8), room.y * 0.45f, spare});
        }

        ImGui::BeginChild(
            "chart",
            {0, std::max(room.y - table - queue_height - 2 * ImGui::GetStyle().ItemSpacing.y, px(40))}, 0,
            ImGuiWindowFlags_NoScrollWithMouse);
        ImVec2 p = ImGui::GetCursorScreenPos();
        room = ImGui::GetContentRegionAvail();
        float labels = std::min(px(132), room.x * 0.3f);
        std::vector<std::uint64_t> tracks = {0};
        for (std::uint64_t thread : model.known_threads()) tracks.push_back(thread);
        float ruler = ruler_height();
        float track = std::clamp((room.y - ruler) / static_cast<float>(tracks.size()), px(16), px(34));
        Rect area{p.x + labels, p.y, room.x - labels - px(4),
                  std::max(room.y, ruler + track * static_cast<float>(tracks.size()))};
        TimeAxis axis = model.axis(window, area.x, area.width, state.squeeze_sleep);
        auto* list = ImGui::GetWindowDrawList();

        bool over = time_input("time", axis, area, model, state, queue);
        list->PushClipRect({area.x, area.y}, {area.right(), area.bottom()}, true);
        draw_sleeps(list, axis, area, model.now().virtual_ns);
        draw_ruler(list, axis, area, model.now().virtual_ns);
        list->PopClipRect();

        Chart chart{model, state, axis, area, ruler, track, labels, tracks, waits_.list, list, p.x};
        chart.draw_labels(queue);
        list->PushClipRect({area.x, area.y}, {area.right(), area.bottom()}, true);
        if (close_up)
            chart.draw_spans(over, queue);
        else
            chart.draw_columns();
        draw_cursor(list, axis, area, model, state);
        list->PopClipRect();
        ImGui::EndChild();
        if (queue_height > 0) draw_queue(model, over, close_up, axis, line);
        if (table > 0) draw_times(between_, state, model, queue, table, line);
    }

private:
    static std::uint64_t switches_in(sim::debug::EventView const& events, model::TimeWindow window) {
        auto bins = model::bin_events(events, EventGroup::switches, {window, 0, 1, {}}, 1);
        return bins[0];
    }

    // Looked for anew only when there is something new.
    void find_waits(Model const& model, model::TimeWindow window, bool close_up) {
        Known const known{window, model.now().number, close_up};
        if (known == waits_known_) return;
        waits_known_ = known;
        waits_ = {};
        if (close_up) waits_ = model::lock_waits(model, window, model.end_ns());
    }

    void draw_queue(Model const& model, bool over, bool close_up, TimeAxis const& axis, float line) {
        std::uint64_t const now = model.now().virtual_ns;
        if (over) {
            std::uint64_t const pointed = axis.time(ImGui::GetIO().MousePos.x);
            std::vector<model::Queued> ready;
            if (close_up) ready = model::ready_at(model.gantt(axis.window, 20000), pointed);
            draw_ready(model, close_up ? &ready : nullptr, pointed, true, line);
            return;
        }
        if (ready_of_ != model.now().number) {
            ready_of_ = model.now().number;
            ready_ = model::ready_now(model).list;
        }
        draw_ready(model, &ready_, now, false, line);
    }

    // As long as nothing moves the numbers stay.
    void measure(Model const& model, model::TimeWindow marks) {
        Known const known{marks, model.now().number, true};
        if (known == measured_) return;
        measured_ = known;
        between_ = model::scheduling(model, marks, model.end_ns());
    }

    struct Known {
        model::TimeWindow window;
        std::uint64_t snapshot = UINT64_MAX;
        bool close_up = false;
        bool operator==(Known const&) const = default;
    };
    model::LockWaits waits_;
    model::Scheduling between_;  // the markers
    Known waits_known_, measured_;
    std::vector<model::Queued> ready_;
    std::uint64_t ready_of_ = UINT64_MAX;  // the snapshot

    // What the colours mean, on as many lines as it needs; behind it, where there is
    // room, how much time is shown.
    void draw_header(model::TimeWindow window, ViewState const& state, CommandQueue& queue) const {
        std::pair<std::string, Colour> const entries[] = {
            {"running", theme().of_thread(0)},
            {"ready", model::mix(theme().pane, theme().of_thread(0), 0.38f)},
            {"waiting", theme().idle},
            {"interrupt", theme().irq},
            {waits_.left_out ? fmt::format("waits for a lock (the last {})", waits_.list.size())
                             : "waits for a lock",
             theme().lock}};
        ImVec2 const start = ImGui::GetCursorScreenPos();
        float const right = start.x + ImGui::GetContentRegionAvail().x, h = text_size(fonts().small, "X").y,
                    line = h + px(6);
        auto* list = ImGui::GetWindowDrawList();
        ImVec2 p = start;
        for (auto const& [name, colour] : entries) {
            float const whole = px(17) + text_size(fonts().small, name).x;
            if (p.x > start.x && p.x + whole > right) p = {start.x, p.y + line};
            list->AddRectFilled({p.x, p.y + px(4)}, {p.x + px(12), p.y + h + px(1)}, packed(colour), px(2));
            text_at(list, {p.x + px(17), p.y + px(2)}, fonts().small, theme().quiet, name);
            p.x += whole + px(12);
        }
        std::string length = "shown: " + model::short_time(window.length());
        if (auto const marks = model::both_marks(state))
            length = "A to B: " + model::exact_time(marks->length());
        float const width = text_size(fonts().small, length).x;
        if (p.x + width <= right)
            text_at(list, {right - width, p.y + px(2)}, fonts().small, theme().faint, length);
        if (state.window && p.x + width + px(90) <= right) {
            ImGui::SetCursorScreenPos({right - width - px(76), p.y - px(3)});
            if (text_button("all", "Show all", "From the first instruction to the end (A)"))
                queue.push(CommandId::zoom_all);
        }
        ImGui::SetCursorScreenPos({start.x, p.y + line + px(2)});
    }

    struct Chart {
        Model const& model;
        ViewState& state;
        TimeAxis axis;
        Rect area;
        float ruler, track, labels;
        std::vector<std::uint64_t> const& tracks;
        std::vector<model::LockWait> const& waits;
        ImDrawList* list;
        float left;

        float track_y(std::size_t i) const { return area.y + ruler + static_cast<float>(i) * track; }
        std::size_t index_of(std::uint64_t thread) const {
            return static_cast<std::size_t>(std::ranges::find(tracks, thread) - tracks.begin());
        }
        Colour colour_of(std::uint64_t thread) const {
            return thread ? model.thread_colour(thread, theme()) : theme().irq;
        }

        void draw_labels(CommandQueue& queue) {
            std::uint64_t running = model.running_thread();
            for (std::size_t i = 0; i < tracks.size(); ++i) {
                float y = track_y(i);
                ImGui::SetCursorScreenPos({left, y});
                ImGui::PushID(static_cast<int>(i));
                ImGui::InvisibleButton("label", {labels, track});
                Entity entity{EntityKind::thread, tracks[i], 0};
                if (tracks[i]) entity_item(entity, state, queue);
                ImGui::PopID();
                Emphasis e = tracks[i] ? emphasis(entity, state) : Emphasis::none;
                if (e != Emphasis::none)
                    list->AddRectFilled({left, y}, {area.right(), y + track},
                                        packed(e == Emphasis::selected ? theme().selected.with_alpha(150)
                                                                       : theme().hover.with_alpha(150)),
                                        px(3));
                list->AddLine({left, y + track}, {area.right(), y + track}, packed(theme().grid));
                float middle = y + (track - text_size(fonts().text, "X").y) / 2;
                float box = px(10);
                list->AddRectFilled({left + px(2), y + (track - box) / 2},
                                    {left + px(2) + box, y + (track + box) / 2}, packed(colour_of(tracks[i])),
                                    px(2));
                bool now = tracks[i] && tracks[i] == running;
                text_at(list, {left + px(18), middle}, now ? fonts().strong : fonts().text,
                        now ? theme().text : theme().quiet,
                        tracks[i] ? model.thread_name(tracks[i]) : "interrupts", labels - px(24));
            }
        }

        void draw_spans(bool over, CommandQueue& queue) {
            auto const& gantt = model.gantt(axis.window, 20000);
            ImVec2 mouse = ImGui::GetIO().MousePos;
            sim::debug::Span const* pointed = nullptr;
            std::uint64_t pointed_thread = 0;
            std::string pointed_name;
            for (auto const& t : gantt.tracks) {
                std::size_t row = index_of(t.thread);
                if (row == tracks.size()) continue;
                float y = track_y(row) + px(3), h = track - px(6);
                Colour c = colour_of(t.thread);
                float drawn_to = -1;
                for (auto const& span : t.spans) {
                    float a = std::max(axis.pixel(span.from_ns), area.x - 2),
                          b = std::min(axis.pixel(span.to_ns), area.right() + 2);
                    // What is thinner than a pixel is drawn once a pixel.
                    if (b - a < 1) {
                        if (a < drawn_to) continue;
                        b = a + 1;
                    }
                    drawn_to = b;
                    draw_span(span, a, b, y, h, c, t.name);
                    if (over && mouse.x >= a && mouse.x < b + 1 && mouse.y >= y - px(3) &&
                        mouse.y < y + h + px(3))
                        pointed = &span, pointed_thread = t.thread, pointed_name = t.name;
                }
            }
            draw_wakes(gantt);
            model::LockWait const* waiting = draw_waits(over);
            if (waiting && !pointed) {
                ImGui::BeginTooltip();
                text(fonts().strong, theme().text, what_for(*waiting));
                ImGui::EndTooltip();
            }
            if (pointed) {
                if (pointed_thread) state.next_hovered = {EntityKind::thread, pointed_thread, 0};
                if (ImGui::IsMouseReleased(ImGuiMouseButton_Left) &&
                    ImGui::GetIO().MouseDragMaxDistanceSqr[0] < 9 && pointed_thread)
                    queue.push(CommandId::select, Entity{EntityKind::thread, pointed_thread, 0});
                ImGui::BeginTooltip();
                std::string what =
                    pointed->state == SpanState::interrupt
                        ? fmt::format("interrupt {:#x}", pointed->vector)
                        : fmt::format("{}: {}", pointed_name, sim::debug::name_of(pointed->state));
                text(fonts().strong, theme().text, what);
                text(fonts().mono, theme().quiet,
                     fmt::format("from {} for {}", model::exact_time(pointed->from_ns),
                                 model::short_time(pointed->to_ns - pointed->from_ns)));
                if (waiting) text(fonts().text, theme().quiet, what_for(*waiting));
                ImGui::EndTooltip();
            }
        }

        void draw_span(sim::debug::Span const& span, float a, float b, float y, float h, Colour c,
                       std::string const& name) const {
            switch (span.state) {
                case SpanState::running:
                    list->AddRectFilled({a, y}, {b, y + h}, packed(c), b - a > px(4) ? px(2) : 0);
                    if (b - a > px(56))
                        text_at(list, {a + px(6), y + (h - text_size(fonts().small, "X").y) / 2},
                                fonts().small, theme().ink(c), name, b - a - px(10));
                    break;
                case SpanState::ready:
                    list->AddRectFilled({a, y + h * 0.22f}, {b, y + h * 0.78f},
                                        packed(model::mix(theme().pane, c, 0.38f)));
                    break;
                case SpanState::blocked:
                    list->AddRectFilled({a, y + h * 0.42f}, {b, y + h * 0.58f}, packed(theme().idle));
                    break;
                case SpanState::interrupt:
                    list->AddRectFilled({a, y}, {std::max(b, a + px(2)), y + h}, packed(theme().irq));
                    break;
            }
        }

        void draw_wakes(sim::debug::Gantt const& gantt) const {
            if (gantt.wakes.size() > 400) return;
            for (auto const& wake : gantt.wakes) {
                std::size_t from = index_of(wake.from_thread), to = index_of(wake.to_thread);
                if (from == tracks.size() || to == tracks.size() || from == to) continue;
                float x = std::floor(axis.pixel(wake.at_ns)) + 0.5f;
                float y0 = track_y(from) + track / 2, y1 = track_y(to) + (from < to ? px(3) : track - px(3));
                Colour c = theme().text.with_alpha(150);
                list->AddLine({x, y0}, {x, y1}, packed(c), px(1));
                float d = from < to ? -px(5) : px(5);
                list->AddTriangleFilled({x - px(3), y1 + d}, {x + px(3), y1 + d}, {x, y1}, packed(c));
            }
        }

        static std::string what_for(model::LockWait const& w) {
            return sentence(w, model::short_time(w.to_ns - w.from_ns));
        }

        // A band along the lower edge of the track, and a line to whoever holds the
        // lock. The one below the pointer, or null.
        model::LockWait const* draw_waits(bool over) const {
            model::LockWait const* pointed = nullptr;
            ImVec2 const mouse = ImGui::GetIO().MousePos;
            for (auto const& w : waits) {
                std::size_t const row = index_of(w.thread), owner = index_of(w.owner);
                if (row == tracks.size()) continue;
                float const a = std::max(axis.pixel(w.from_ns), area.x - 2),
                            b = std::max(std::min(axis.pixel(w.to_ns), area.right() + 2), a + px(2));
                float const bottom = track_y(row) + track - px(1), top = bottom - px(4);
                list->AddRectFilled({a, top}, {b, bottom}, packed(theme().lock));
                for (float x = a + px(3); x < b && b - a < 4000;
                     x += px(6))  // told apart without colour, too
                    list->AddLine({x, bottom}, {x + px(3), top}, packed(theme().pane), px(1));
                if (waits.size() <= 200 && b - a > px(8) && w.owner && owner < tracks.size() &&
                    owner != row) {
                    float const x = std::floor(a) + 0.5f;
                    float const y0 = track_y(owner) + track / 2, y1 = owner < row ? top : bottom;
                    for (float y = std::min(y0, y1); y < std::max(y0, y1); y += px(6))
                        list->AddLine({x, y}, {x, std::min(y + px(3), std::max(y0, y1))},
                                      packed(theme().lock), px(1.4f));
                    list->AddCircleFilled({x, y0}, px(3), packed(theme().lock));
                }
                // Upon a ground of its own: others' spans and lines run there, too.
                if (ImVec2 const size = text_size(fonts().small, w.lock_name);
                    b - a > size.x + px(14) && track > px(24)) {
                    ImVec2 const p{a + px(6), top - size.y - px(1)};
                    list->AddRectFilled({p.x - px(3), p.y}, {p.x + size.x + px(3), top - px(1)},
                                        packed(theme().pane), px(3));
                    text_at(list, p, fonts().small, theme().readable(theme().lock, theme().pane), w.lock_name);
                }
                if (over && mouse.x >= a && mouse.x < b && mouse.y >= track_y(row) &&
                    mouse.y < track_y(row) + track)
                    pointed = &w;
            }
            return pointed;
        }

        void draw_columns() const {
            auto columns = static_cast<unsigned>(std::max(area.width, 1.0f));
            auto running = model::bin_running(model.now().events, axis, columns);
            auto interrupts = model::bin_events(model.now().events, EventGroup::interrupts, axis, columns);
            float end = axis.pixel(model.end_ns());
            for (std::size_t row = 1; row < tracks.size(); ++row) {
                float middle = track_y(row) + track / 2;
                list->AddRectFilled({area.x, middle - px(1)}, {std::min(area.right(), end), middle + px(1)},
                                    packed(theme().idle));
            }
            for (unsigned i = 0; i < columns; ++i) {
                float x = area.x + static_cast<float>(i);
                if (x > end) break;
                if (std::size_t row = index_of(running[i].thread); running[i].thread && row < tracks.size()) {
                    Colour c = colour_of(running[i].thread);
                    // Many switches in one pixel: shorter, for it is a mixture.
                    float h = running[i].switches > 1 ? track * 0.5f : track - px(6);
                    float y = track_y(row) + (track - h) / 2;
                    list->AddRectFilled({x, y}, {x + 1, y + h}, packed(c));
                }
                if (interrupts[i]) {
                    float h =
                        (track - px(6)) * std::min(1.0f, 0.35f + 0.13f * static_cast<float>(interrupts[i]));
                    list->AddRectFilled({x, track_y(0) + track - px(3) - h},
                                        {x + 1, track_y(0) + track - px(3)}, packed(theme().irq));
                }
            }
        }
    };
};

}  // namespace

std::unique_ptr<View> make_scheduler_view() { return std::make_unique<SchedulerView>(); }

}  // namespace viz::panels
