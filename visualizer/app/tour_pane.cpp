// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/tour_pane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::app {

using namespace widgets;
using model::CommandId;
using model::TourLine;
using model::TourPage;
using Role = TourLine::Role;
using Mark = TourLine::Mark;

void TourPane::wrapped(ImFont* font, Colour colour, std::string_view text) {
    fit_.smallest_text =
        fit_.smallest_text > 0 ? std::min(fit_.smallest_text, font->FontSize) : font->FontSize;
    text_wrapped(font, colour, text);
}

void TourPane::draw_line(TourLine const& line, bool asking, model::CommandQueue& queue) {
    auto* list = ImGui::GetWindowDrawList();
    // A coloured bar at the left says what kind of text it is.
    auto const barred = [&](Colour colour, auto const& draw) {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        ImGui::Indent(px(12));
        draw();
        ImGui::Unindent(px(12));
        list->AddRectFilled(p, {p.x + px(4), ImGui::GetCursorScreenPos().y}, packed(colour), px(2));
    };
    switch (line.role) {
        case Role::title:
            wrapped(fonts().heading, theme().text, line.text);
            break;
        case Role::say:
            wrapped(fonts().text, theme().text, line.text);
            break;
        case Role::question:
            barred(theme().accent, [&] { wrapped(fonts().strong, theme().text, line.text); });
            break;
        case Role::reveal:
            wrapped(fonts().text, theme().text, line.text);
            break;
        case Role::verdict:
            wrapped(fonts().strong, line.text == "Right." ? theme().good : theme().warning, line.text);
            break;
        case Role::task:
            barred(theme().good, [&] { wrapped(fonts().strong, theme().text, line.text); });
            break;
        case Role::trouble:
            barred(theme().bad, [&] { wrapped(fonts().text, theme().text, line.text); });
            break;
        case Role::note:
            barred(theme().warning, [&] { wrapped(fonts().text, theme().quiet, line.text); });
            break;
        case Role::choice: {
            float const width = ImGui::GetContentRegionAvail().x, column = px(40), pad = px(5);
            ImVec2 const p = ImGui::GetCursorScreenPos();
            ImVec2 const ink =
                fonts().text->CalcTextSizeA(fonts().text->FontSize, FLT_MAX, width - column - px(6),
                                            line.text.data(), line.text.data() + line.text.size());
            float const height = std::ceil(ink.y) + 2 * pad;
            ImGui::PushID(static_cast<int>(line.number));
            bool const clicked = ImGui::InvisibleButton("choice", {std::max(width, 1.0f), height});
            bool const over = asking && ImGui::IsItemHovered();
            ImGui::PopID();
            ImVec2 const behind = ImGui::GetCursorScreenPos();
            Colour const edge = line.mark == Mark::right    ? theme().good
                                : line.mark == Mark::wrong  ? theme().bad
                                : line.mark == Mark::chosen ? theme().accent
                                                            : theme().border;
            list->AddRectFilled(p, {p.x + width, p.y + height}, packed(over ? theme().hover : theme().raised),
                                px(5));
            list->AddRect(p, {p.x + width, p.y + height}, packed(edge), px(5), 0,
                          line.mark == Mark::none ? 1.0f : px(2));
            std::string const sign = line.mark == Mark::right   ? icon(icons::check, "+")
                                     : line.mark == Mark::wrong ? icon(icons::cross, "x")
                                                                : fmt::format("{}", line.number);
            text_at(list, {p.x + px(12), p.y + pad}, fonts().strong,
                    line.mark == Mark::none ? theme().accent : edge, sign);
            ImGui::SetCursorScreenPos({p.x + column, p.y + pad});
            ImGui::PushTextWrapPos(p.x + width - px(6) - ImGui::GetWindowPos().x);
            wrapped(fonts().text, theme().text, line.text);
            ImGui::PopTextWrapPos();
            ImGui::SetCursorScreenPos(behind);
            if (clicked && asking) queue.push(CommandId::tour_answer, std::uint64_t{line.number});
            break;
        }
    }
}

