// SPDX-License-Identifier: GPL-2.0-or-later
//
// The card for who is here for the first time: what to try, with the keys from the
// command table. It covers a part of the views only and is closed once for all.
#include <imgui.h>

#include <algorithm>
#include <string>

#include "visualizer/app/shell.hpp"
#include "visualizer/widgets/draw.hpp"

namespace viz::app {

using namespace widgets;
using model::CommandId;

namespace {

struct Hint {
    std::initializer_list<CommandId> keys;
    char const* what;
};

// "Left, Right"; of several keys for one command the first.
std::string keys_of(Hint const& hint) {
    std::string out;
    for (CommandId id : hint.keys) {
        std::string_view keys = model::info(id).keys;
        out += (out.empty() ? "" : "  ") + std::string(keys.substr(0, keys.find(' ')));
    }
    return out;
}

}  // namespace

void Shell::draw_welcome() {
    static Hint const hints[] = {
        {{CommandId::run_pause}, "runs the machine, and stops it"},
        {{CommandId::step_back, CommandId::step_forward}, "one step back, one step on"},
        {{CommandId::next_unit}, "what a step is: instruction, line, packet ..."},
        {{CommandId::go_to_prompt}, "goes to a moment, an address, a packet"},
        {{CommandId::ask_prompt}, "asks who wrote this, why that is mapped"},
        {{CommandId::palette}, "finds every command by its name"},
        {{CommandId::help}, "lists all keys"},
    };
    ImVec2 const display = ImGui::GetIO().DisplaySize;
    float const line = text_size(fonts().text, "X").y + px(8), column = px(104), margin = px(20);
    float what_w = 0;
    for (Hint const& h : hints) what_w = std::max(what_w, text_size(fonts().text, h.what).x);
    float const width = std::min(column + what_w + 2 * margin, display.x - px(20));
    float const height =
        std::min(line * static_cast<float>(std::size(hints) + 3) + px(84), display.y - px(20));
    ImGui::SetNextWindowPos({(display.x - width) / 2, std::max(px(10), (display.y - height) * 0.4f)});
    ImGui::SetNextWindowSize({width, height});
    ImGui::PushStyleColor(ImGuiCol_WindowBg, packed(theme().raised));
    ImGui::PushStyleColor(ImGuiCol_Border, packed(theme().accent));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(8));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {margin, px(16)});
    ImGui::Begin("welcome", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
    text(fonts().heading, theme().text, "A whole computer, under glass");
    space(2);
    text_wrapped(
        fonts().text, theme().quiet,
        "Time goes both ways here. Click on a thing and all views show it; double-click, and the machine "
        "goes to its moment.");
    space(6);
    auto* list = ImGui::GetWindowDrawList();
    for (Hint const& h : hints) {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        text_at(list, {p.x, p.y + px(1)}, fonts().mono_small, theme().accent, keys_of(h), column - px(6));
        text_at(list, {p.x + column, p.y}, fonts().text, theme().text, h.what, what_w + 1);
        ImGui::SetCursorScreenPos({p.x, p.y + line - ImGui::GetStyle().ItemSpacing.y});
        ImGui::Dummy({1, 0});
    }
    space(4);
    if (text_button("close", "Got it", "Closes this card (Escape); Ctrl+P, First steps, shows it again",
                    true))
        queue_.push(CommandId::welcome);
    ImGui::SameLine(0, px(10));
    if (text_button("tours", "Which tours are there?",
                    "A tour leads through a machine's life, with questions"))
        queue_.push(CommandId::tour);
    ImGui::End();
    ImGui::PopStyleVar(3);
    ImGui::PopStyleColor(2);
}

}  // namespace viz::app
