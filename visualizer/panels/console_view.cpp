// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the guest printed until this moment.
#include <algorithm>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;

class ConsoleView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue&) override {
        auto const& console = model.now().console;
        if (!console || console->empty()) {
            empty_view(icons::terminal, "Nothing printed yet",
                       "The guest's serial line appears here. Run the machine (Space).");
            return;
        }
        split(console);
        ImGui::PushFont(fonts().mono);
        float height = ImGui::GetTextLineHeight() + px(2);
        ImGui::BeginChild("text", {0, 0}, 0, ImGuiWindowFlags_HorizontalScrollbar);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, px(2)});
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(lines_.size()), height);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
                draw_line(lines_[static_cast<std::size_t>(i)]);
        ImGui::PopStyleVar();
        // Stay at the end, unless the person scrolled up.
        if (ImGui::GetScrollY() < ImGui::GetScrollMaxY() - 1 && ImGui::GetIO().MouseWheel > 0 &&
            ImGui::IsWindowHovered())
            state.console_follow = false;
        if (ImGui::GetScrollY() >= ImGui::GetScrollMaxY() - 1) state.console_follow = true;
        if (state.console_follow) ImGui::SetScrollHereY(1.0f);
        ImGui::EndChild();
        ImGui::PopFont();
    }

private:
    // Lines are views into the text, which is kept for them.
    void split(std::shared_ptr<std::string const> const& text) {
        if (text == text_) return;
        text_ = text;
        lines_.clear();
        std::string_view rest = *text_;
        while (!rest.empty()) {
            std::size_t end = rest.find('\n');
            std::string_view line = rest.substr(0, end);
            if (line.ends_with('\r')) line.remove_suffix(1);
            lines_.push_back(line);
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        }
    }

    static void draw_line(std::string_view line) {
        auto has = [&](char const* word) { return line.find(word) != std::string_view::npos; };
        Colour colour = theme().text;
        if (has("panic") || has("PANIC") || has("error") || has("fault"))
            colour = theme().readable(theme().bad, theme().pane);
        else if (has("warning"))
            colour = theme().warning;
        ImGui::PushStyleColor(ImGuiCol_Text, packed(colour));
        ImGui::TextUnformatted(line.data(), line.data() + line.size());
        ImGui::PopStyleColor();
    }

    std::shared_ptr<std::string const> text_;
    std::vector<std::string_view> lines_;
};

}  // namespace

std::unique_ptr<View> make_console_view() { return std::make_unique<ConsoleView>(); }

}  // namespace viz::panels