void TourPane::draw_buttons(model::TourGuide const& guide, TourPage const& page, model::CommandQueue& queue) {
    auto const button = [&](char const* id, std::string const& label, char const* tip, CommandId command,
                            bool active = false) {
        float const width = text_size(fonts().text, label).x + px(18);
        if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
        bool const asks = info(command).needs_argument();
        if (text_button(id, label, tip, active))
            asks ? queue.push(CommandId::type_argument, command) : queue.push(command);
        ImGui::SameLine();
    };
    if (!guide.player()) {
        button("step", "Step ...", "A new step, with a title", CommandId::tour_step);
        button("say", "Say ...", "What a learner reads here", CommandId::tour_say);
        button("expect", "Expect ...", "What must be true here", CommandId::tour_expect);
        button("undo", "Take back", "The last line", CommandId::tour_undo);
        button("save", "Save ...", "As a .tour file", CommandId::tour_save, !guide.recorder()->saved());
        ImGui::NewLine();
        return;
    }
    bool const over = guide.player()->state() == model::TourPlayer::State::over;
    if (guide.player()->step() > 0 || over)
        button("previous", "Back", "The step before (Page up)", CommandId::tour_previous);
    if (!page.next.empty()) button("next", page.next, "Page down", CommandId::tour_next, true);
    if (page.strayed) button("return", "Return to the tour", "R", CommandId::tour_return);
    button("end", over ? "Close" : "Leave", "The machine stays where it stands", CommandId::tour_end);
    ImGui::NewLine();
}

void TourPane::draw(model::Rect r, model::TourGuide const& guide, model::CommandQueue& queue) {
    TourPage const page = guide.page();
    auto* list = ImGui::GetWindowDrawList();
    float const gap = px(3);
    model::Rect const box{r.x + gap, r.y + gap, r.width - 2 * gap, r.height - 2 * gap};
    list->AddRectFilled(at(box), end_of(box), packed(theme().pane), px(6));
    list->AddRect(at(box), end_of(box), packed(theme().accent), px(6), 0, px(1.5f));
    float const margin = px(12);
    model::Rect const inner = box.inset(margin);
    if (inner.empty()) return;

    bool const asking = guide.player() && guide.player()->state() == model::TourPlayer::State::asking;
    bool const keys_only = guide.presenter && guide.player();
    float const bottom = keys_only ? 0 : buttons_height_;
    std::string name;
    for (TourLine const& line : page.lines)
        if (line.role == Role::title || line.role == Role::reveal) name += line.text;
    fit_ = {};
    fit_.available = inner.height - bottom;
    ImGui::SetCursorScreenPos(at(inner));
    ImGui::BeginChild("tour", {inner.width, std::max(fit_.available, 1.0f)}, 0, ImGuiWindowFlags_NoNav);
    if (std::exchange(shown_, name) != name) ImGui::SetScrollY(0);
    float const top = ImGui::GetCursorPosY();
    for (TourLine const& line : page.lines) draw_line(line, asking, queue);
    if (keys_only && page.strayed)
        draw_line({Role::task, "Page down goes on, R returns to the tour"}, false, queue);
    fit_.needed = ImGui::GetCursorPosY() - top - px(7);  // without the room behind the last line
    ImGui::EndChild();

    if (!keys_only) {
        ImGui::SetCursorScreenPos({inner.x, inner.bottom() - buttons_height_ + px(4)});
        ImGui::BeginChild("tour buttons", {inner.width, std::max(buttons_height_, px(20))}, 0,
                          ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoScrollbar);
        float const from = ImGui::GetCursorPosY();
        draw_buttons(guide, page, queue);
        buttons_height_ = ImGui::GetCursorPosY() - from + px(6);
        ImGui::EndChild();
    }
    // Some more: sizes are cut to whole pixels, and a scroll bar would take width.
    wanted_ = fit_.needed + bottom + 2 * margin + 2 * gap + px(8);
    // A choice is its number, too.
    if (asking && !ImGui::GetIO().WantTextInput)
        for (unsigned i = 0; i < 9; ++i)
            if (ImGui::IsKeyPressed(static_cast<ImGuiKey>(ImGuiKey_1 + i), false) && !ImGui::GetIO().KeyCtrl)
                queue.push(CommandId::tour_answer, std::uint64_t{i + 1});
}

}  // namespace viz::app
