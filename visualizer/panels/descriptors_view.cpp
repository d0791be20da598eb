// SPDX-License-Identifier: GPL-2.0-or-later
//
// What GDTR, TR and IDTR lead to: segments, the stacks of the task state, and what
// happens at each vector.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/vectors.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::DescriptorTables;
using sim::debug::Gate;
using sim::debug::SegmentDescriptor;

class DescriptorsView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& now = model.now();
        if (!now.descriptors) {
            empty_view(icons::table, "No tables yet", "They come with the next snapshot.");
            return;
        }
        DescriptorTables const& t = *now.descriptors;
        if (t.segments.empty() && t.gates.empty()) {
            empty_view(icons::table, "No descriptor tables",
                       t.problem.empty() ? "GDTR and IDTR lead to nothing yet." : model::as_sentence(t.problem));
            return;
        }
        if (laid_out_ != now.descriptors) {
            laid_out_ = now.descriptors;
            present_.clear();
            for (Gate const& g : t.gates)
                if (g.present) present_.push_back(&g);
        }
        ImGui::BeginChild("tables");
        if (!t.problem.empty()) text_wrapped(fonts().small, theme().warning, model::as_sentence(t.problem));
        heading("Segments (GDT)", fmt::format("at {:#x}", now.cpu.gdtr.base));
        for (SegmentDescriptor const& d : t.segments) draw_segment(d);
        if (t.task) draw_task(*t.task);
        space(8);
        heading("Gates (IDT)", fmt::format("{} of {} present, at {:#x}", present_.size(), t.gates.size(), now.cpu.idtr.base));
        draw_gates(model, state, queue);
        ImGui::EndChild();
    }

