// SPDX-License-Identifier: GPL-2.0-or-later
//
// What happened, in order: interrupts, faults, switches, packets. A double click
// travels to the event.
#include <fmt/format.h>

#include <algorithm>

#include "visualizer/model/ability.hpp"
#include "visualizer/model/place.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::Event;
using sim::debug::EventGroup;
using sim::debug::EventKind;

constexpr auto group_count = static_cast<unsigned>(EventGroup::count_);

Colour group_colour(EventGroup group) {
    switch (group) {
        case EventGroup::interrupts:
            return theme().irq;
        case EventGroup::faults:
            return theme().fault;
        case EventGroup::switches:
            return theme().of_thread(0);
        case EventGroup::packets:
            return theme().read;
        case EventGroup::connections:
            return theme().good;
        case EventGroup::threads:
            return theme().of_thread(1);
        case EventGroup::disk:
            return theme().dma;
        default:
            return theme().faint;
    }
}

class EventsView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& events = model.now().events;
        if (events.all.empty()) {
            empty_view(icons::bolt, "Nothing has happened yet",
                       "Interrupts, faults, context switches and packets appear here in order. Run the "
                       "machine (Space).");
            return;
        }
        collect(model, state);
        for (unsigned i = 0; i < group_count; ++i) {
            auto const group = static_cast<EventGroup>(i);
            // Few machines have a disk.
            if (group == EventGroup::disk && events.group(group).empty()) continue;
            if (i) ImGui::SameLine(0, px(4));
            auto const why = model.now().lacks(group == EventGroup::packets ? sim::debug::Ability::packets
                                                                            : sim::debug::Ability::events);
            if (switch_chip(static_cast<int>(i), sim::debug::name_of(group), events.group(group).size(),
                            group_colour(group), state.event_groups >> i & 1, why))
                state.event_groups ^= 1U << i;
        }
        ImGui::SameLine(0, px(4));
        if (switch_chip(group_count, "memory, locks, windows", details_, theme().quiet, state.event_details,
                        model.now().lacks(sim::debug::Ability::events)))
            queue.push(CommandId::event_details);
        space(2);
        draw_list(model, state, queue);
    }

