// SPDX-License-Identifier: GPL-2.0-or-later
//
// Questions about the past and their answers. Moments, addresses and functions
// in an answer can be gone to.
#include <fmt/format.h>

#include <algorithm>

#include "visualizer/model/answer_text.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::QuestionAnswer;

class AnswersView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& answers = model.answers();
        if (answers.empty()) {
            empty_view(
                icons::search, "Nothing was asked yet",
                "Q asks: who last wrote there, why is it mapped, when did this become true. Y, H and J "
                "ask about what is selected.");
            return;
        }
        state.answers_back = std::min(state.answers_back, answers.size() - 1);
        std::size_t const index = answers.size() - 1 - state.answers_back;
        QuestionAnswer const& answer = *answers[index];
        if (text_button("ask", "Ask ...", "A question about the past of this moment."))
            queue.push(CommandId::ask_prompt);
        ImGui::SameLine();
        if (icon_button("older", icons::arrow_left, "<", "The answer before", index > 0))
            queue.push(CommandId::older_answer);
        ImGui::SameLine();
        if (icon_button("newer", icons::arrow_right, ">", "The answer after", state.answers_back > 0))
            queue.push(CommandId::newer_answer);
        ImGui::SameLine();
        ImGui::AlignTextToFramePadding();
        text(fonts().small, theme().faint, fmt::format("{} of {}", index + 1, answers.size()));
        space(2);
        heading(answer.question, "");
        if (&answer != seen_) seen_ = &answer, lines_ = split(answer.text);
        ImGui::BeginChild("answer", {0, 0}, 0, ImGuiWindowFlags_HorizontalScrollbar);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, px(2)});
        part_ = 0;
        asked_at(answer, queue);
        for (std::string_view line : lines_) draw_line(line, answer, model, queue);
        if (answer.cancelled) text(fonts().text, theme().warning, "given up before the end");
        ImGui::PopStyleVar();
        ImGui::EndChild();
    }

private:
    static std::vector<std::string_view> split(std::string_view text) {
        std::vector<std::string_view> lines;
        while (!text.empty()) {
            std::size_t const end = std::min(text.find('\n'), text.size());
            lines.push_back(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return lines;
    }

    void asked_at(QuestionAnswer const& answer, CommandQueue& queue) {
        text(fonts().small, theme().faint, "asked at");
        ImGui::SameLine(0, px(6));
        if (link(fmt::format("{} ({})", to_string(answer.at), model::exact_time(answer.virtual_ns)),
                 "Goes to where the machine stood."))
            queue.push(CommandId::go_to_moment, answer.at);
    }

    void draw_line(std::string_view line, QuestionAnswer const& answer, Model const& model,
                   CommandQueue& queue) {
        if (!answer.understood || !model.now().symbols) return text(fonts().mono, theme().warning, line);
        bool first = true;
        for (auto const& part : model::answer_parts(line, *model.now().symbols)) {
            if (!first) ImGui::SameLine(0, 0);
            first = false;
            if (auto const* moment = std::get_if<sim::machine::Moment>(&part.leads_to)) {
                if (link(part.text, "Goes to this moment.")) queue.push(CommandId::go_to_moment, *moment);
            } else if (auto const* data = std::get_if<model::DataAddress>(&part.leads_to)) {
                if (link(part.text, "Shows the bytes there."))
                    queue.push(CommandId::show_memory, data->address);
            } else if (auto const* code = std::get_if<model::CodeAddress>(&part.leads_to)) {
                if (link(part.text, "Shows the code there.")) queue.push(CommandId::show_code, code->address);
            } else {
                text(fonts().mono, theme().text, part.text);
            }
        }
        if (first) ImGui::Dummy({0, text_size(fonts().mono, "X").y});
    }

    bool link(std::string_view label, char const* hint) {
        ImGui::PushID(part_++);
        ImVec2 size = text_size(fonts().mono, label), p = ImGui::GetCursorScreenPos();
        bool clicked = ImGui::InvisibleButton("link", {std::max(size.x, 1.0f), std::max(size.y, 1.0f)});
        bool over = ImGui::IsItemHovered();
        ImGui::PopID();
        auto* list = ImGui::GetWindowDrawList();
        text_at(list, p, fonts().mono, theme().accent, label);
        if (over) {
            list->AddLine({p.x, p.y + size.y}, {p.x + size.x, p.y + size.y}, packed(theme().accent));
            ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
            ImGui::SetTooltip("%s", hint);
        }
        return clicked;
    }

    QuestionAnswer const* seen_ = nullptr;
    std::vector<std::string_view> lines_;
    int part_ = 0;
};

}  // namespace

std::unique_ptr<View> make_answers_view() { return std::make_unique<AnswersView>(); }

}  // namespace viz::panels
