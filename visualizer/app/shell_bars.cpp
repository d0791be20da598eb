// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bars around the panes: transport, activities, time line, status; the
// palette and the help page, both made from the command table.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "visualizer/app/shell.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"
#include "visualizer/widgets/time_strip.hpp"

namespace viz::app {

using namespace widgets;
using model::CommandId;
using model::Rect;
using sim::debug::EventGroup;
using sim::debug::RunState;
using sim::debug::StepUnit;

namespace {

struct UnitName {
    StepUnit unit;
    char const* label;
    char const* help;
};
constexpr UnitName units[] = {
    {StepUnit::instruction, "instruction", "One machine instruction"},
    {StepUnit::line_over, "line", "To another source line, over calls"},
    {StepUnit::function, "function", "Until this function returns"},
    {StepUnit::interrupt, "interrupt", "To the next interrupt or exception"},
    {StepUnit::packet, "packet", "To the next frame in or out"},
    {StepUnit::context_switch, "switch", "To the next context switch"},
};

void fill(Rect r, Colour c) { ImGui::GetWindowDrawList()->AddRectFilled(at(r), end_of(r), packed(c)); }

// "Run or pause (Space)"
std::string tip(CommandId id, std::string_view extra = {}) {
    auto const& command = info(id);
    std::string out(command.title);
    if (!extra.empty()) out += ": " + std::string(extra);
    if (!command.keys.empty()) out += fmt::format("   {}", command.keys);
    return out;
}

}  // namespace

void Shell::draw_transport(Rect r, bool compact) {
    fill(r, theme().raised);
    auto* list = ImGui::GetWindowDrawList();
    list->AddLine({r.x, r.bottom() - 1}, {r.right(), r.bottom() - 1}, packed(theme().border));
    auto const& now = model().now();
    float middle = r.y + (r.height - px(34)) / 2;

    // Whose machine.
    float x = r.x + px(14);
    x += text_at(list, {x, r.y + (r.height - text_size(fonts().icons, "X").y) / 2}, fonts().icons,
                 theme().good, icon(icons::leaf)) +
         px(8);
    if (!compact) {
        x += text_at(list, {x, r.y + (r.height - text_size(fonts().heading, "X").y) / 2}, fonts().heading,
                     theme().text, "Vivarium") +
             px(12);
        std::string title = now.machine ? now.machine->title : "";
        x += text_at(list, {x, r.y + (r.height - text_size(fonts().text, "X").y) / 2 + px(1)}, fonts().text,
                     theme().faint, title, px(170)) +
             px(16);
    }
    float left_end = x;

    // When, at the right: state, virtual time, moment.
    bool run = model().running();
    Colour state_colour = run                              ? theme().good
                          : now.state == RunState::crashed ? theme().bad
                          : now.state == RunState::paused  ? theme().warning
                                                           : theme().accent;
    std::string state_text = model().state_word();
    if (now.state == RunState::exited) state_text += fmt::format(" {}", now.exit_status);
    if (now.state == RunState::seeking && now.progress < 1)
        state_text += fmt::format(" {:.0f}%", now.progress * 100);
    using sim::debug::Ability;
    bool const counts = now.can(Ability::counting), captures = now.can(Ability::packets);
    std::string time = counts || captures ? model::exact_time(now.virtual_ns) : "-",
                moment = counts ? model::grouped(now.moment.retired) : "-";
    if (counts && now.moment.sub) moment += fmt::format(".{}", now.moment.sub);
    float right = r.right() - px(14);
    auto figure = [&](std::string const& value, char const* label, float least) {
        float width =
            std::max({text_size(fonts().mono_large, value).x, text_size(fonts().small, label).x, px(least)});
        right -= width;
        float value_width = text_size(fonts().mono_large, value).x,
              label_width = text_size(fonts().small, label).x;
        float top = r.y + (r.height - px(38)) / 2;
        text_at(list, {right + width - value_width, top}, fonts().mono_large, theme().text, value);
        text_at(list, {right + width - label_width, top + px(22)}, fonts().small, theme().faint, label);
        right -= px(20);
    };
    figure(moment, "instructions", compact ? 60 : 104);
    figure(time, counts ? "virtual time" : "last frame", compact ? 60 : 110);
    {
        ImVec2 size = chip_size(state_text);
        right -= size.x;
        chip_at(list, {right, r.y + (r.height - size.y) / 2}, state_text, state_colour, true);
        right -= px(16);
    }

    // Undo beside do: each button has its twin.
    bool back_enabled = !(now.moment == sim::machine::Moment{}),
         can = now.machine ? now.machine->can_execute : true;
    std::string unit_label;
    for (auto const& u : units)
        if (u.unit == state().unit) unit_label = u.label;
    struct Button {
        char const* id;
        char const* glyph;
        char const* word;
        CommandId command;
        bool enabled, active;
        std::string extra;
        Colour const* colour;
    };
    Button buttons[] = {
        {"start", icons::to_start, "|<", CommandId::go_to_start, back_enabled, false, "", nullptr},
        {"back", icons::step_back, "<", CommandId::step_back, back_enabled, false, unit_label, nullptr},
        {"run", run ? icons::pause : icons::play, run ? "||" : ">", CommandId::run_pause,
         can && now.state != RunState::exited && now.state != RunState::crashed, run, "",
         run ? nullptr : &theme().good},
        {"forward", icons::step_forward, ">|", CommandId::step_forward, can && now.state != RunState::crashed,
         false, unit_label, nullptr},
        {"end", icons::to_end, ">>", CommandId::go_to_end, now.moment < now.end, false, "", nullptr},
    };
    float size = px(38), buttons_width = size * 5 + px(4) * 4;
    // The units, as wide as they may be; else one that opens a menu.
    float units_width = 0;
    for (auto const& u : units) units_width += text_size(fonts().text, u.label).x + px(20);
    float room = right - left_end;
    bool all_units = buttons_width + px(16) + units_width <= room;
    float one_unit = text_size(fonts().text, "instruction").x + px(40);
    float used = buttons_width + px(16) + (all_units ? units_width : one_unit);
    x = std::max(left_end, std::min(r.x + (r.width - used) / 2, right - used));
    for (Button& b : buttons) {
        ImGui::SetCursorScreenPos({x, middle});
        if (auto const why = model::why_not(b.command, state().unit, now); !why.empty()) {
            b.enabled = false;
            b.extra = why;
        }
        if (icon_button(b.id, b.glyph, b.word, tip(b.command, b.extra).c_str(), b.enabled, b.active,
                        b.colour))
            queue_.push(b.command);
        x += size + px(4);
    }
    x += px(12);
    float unit_height = px(30), y = r.y + (r.height - unit_height) / 2;
    if (all_units) {
        list->AddRectFilled({x, y}, {x + units_width, y + unit_height}, packed(theme().pane), px(6));
        for (auto const& u : units) {
            float width = text_size(fonts().text, u.label).x + px(20);
            ImGui::SetCursorScreenPos({x, y});
            ImGui::PushID(u.label);
            if (ImGui::InvisibleButton("unit", {width, unit_height}))
                queue_.push(CommandId::choose_unit, u.unit);
            bool over = ImGui::IsItemHovered(), active = u.unit == state().unit;
            auto const why = model::why_not(CommandId::step_forward, u.unit, now);
            teach(fmt::format("Step by {}", u.label), why.empty() ? std::string_view(u.help) : why,
                  "U: the next unit");
            ImGui::PopID();
            if (active)
                list->AddRectFilled({x + px(2), y + px(2)}, {x + width - px(2), y + unit_height - px(2)},
                                    packed(theme().selected), px(5));
            text_at(list, {x + px(10), y + (unit_height - text_size(fonts().text, "X").y) / 2}, fonts().text,
                    !why.empty()     ? theme().future
                    : active || over ? theme().text
                                     : theme().faint,
                    u.label);
            x += width;
        }
    } else if (x + one_unit <= right + px(16)) {
        ImGui::SetCursorScreenPos({x, y});
        if (ImGui::InvisibleButton("unit", {one_unit, unit_height})) queue_.push(CommandId::next_unit);
        list->AddRectFilled({x, y}, {x + one_unit, y + unit_height},
                            packed(ImGui::IsItemHovered() ? theme().hover : theme().pane), px(6));
        teach("What a step is", "Click for the next unit", "U");
        float ink = text_at(list, {x + px(10), y + (unit_height - text_size(fonts().text, "X").y) / 2},
                            fonts().text, theme().text, unit_label);
        text_at(list, {x + px(18) + ink, y + (unit_height - text_size(fonts().text, "X").y) / 2},
                fonts().text, theme().faint, icon(icons::caret_down));
    }
    if (now.state == RunState::seeking)
        list->AddRectFilled({r.x, r.bottom() - px(3)},
                            {r.x + r.width * static_cast<float>(now.progress), r.bottom()},
                            packed(theme().accent));
}

void Shell::draw_activities(Rect r, bool compact) {
    fill(r, theme().gap);
    auto* list = ImGui::GetWindowDrawList();
    static constexpr char const* glyphs[] = {icons::eye,   icons::power,    icons::memory,
                                             icons::tasks, icons::exchange, icons::branch,
                                             icons::disk};
    // All of them, and what is below them, where there is room for that much.
    float const items = model::perspective_count + 2;
    float height = std::clamp((r.height - px(12)) / items, compact ? px(34) : px(58), compact ? px(44) : px(64)),
          y = r.y + px(6);
    auto item = [&](char const* id, char const* glyph, std::string_view title, std::string_view question,
                    std::string_view keys, bool active, float top) {
        ImGui::SetCursorScreenPos({r.x, top});
        bool clicked = ImGui::InvisibleButton(id, {r.width, height});
        bool over = ImGui::IsItemHovered();
        teach(title, question, keys);
        if (active || over)
            list->AddRectFilled({r.x + px(5), top + px(2)}, {r.right() - px(2), top + height - px(2)},
                                packed(active ? theme().raised : theme().hover), px(6));
        if (active)
            list->AddRectFilled({r.x + px(1), top + px(12)}, {r.x + px(4), top + height - px(12)},
                                packed(theme().accent), px(2));
        Colour c = active || over ? theme().text : theme().faint;
        ImVec2 ink = text_size(fonts().icons, icon(glyph, "o"));
        float icon_y = compact ? top + (height - ink.y) / 2 : top + px(9);
        text_at(list, {r.x + (r.width - ink.x) / 2 + px(1), icon_y}, fonts().icons,
                active ? theme().accent : c, icon(glyph, "o"));
        if (!compact) {
            float width = text_size(fonts().small, title).x;
            text_at(list, {r.x + (r.width - width) / 2 + px(1), top + px(39)}, fonts().small, c, title);
        }
        return clicked;
    };
    for (auto const& p : model::all_perspectives()) {
        auto i = static_cast<unsigned>(p.id);
        std::string id(p.name);
        if (item(id.c_str(), glyphs[i], p.title, p.question, fmt::format("Ctrl+{}", i + 1),
                 desk_.perspective() == p.id && !desk_.one_view(), y))
            queue_.push(CommandId::show_perspective, p.id);
        y += height;
    }
    float bottom = r.bottom() - height * 2 - px(4);
    if (bottom > y) {
        if (item("palette", icons::search, "Find", "All commands and views by name", "Ctrl+P",
                 window().palette, bottom))
            queue_.push(CommandId::palette);
        if (item("help", icons::help, "Help", "The keys, and what can be done", "?", window().help,
                 bottom + height))
            queue_.push(CommandId::help);
    }
}

void Shell::draw_timeline(Rect r, bool compact) {
    Rect box{r.x + px(3), r.y, r.width - px(6), r.height - px(3)};
    auto* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(at(box), end_of(box), packed(theme().pane), px(6));
    ImGui::SetCursorScreenPos(at(box));
    ImGui::BeginChild(
        "timeline", {box.width, box.height}, 0,
        ImGuiWindowFlags_NoScrollWithMouse | ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoNav);
    list = ImGui::GetWindowDrawList();
    float labels = compact ? px(14) : px(96);
    Rect area{box.x + labels, box.y + px(4), box.width - labels - px(12), box.height - px(8)};
    model::TimeAxis axis =
        model().axis(model().window(state().window), area.x, area.width, state().squeeze_sleep);
    time_input("scrub", axis, area, model(), state(), queue_);
    list->PushClipRect(at(area), end_of(area), true);
    draw_sleeps(list, axis, area, model().now().virtual_ns);
    draw_ruler(list, axis, area, model().now().virtual_ns);
    list->PopClipRect();

    struct Lane {
        char const* name;
        EventGroup group;
        Colour colour;
    };
    Lane const lanes[] = {
        {"interrupts", EventGroup::interrupts, theme().irq},
        {"faults", EventGroup::faults, theme().fault},
        {"packets", EventGroup::packets, theme().packet},
        {"connections", EventGroup::connections, theme().good},
        {"disk", EventGroup::disk, theme().dma},
    };
    auto const& events = model().now().events;
    auto columns = static_cast<unsigned>(std::max(area.width, 1.0f));
    // Few machines have a disk.
    unsigned count = compact ? 2 : events.group(EventGroup::disk).empty() ? 5 : 6;
    float top = area.y + ruler_height(), height = (area.bottom() - top) / static_cast<float>(count);
    // Pale where this machine tells nothing of it; then the tooltip says why.
    auto label = [&](char const* name, EventGroup group, float y) {
        if (compact) return;
        using sim::debug::Ability;
        auto const why = model().now().lacks(group == EventGroup::packets ? Ability::packets : Ability::events);
        ImVec2 const ink = text_size(fonts().small, name);
        ImVec2 const p{area.x - ink.x - px(10), y + (height - ink.y) / 2};
        text_at(list, p, fonts().small, why.empty() ? theme().faint : theme().future, name);
        if (why.empty()) return;
        ImGui::SetCursorScreenPos(p);
        ImGui::InvisibleButton(name, ink);
        teach(name, model::as_sentence(why));
    };

    // Who ran.
    label("threads", EventGroup::switches, top);
    auto running = model::bin_running(events, axis, columns);
    float end = axis.pixel(model().end_ns());
    for (unsigned i = 0; i < columns;) {
        unsigned j = i + 1;
        while (j < columns && running[j].thread == running[i].thread) ++j;
        float a = area.x + static_cast<float>(i), b = std::min(area.x + static_cast<float>(j), end);
        if (b > a) {
            Colour c = running[i].thread ? model().thread_colour(running[i].thread, theme()) : theme().idle;
            list->AddRectFilled({a, top + px(2)}, {b, top + height - px(2)}, packed(c));
        }
        i = j;
    }
    for (unsigned lane = 0; lane + 1 < count; ++lane) {
        float y = top + height * static_cast<float>(lane + 1);
        list->AddLine({area.x, y}, {area.right(), y}, packed(theme().grid));
        Lane const& l = lanes[compact ? 2 : lane];
        label(l.name, l.group, y);
        auto bins = model::bin_events(events, l.group, axis, columns);
        for (unsigned i = 0; i < columns; ++i) {
            if (!bins[i]) continue;
            // Height tells how many, on a scale that never hides a single one.
            float share = std::min(1.0f, 0.62f + 0.13f * std::log2(static_cast<float>(bins[i])));
            float h = (height - px(4)) * share;
            list->AddRectFilled(
                {area.x + static_cast<float>(i), y + height - px(2) - h},
                {area.x + static_cast<float>(i) + std::max(1.0f, std::floor(px(1.5f))), y + height - px(2)},
                packed(l.colour));
        }
    }
    list->PushClipRect({area.x - px(6), area.y}, {area.right() + px(6), area.bottom()}, true);
    draw_cursor(list, axis, area, model(), state());
    list->PopClipRect();
    ImGui::EndChild();
}

void Shell::draw_status(Rect r) {
    fill(r, theme().raised);
    auto* list = ImGui::GetWindowDrawList();
    auto const& now = model().now();
    float y = r.y + (r.height - text_size(fonts().small, "X").y) / 2;
    std::string right = footer;
    if (!fonts().missing.empty())
        right += (right.empty() ? "" : "   ") + ("fonts missing: " + fonts().missing);
    // Beyond the budget of memory steps back have farther to live again.
    if (now.checkpoints.thinned)
        right = fmt::format("checkpoints up to {:.1f} M instructions apart", now.checkpoints.widest / 1e6) +
                (right.empty() ? "" : "   ") + right;
    if (auto const& before = now.catching_up)
        right = model::as_words(*before) + (right.empty() ? "" : "   ") + right;
    float right_width = std::min(text_size(fonts().small, right).x, r.width * 0.5f);
    text_at(list, {r.right() - right_width - px(12), y}, fonts().small, theme().faint, right, r.width * 0.5f);

    std::string left;
    Colour colour = theme().quiet;
    if (ImGui::GetTime() < notice_until_)
        left = notice_, colour = theme().warning;
    else if (state().hovered)
        left = name_of(state().hovered, model()), colour = theme().text;
    else if (state().selected)
        left = "selected: " + name_of(state().selected, model()), colour = theme().accent;
    else if (!now.stop_reason.empty())
        left = now.stop_reason;
    else if (now.million_instructions_per_second > 0 && model().running())
        left = fmt::format("{:.1f} million instructions a second of the host's time",
                           now.million_instructions_per_second);
    else
        left = "Space runs and pauses, Left and Right step, Ctrl+P finds any command, ? lists the keys";
    text_at(list, {r.x + px(12), y}, fonts().small, colour, left, r.width - right_width - px(40));
}

}  // namespace viz::app
