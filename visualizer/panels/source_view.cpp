// SPDX-License-Identifier: GPL-2.0-or-later
//
// Machine code between the source lines that it comes from. The arrow is the
// instruction that comes next; a click in the gutter sets a breakpoint.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::Instruction;

class SourceView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& now = model.now();
        if (!now.disassembly || now.disassembly->instructions.empty()) {
            empty_view(icons::code, "No code to show",
                       "The bytes at the next instruction cannot be read, or nobody has asked for them yet.");
            return;
        }
        draw_header(model, state, queue);
        lay_out(model);

        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGuiID const pane = ImGui::GetID("lines");
        ImGui::BeginChild("lines");
        float height = text_size(fonts().mono, "X").y + px(4);
        // Turn to the arrow when time moved, not while the person scrolls; and in another
        // pane, which is scrolled elsewhere.
        float const room = ImGui::GetWindowHeight();
        bool moved = now.moment != moment_ || state.code_address != address_ ||
                     now.disassembly->instructions.front().address != first_ || pane != pane_ || room != room_;
        pane_ = pane, room_ = room;
        moment_ = now.moment, address_ = state.code_address,
        first_ = now.disassembly->instructions.front().address;
        if (moved) reveal_ = 3;
        if (reveal_ > 0) {
            --reveal_;
            float view = ImGui::GetWindowHeight(), line = static_cast<float>(focus_row_) * height;
            float top = ImGui::GetScrollY();
            if (line < top + height * 2 || line > top + view - height * 4)
                ImGui::SetScrollY(std::max(0.0f, line - view * 0.38f));
        }
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(rows_.size()), height);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
                draw_row(rows_[static_cast<std::size_t>(i)], i, height, model, state, queue);
        ImGui::EndChild();
        ImGui::PopStyleVar();
    }