private:
    static float row_height() { return text_size(fonts().text, "X").y + px(7); }

    static void draw_segment(SegmentDescriptor const& d) {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        float const height = row_height(), width = ImGui::GetContentRegionAvail().x, right = p.x + width;
        float const first = p.x + px(64), chips = first + std::clamp(width * 0.32f, px(150), px(260));
        text_at(list, {p.x + px(4), p.y + px(4)}, fonts().mono, theme().faint, fmt::format("{:#04x}", d.selector()));
        text_at(list, {first, p.y + px(3)}, fonts().text, d.present ? theme().text : theme().faint, d.type,
                chips - first - px(8));
        float x = chips;
        std::size_t n = 0;
        for (auto const& field : d.fields) {
            bool const flag = field.info->high == field.info->low;
            std::string const label = flag ? field.info->name : fmt::format("ring {}", field.value);
            if (std::string_view(field.info->name) == "Type") continue;
            float const w = chip_size(label).x;
            if (x + w > right) break;
            ImGui::SetCursorScreenPos({x, p.y + px(3)});
            ImGui::PushID(static_cast<int>(d.index * 16 + n++));
            ImGui::InvisibleButton("bit", chip_size(label));
            ImGui::PopID();
            if (flag && field.value)
                chip_at(list, {x, p.y + px(3)}, label, theme().accent);
            else
                text_at(list, {x + px(6), p.y + px(5)}, fonts().small, flag ? theme().faint : theme().quiet, label);
            teach(fmt::format("{}: {}", field.info->name, field.info->title), field.info->meaning, field.info->manual);
            x += w + px(3);
        }
        // A TSS has a base of its own; code and data of long mode have none.
        std::string end = d.base ? fmt::format("base {:#x}, limit {:#x}", d.base, d.limit) : "";
        if (!d.used_by.empty()) end = d.used_by + (end.empty() ? "" : "   ") + end;
        if (right - x > px(60))
            text_at(list, {x + px(10), p.y + px(4)}, fonts().mono_small, theme().quiet, end, right - x - px(12));
        ImGui::SetCursorScreenPos(p);
        ImGui::Dummy({width, height - ImGui::GetStyle().ItemSpacing.y});
    }

    static void draw_task(sim::debug::TaskState const& task) {
        space(8);
        heading("Stacks (TSS)", fmt::format("at {:#x}", task.address));
        auto const stack = [](std::string name, std::uint64_t address, std::string_view what) {
            if (!address) return;
            ImVec2 const p = ImGui::GetCursorScreenPos();
            ImGui::PushID(name.c_str());
            ImGui::InvisibleButton("stack", {px(250), text_size(fonts().mono, "X").y + px(4)});
            ImGui::PopID();
            teach(name, what, "[sdm-3a §6.14.5, §7.7]");
            auto* list = ImGui::GetWindowDrawList();
            text_at(list, {p.x + px(4), p.y + px(1)}, fonts().mono_strong, theme().faint, name);
            text_at(list, {p.x + px(64), p.y + px(1)}, fonts().mono, theme().text, fmt::format("{:#018x}", address));
        };
        for (unsigned ring = 0; ring < 3; ++ring)
            stack(fmt::format("RSP{}", ring), task.rsp[ring], "Taken when an interrupt comes from a ring farther out.");
        for (unsigned i = 0; i < 7; ++i)
            stack(fmt::format("IST{}", i + 1), task.ist[i], "Taken by each gate that names it, whatever stack is in use.");
    }

    void draw_gates(Model const& model, ViewState& state, CommandQueue& queue) const {
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(present_.size()), row_height());
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
                draw_gate(*present_[static_cast<std::size_t>(i)], model, state, queue);
        ImGui::PopStyleVar();
    }

    static void draw_gate(Gate const& g, Model const& model, ViewState& state, CommandQueue& queue) {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        float const height = row_height(), width = ImGui::GetContentRegionAvail().x;
        Entity const entity{EntityKind::interrupt_vector, g.vector, 0};
        emphasise_row(entity, state, height);
        ImGui::PushID(g.vector);
        ImGui::InvisibleButton("gate", {std::max(width, 1.0f), height});
        entity_item(entity, state, queue);
        ImGui::PopID();
        std::string const name = name_of_vector(model.now(), g.vector), symbol = model.symbol(g.handler);
        std::string const handler = symbol.empty() ? fmt::format("{:#x}", g.handler) : symbol;
        teach(fmt::format("Vector {}{}{}", g.vector, name.empty() ? "" : ": ", name),
              fmt::format("{} to {:#x}:{:#x}; {}. {}. INT {} may be executed in ring {} and further in.", g.type_name(),
                          g.selector, g.handler, handler,
                          g.is_interrupt_gate() ? "Interrupts are off inside" : "Interrupts stay as they are",
                          g.vector, g.privilege),
              "[sdm-3a §6.12.1, §6.14.1]");
        float x = p.x + px(4);
        text_at(list, {x, p.y + px(4)}, fonts().mono, theme().faint, fmt::format("{:>3}", g.vector));
        x += px(40);
        bool const wide = width > px(460);
        if (wide) {
            chip_at(list, {x, p.y + px(3)}, g.is_interrupt_gate() ? "interrupt" : g.type_name(),
                    g.is_interrupt_gate() ? theme().irq : theme().accent);
            x += px(84);
        }
        if (g.stack) chip_at(list, {x, p.y + px(3)}, fmt::format("IST{}", g.stack), theme().warning);
        x += px(48);
        auto const count = count_of_vector(model.now(), g.vector);
        std::string const times = count ? fmt::format("{} times", model::grouped(*count)) : "";
        float const tail = times.empty() ? px(8) : text_size(fonts().small, times).x + px(16);
        float const room = p.x + width - tail - x;
        float const used = name.empty() ? 0 : text_at(list, {x, p.y + px(3)}, fonts().text, theme().text, name, room) + px(14);
        if (room - used > px(70))
            text_at(list, {x + used, p.y + px(4)}, fonts().mono, theme().quiet, handler, room - used);
        if (!times.empty())
            text_at(list, {p.x + width - tail + px(8), p.y + px(5)}, fonts().small, theme().quiet, times);
    }

    std::shared_ptr<DescriptorTables const> laid_out_;
    std::vector<Gate const*> present_;
};

}  // namespace

std::unique_ptr<View> make_descriptors_view() { return std::make_unique<DescriptorsView>(); }

}  // namespace viz::panels
