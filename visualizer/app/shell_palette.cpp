// SPDX-License-Identifier: GPL-2.0-or-later
//
// The palette, the prompts (go to, stop when, ask) and the help page.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <utility>

#include "simulator/debug/queries/question_words.hpp"
#include "simulator/debug/stop_text.hpp"
#include "visualizer/app/shell.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/command_line.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/rows.hpp"

namespace viz::app {

using namespace widgets;
using model::CommandId;

namespace {

struct Word {
    std::string_view name, usage, meaning;
};

// The words that an argument of this command can begin with.
std::vector<Word> words_of(CommandId command, model::Model const& model) {
    std::vector<Word> words;
    if (command == CommandId::add_stop)
        for (auto const& w : sim::debug::stop_words()) words.push_back({w.name, w.usage, w.meaning});
    if (command == CommandId::ask)
        for (auto const& w : sim::debug::queries::question_words())
            words.push_back({w.name, w.usage, w.meaning});
    if (info(command).takes == model::Takes::branch || info(command).usage.starts_with("BRANCH"))
        for (auto const& b : model.now().branches)
            if (!b.active || command == CommandId::rename_branch || command == CommandId::save_branch)
                words.push_back({b.name, "", b.active ? "the one you look at" : "kept beside this one"});
    return words;
}

// What the line accepts, when it is empty.
std::string hint_of(std::optional<CommandId> command) {
    if (!command) return "Type a part of a command's or a view's name";
    switch (*command) {
        case CommandId::go_to_place:
            return "12.5ms, 123456, 0xffff..., a function, packet:3, fault:1";
        case CommandId::add_stop:
            return "break main, watch COUNTER, when CONDITION";
        case CommandId::ask:
            return "last-write PLACE, why-mapped PLACE, first-true CONDITION";
        default:
            return std::string(info(*command).usage);
    }
}

std::string explanation_of(CommandId command) {
    if (command == CommandId::go_to_place)
        return "A time or moment moves the machine there; an address or a function turns the views to it.";
    return fmt::format("{}: {}", info(command).title, info(command).help);
}

}  // namespace

// Below the line: what it accepts.
void Shell::draw_prompt(CommandId command, bool entered) {
    space(4);
    auto const words = words_of(command, model());
    if (words.empty()) text_wrapped(fonts().text, theme().faint, explanation_of(command));
    float height = text_size(fonts().text, "X").y + text_size(fonts().small, "X").y + px(10);
    ImGui::BeginChild("words");
    auto* list = ImGui::GetWindowDrawList();
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
    for (Word const& w : words) {
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x;
        bool clicked = ImGui::InvisibleButton(std::string(w.name).c_str(), {std::max(width, 1.0f), height});
        bool typed = std::string_view(palette_text_).starts_with(w.name);
        if (typed || ImGui::IsItemHovered())
            list->AddRectFilled(p, {p.x + width, p.y + height},
                                packed(typed ? theme().selected : theme().hover), px(4));
        float used =
            text_at(list, {p.x + px(10), p.y + px(4)}, fonts().mono, theme().accent, w.name, width - px(20));
        text_at(list, {p.x + px(18) + used, p.y + px(4)}, fonts().mono, theme().quiet, w.usage,
                width - used - px(28));
        text_at(list, {p.x + px(10), p.y + height - text_size(fonts().small, "X").y - px(4)}, fonts().small,
                theme().faint, w.meaning, width - px(20));
        if (!clicked) continue;
        // The line goes on from the chosen word; a branch is the whole of it.
        fmt::format_to_n(palette_text_, sizeof palette_text_ - 1, "{}{}", w.name, w.usage.empty() ? "" : " ")
            .out[0] = 0;
        palette_fresh_ = palette_to_end_ = true;
    }
    ImGui::PopStyleVar();
    ImGui::EndChild();
    if (!entered || (palette_text_[0] == 0 && info(command).needs_argument())) return;
    window().palette = false;
    auto argument = model::parse_argument(info(command), palette_text_, model());
    if (auto const* why = std::get_if<std::string>(&argument)) return notice(*why);
    queue_.push(command, std::move(std::get<model::Argument>(argument)));
}

void Shell::draw_command_rows(bool entered) {
    auto rows = model::palette_rows(palette_text_);
    if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) ++palette_row_;
    if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) --palette_row_;
    palette_row_ = std::clamp(palette_row_, 0, std::max(0, static_cast<int>(rows.size()) - 1));
    space(2);
    ImGui::BeginChild("rows");
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
    auto* list = ImGui::GetWindowDrawList();
    for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
        auto const& row = rows[static_cast<std::size_t>(i)];
        ImVec2 p = ImGui::GetCursorScreenPos();
        float w = ImGui::GetContentRegionAvail().x;
        // What the row is about stands behind its title, or where that is too little below it.
        // What this machine cannot do stands there, pale, with the reason.
        auto const why = model::why_not(row.request, state().unit, model().now());
        std::string_view const about = why.empty() ? std::string_view(row.group) : why;
        float const keys = text_size(fonts().mono_small, row.keys).x,
                    ink = text_size(fonts().text, row.title).x, room = w - ink - keys - px(50);
        bool const below = text_size(fonts().small, about).x > room;
        float const row_height = below ? px(44) : px(28);
        ImGui::PushID(i);
        bool clicked = ImGui::InvisibleButton("row", {std::max(w, 1.0f), row_height});
        bool over = ImGui::IsItemHovered();
        ImGui::PopID();
        if (i == palette_row_ || over)
            list->AddRectFilled(p, {p.x + w, p.y + row_height},
                                packed(i == palette_row_ ? theme().selected : theme().hover), px(4));
        if (i == palette_row_ &&
            (ImGui::IsKeyPressed(ImGuiKey_DownArrow) || ImGui::IsKeyPressed(ImGuiKey_UpArrow)))
            ImGui::SetScrollHereY();
        text_at(list, {p.x + px(10), p.y + px(6)}, fonts().text, why.empty() ? theme().text : theme().faint,
                row.title, w - keys - px(30));
        text_at(list, below ? ImVec2{p.x + px(10), p.y + px(25)} : ImVec2{p.x + px(24) + ink, p.y + px(7)},
                fonts().small, theme().faint, about, below ? w - px(20) : room);
        text_at(list, {p.x + w - keys - px(10), p.y + px(8)}, fonts().mono_small, theme().quiet, row.keys);
        if (clicked || (entered && i == palette_row_)) {
            window().palette = false;
            queue_.push(row.request.id, row.request.argument);
        }
    }
    if (rows.empty()) text(fonts().text, theme().faint, "No command has these words.");
    ImGui::PopStyleVar();
    ImGui::EndChild();
}