private:
    // Clicked? `why`: this machine does not tell of them.
    static bool switch_chip(int id, char const* name, std::uint64_t count, Colour colour, bool on,
                            std::string_view why) {
        std::string const label = why.empty() ? fmt::format("{} {}", name, model::grouped(count)) : name;
        ImVec2 const size = chip_size(label);
        if (ImGui::GetContentRegionAvail().x < size.x) ImGui::NewLine();
        ImVec2 const p = ImGui::GetCursorScreenPos();
        ImGui::PushID(id);
        bool const clicked = ImGui::InvisibleButton("group", size);
        ImGui::PopID();
        if (!why.empty()) {
            text_at(ImGui::GetWindowDrawList(), {p.x + px(6), p.y + px(2)}, fonts().small, theme().future, label);
            teach(name, model::as_sentence(why));
            return false;
        }
        if (on)
            chip_at(ImGui::GetWindowDrawList(), p, label, colour);
        else
            text_at(ImGui::GetWindowDrawList(), {p.x + px(6), p.y + px(2)}, fonts().small, theme().faint,
                    label);
        teach(name, on ? "Shown. Click to hide." : "Hidden. Click to show.");
        return clicked;
    }

    // What happens so often that it would hide all else.
    static bool is_detail(EventKind kind) {
        switch (kind) {
            case EventKind::interrupt_exit:
            case EventKind::heap_alloc:
            case EventKind::heap_free:
            case EventKind::frame_alloc:
            case EventKind::frame_free:
            case EventKind::lock_acquire:
            case EventKind::lock_release:
            case EventKind::tcp_window:
            case EventKind::tcp_round_trip:
            case EventKind::tcp_send_window:
            case EventKind::tcp_receive_window:
                return true;
            default:
                return false;
        }
    }

    void collect(Model const& model, ViewState const& state) {
        auto const& events = model.now().events;
        if (groups_ != state.event_groups || with_details_ != state.event_details ||
            generation_ != events.generation || first_ != events.all.begin())
            rows_.clear(), details_ = 0, seen_ = events.all.begin();
        groups_ = state.event_groups, with_details_ = state.event_details;
        generation_ = events.generation, first_ = events.all.begin();
        for (unsigned budget = 200'000; seen_ < events.all.end() && budget > 0; ++seen_, --budget) {
            auto const kind = events.all[seen_].kind;
            details_ += is_detail(kind);
            if (is_detail(kind) ? state.event_details : state.shows(group_of(kind))) rows_.push_back(seen_);
        }
    }

    void draw_list(Model const& model, ViewState& state, CommandQueue& queue) {
        auto const& events = model.now().events;
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGui::BeginChild("list");
        // In a narrow pane the details have a line of their own.
        float const line = text_size(fonts().text, "X").y + px(4);
        float const row_height = ImGui::GetContentRegionAvail().x < narrow() ? 2 * line : line;
        std::size_t past = static_cast<std::size_t>(
            std::ranges::partition_point(
                rows_, [&](std::uint64_t n) { return events.all[n].at <= model.now().moment; }) -
            rows_.begin());
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(rows_.size()), row_height);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
                draw_row(rows_[static_cast<std::size_t>(i)], static_cast<std::size_t>(i) >= past, i,
                         row_height, model, state, queue);
        if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel != 0) state.events_follow = false;
        // Now stays in sight: the last past event near the lower edge.
        if (model.now().moment != moment_)
            moment_ = model.now().moment, state.events_follow = true;
        else if (state.selected != selected_)
            state.events_follow = false;
        selected_ = state.selected;
        if (state.events_follow)
            ImGui::SetScrollY(std::max(0.0f, static_cast<float>(past) * row_height -
                                                 ImGui::GetWindowHeight() +
                                                 row_height * (past < rows_.size() ? 3 : 0.5f)));
        ImGui::EndChild();
        ImGui::PopStyleVar();
    }

    static float narrow() { return px(520); }

    static void draw_row(std::uint64_t number, bool future, int id, float height, Model const& model,
                         ViewState& state, CommandQueue& queue) {
        auto const& events = model.now().events;
        Event const& e = events.all[number];
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x;
        auto* list = ImGui::GetWindowDrawList();
        Entity const entity = model::entity_of_event(number, events);
        emphasise_row(entity, state, height);
        ImGui::PushID(id);
        ImGui::InvisibleButton("event", {std::max(width, 1.0f), height});
        entity_item(entity, state, queue);
        ImGui::PopID();
        bool const two_lines = width < narrow();
        float const line = two_lines ? height / 2 : height;
        auto group = group_of(e.kind);
        Colour c = group ? group_colour(*group) : theme().faint;
        list->AddCircleFilled({p.x + px(7), p.y + line / 2}, px(4),
                              packed(future ? model::mix(theme().pane, c, 0.45f) : c));
        text_at(list, {p.x + px(18), p.y + px(3)}, fonts().mono_small, theme().faint,
                model::exact_time(e.virtual_ns), px(96));
        // describe() begins with the time: the column above has it.
        auto [what, detail] = columns_of(model.with_names(sim::debug::describe(number, events)));
        Colour const ink = future ? theme().faint : theme().text;
        float const first = px(112), column = px(108);
        text_at(list, {p.x + first, p.y + px(2)}, fonts().text, future ? theme().faint : theme().quiet, what,
                two_lines ? width - first : column - px(8));
        float const x = two_lines ? px(18) : first + column, room = width - x - px(6);
        ImFont* const font = text_size(fonts().text, detail).x <= room ? fonts().text : fonts().small;
        text_at(list, {p.x + x, p.y + (two_lines ? line : px(2))}, font, ink, detail, room);
        if (text_size(font, detail).x > room) teach(what, detail);
    }

    // "  12.345 us  switch  idle -> worker": the second and the third column.
    static std::pair<std::string, std::string> columns_of(std::string_view line) {
        auto column = [&] {
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            std::size_t end = std::min(line.find("  "), line.size());
            std::string_view out = line.substr(0, end);
            line.remove_prefix(end);
            return std::string(out);
        };
        column();
        std::string what = column();
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        return {what, std::string(line)};
    }

    std::vector<std::uint64_t> rows_;
    std::uint64_t seen_ = 0, generation_ = 0, first_ = 0, details_ = 0;
    unsigned groups_ = 0;
    bool with_details_ = false;
    Entity selected_;
    sim::machine::Moment moment_ = sim::machine::Moment::never();
};

}  // namespace

std::unique_ptr<View> make_events_view() { return std::make_unique<EventsView>(); }

}  // namespace viz::panels