private:
    struct Row {
        enum Kind : unsigned char { label, line, instruction } kind = instruction;
        std::size_t index = 0;  // of the instruction
    };

    void draw_header(Model const& model, ViewState& state, CommandQueue& queue) const {
        auto const& now = model.now();
        std::string where = now.location;
        if (now.source && now.symbols) where += "   " + now.symbols->describe(*now.source, true);
        if (where.empty()) where = fmt::format("{:#x}", now.cpu.rip);
        float width = ImGui::GetContentRegionAvail().x;
        if (state.code_address) {
            if (text_button("follow", "Follow RIP", "Back to the next instruction (F)", false))
                queue.push(CommandId::follow);
            ImGui::SameLine();
            ImGui::SetCursorPosY(ImGui::GetCursorPosY() + px(4));
            text_cut(fonts().mono, theme().quiet, model.symbol(*state.code_address), 0);
        } else {
            text_cut(fonts().mono_strong, theme().text, where, width);
        }
        space(2);
    }

    void lay_out(Model const& model) {
        auto const& disassembly = model.now().disassembly;
        if (laid_out_ == disassembly) return;
        laid_out_ = disassembly;
        rows_.clear();
        focus_row_ = 0;
        sim::debug::SourceLine last{};
        for (std::size_t i = 0; i < disassembly->instructions.size(); ++i) {
            Instruction const& in = disassembly->instructions[i];
            if (!in.label.empty()) rows_.push_back({Row::label, i}), last = {};
            if (in.source.line && in.source != last) rows_.push_back({Row::line, i});
            if (in.source.line) last = in.source;
            if (i == disassembly->focus) focus_row_ = rows_.size();
            rows_.push_back({Row::instruction, i});
        }
    }

    void draw_row(Row row, int id, float height, Model const& model, ViewState& state, CommandQueue& queue) {
        Instruction const& in = laid_out_->instructions[row.index];
        auto const& now = model.now();
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x, right = p.x + width;
        auto* list = ImGui::GetWindowDrawList();
        float x = p.x + px(26), y = p.y + px(2);
        ImGui::PushID(id);
        if (row.kind == Row::label) {
            list->AddLine({p.x, p.y + px(1)}, {right, p.y + px(1)}, packed(theme().border));
            text_at(list, {p.x + px(6), y}, fonts().mono_strong, theme().accent, in.label + ":",
                    width - px(12));
            ImGui::Dummy({width, height});
        } else if (row.kind == Row::line) {
            list->AddRectFilled(p, {right, p.y + height}, packed(theme().raised.with_alpha(150)));
            std::string file = now.symbols ? now.symbols->file(in.source.file) : std::string();
            std::string number = fmt::format("{:>4}", in.source.line);
            text_at(list, {p.x + px(4), y}, fonts().mono_small, theme().faint, number);
            std::string code = source_.line(file, in.source.line);
            float used = text_size(fonts().mono_small, number).x + px(14);
            if (code.empty()) code = now.symbols ? now.symbols->describe(in.source) : "";
            std::size_t tabs;
            while ((tabs = code.find('\t')) != std::string::npos) code.replace(tabs, 1, "    ");
            // A narrow pane has no room for deep indentation.
            std::size_t const indent = std::min(code.find_first_not_of(' '), code.size());
            if (indent > 4 && text_size(fonts().mono, code).x > width - used - px(8))
                code.erase(0, indent - 4);
            text_at(list, {p.x + used, y}, fonts().mono, theme().readable(theme().execute, theme().raised),
                    code, width - used - px(8));
            ImGui::Dummy({width, height});
        } else {
            draw_instruction(in, p, width, height, x, y, model, state, queue);
        }
        ImGui::PopID();
    }

    void draw_instruction(Instruction const& in, ImVec2 p, float width, float height, float x, float y,
                          Model const& model, ViewState& state, CommandQueue& queue) const {
        auto const& now = model.now();
        auto* list = ImGui::GetWindowDrawList();
        float right = p.x + width;
        bool next = in.address == now.cpu.rip;
        ImGui::InvisibleButton("instruction", {std::max(width, 1.0f), height});
        bool over = ImGui::IsItemHovered();
        bool gutter = over && ImGui::GetIO().MousePos.x < x;
        if (ImGui::IsItemClicked()) {
            if (gutter)
                queue.push(CommandId::toggle_breakpoint, in.address);
            else if (in.target)
                queue.push(in.call || in.jump ? CommandId::show_code : CommandId::show_memory, *in.target);
        }
        Entity entity{EntityKind::virtual_range, in.address, in.length};
        if (over && !gutter) state.next_hovered = entity;
        if (next)
            list->AddRectFilled(p, {right, p.y + height}, packed(theme().selected));
        else if (over)
            list->AddRectFilled(p, {right, p.y + height}, packed(theme().hover));
        bool stop =
            std::ranges::any_of(now.breakpoints, [&](auto const& b) { return b.address == in.address; });
        if (stop || gutter)
            list->AddCircleFilled({p.x + px(9), p.y + height / 2}, px(4.5f),
                                  packed(stop ? theme().bad : theme().future));
        if (next) {
            float middle = p.y + height / 2, a = p.x + px(14);
            list->AddTriangleFilled({a, middle - px(5)}, {a, middle + px(5)}, {a + px(8), middle},
                                    packed(theme().now));
        }
        Colour address_colour = next ? theme().quiet : theme().faint;
        std::string address = fmt::format("{:x}", in.address);
        x += text_at(list, {x, y}, fonts().mono, address_colour, address) + px(14);
        if (width > px(560)) {
            std::string bytes;
            for (unsigned i = 0; i < std::min<unsigned>(in.length, 8); ++i)
                bytes += fmt::format("{:02x} ", in.bytes[i]);
            if (in.length > 8) bytes += "..";
            float column = text_size(fonts().mono_small, "00 00 00 00 00 00 00 00 ..").x;
            text_at(list, {x, y + px(1)}, fonts().mono_small, next ? theme().quiet : theme().faint, bytes);
            x += column + px(10);
        }
        if (!in.readable || !in.valid) {
            text_at(list, {x, y}, fonts().mono, theme().faint, in.readable ? "(bad)" : "?? not mapped");
            return;
        }
        Colour c = in.call || in.returns ? theme().dma : in.jump ? theme().irq : theme().text;
        text_at(list, {x, y}, fonts().mono_strong, theme().readable(c, next ? theme().selected : theme().pane),
                in.mnemonic);
        x += std::max(text_size(fonts().mono, "movzx  ").x,
                      text_size(fonts().mono_strong, in.mnemonic + " ").x);
        x += text_at(list, {x, y}, fonts().mono, theme().text, in.operands, right - x);
        if (!in.target_name.empty())
            text_at(list, {x + px(14), y}, fonts().mono, next ? theme().quiet : theme().faint, in.target_name,
                    right - x - px(18));
    }

    static std::string root() {
        if (char const* folder = std::getenv("VIV_ROOT")) return folder;
        // The program stands in build/PRESET/bin of the repository.
        std::error_code ignored;
        return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "../../..";
    }

    sim::debug::SourceTree source_{root()};
    std::shared_ptr<sim::debug::Disassembly const> laid_out_;
    std::vector<Row> rows_;
    std::size_t focus_row_ = 0;
    sim::machine::Moment moment_ = sim::machine::Moment::never();
    std::optional<std::uint64_t> address_;
    std::uint64_t first_ = 0;
    ImGuiID pane_ = 0;
    float room_ = 0;
    int reveal_ = 0;
};

}  // namespace

std::unique_ptr<View> make_source_view() { return std::make_unique<SourceView>(); }

}  // namespace viz::panels