void Shell::draw_palette() {
    if (palette_seen_ != window().palette_opened) {
        palette_seen_ = window().palette_opened;
        palette_fresh_ = palette_to_end_ = true;
        palette_row_ = 0;
        fmt::format_to_n(palette_text_, sizeof palette_text_ - 1, "{}", window().prompt_text).out[0] = 0;
    }
    std::optional<CommandId> const prompt = window().prompt;
    bool const lines = prompt && words_of(*prompt, model()).empty();
    ImVec2 display = ImGui::GetIO().DisplaySize;
    float width = std::min(px(860), display.x - px(40)), height = std::min(px(440), display.y - px(120));
    ImGui::SetNextWindowPos({(display.x - width) / 2, px(70)});
    ImGui::SetNextWindowSize({width, lines ? px(118) : height});
    ImGui::PushStyleColor(ImGuiCol_WindowBg, packed(theme().raised));
    ImGui::PushStyleColor(ImGuiCol_Border, packed(theme().accent));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(8));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {px(14), px(12)});
    if (palette_fresh_) ImGui::SetNextWindowFocus();
    ImGui::Begin("palette", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
    ImGui::PushFont(fonts().heading);
    ImGui::SetNextItemWidth(-1);
    ImGui::PushStyleColor(ImGuiCol_FrameBg, packed(theme().pane));
    if (palette_fresh_) ImGui::SetKeyboardFocusHere();
    std::string const hint = hint_of(prompt);
    // A line that takes the keyboard is selected whole: typing would replace it.
    auto to_end = [](ImGuiInputTextCallbackData* data) {
        auto& wanted = *static_cast<bool*>(data->UserData);
        if (std::exchange(wanted, false)) {
            data->CursorPos = data->BufTextLen;
            data->ClearSelection();
        }
        return 0;
    };
    bool entered = ImGui::InputTextWithHint(
        "##text", hint.c_str(), palette_text_, sizeof palette_text_,
        ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_CallbackAlways, to_end, &palette_to_end_);
    ImGui::PopStyleColor();
    ImGui::PopFont();
    bool const fresh = std::exchange(palette_fresh_, false);
    if (prompt)
        draw_prompt(*prompt, entered);
    else
        draw_command_rows(entered);
    if (!fresh && !palette_fresh_ && !ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows))
        window().palette = false;
    ImGui::End();
    ImGui::PopStyleVar(3);
    ImGui::PopStyleColor(2);
}

void Shell::draw_help() {
    ImVec2 display = ImGui::GetIO().DisplaySize;
    float width = std::min(px(1260), display.x - px(40)), height = std::min(px(760), display.y - px(60));
    ImGui::SetNextWindowPos({(display.x - width) / 2, (display.y - height) / 2});
    ImGui::SetNextWindowSize({width, height});
    ImGui::PushStyleColor(ImGuiCol_WindowBg, packed(theme().raised));
    ImGui::PushStyleColor(ImGuiCol_Border, packed(theme().accent));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(8));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {px(20), px(16)});
    ImGui::Begin("help", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
    heading("Keys", "Up and Down scroll, Escape closes. Every command is in Ctrl+P, too.");
    space(4);
    // Two columns where there is room.
    ImGui::BeginChild("keys");
    if (help_scroll_ != 0) scroll_lines(std::exchange(help_scroll_, 0.0f));
    float const room = ImGui::GetContentRegionAvail().x - px(8);
    bool const two = room > px(1100);
    float const column = two ? (room - px(30)) / 2 : room, line = text_size(fonts().text, "X").y + px(5),
                small = text_size(fonts().small, "X").y + px(4);
    std::vector<std::string_view> groups;
    for (auto const& c : model::all_commands())
        if (!c.keys.empty() && std::ranges::find(groups, c.group) == groups.end()) groups.push_back(c.group);
    auto* list = ImGui::GetWindowDrawList();
    ImVec2 start = ImGui::GetCursorScreenPos();
    float ys[2] = {start.y, start.y};
    float const keys_w = px(150);
    for (std::size_t g = 0; g < groups.size(); ++g) {
        int side = two && ys[1] < ys[0] ? 1 : 0;
        float x = start.x + static_cast<float>(side) * (column + px(30));
        text_at(list, {x, ys[side]}, fonts().strong, theme().accent, groups[g]);
        ys[side] += line + px(2);
        for (auto const& c : model::all_commands()) {
            if (c.group != groups[g] || c.keys.empty()) continue;
            bool const can = model::why_not(c.id, state().unit, model().now()).empty();
            auto const& ink = can ? theme().text : theme().faint;
            text_at(list, {x, ys[side] + px(1)}, fonts().mono_small, ink, c.keys, keys_w - px(6));
            float const used =
                text_at(list, {x + keys_w, ys[side]}, fonts().text, ink, c.title, column - keys_w);
            float const left = column - keys_w - used - px(14);
            // What it does stands behind, or below in as many lines as it needs.
            if (text_size(fonts().small, c.help).x <= left) {
                text_at(list, {x + keys_w + px(10) + used, ys[side] + px(2)}, fonts().small, theme().faint,
                        c.help, left);
            } else {
                float const wrap = column - keys_w;
                list->AddText(fonts().small, fonts().small->FontSize,
                              {std::floor(x + keys_w), std::floor(ys[side] + line - px(2))},
                              packed(theme().faint), c.help.data(), c.help.data() + c.help.size(), wrap);
                ys[side] += fonts()
                                .small
                                ->CalcTextSizeA(fonts().small->FontSize, FLT_MAX, wrap, c.help.data(),
                                                c.help.data() + c.help.size())
                                .y +
                            small * 0.2f;
            }
            ys[side] += line;
        }
        ys[side] += px(12);
    }
    ImGui::Dummy({room, std::max(ys[0], ys[1]) - start.y});
    ImGui::EndChild();
    ImGui::End();
    ImGui::PopStyleVar(3);
    ImGui::PopStyleColor(2);
}

}  // namespace viz::app
