// SPDX-License-Identifier: GPL-2.0-or-later
//
// Each device's registers, as the device describes itself; and the driver's side of the
// network card: which descriptors are offered.
#include <fmt/format.h>

#include <algorithm>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::machine::StateNode;

class DevicesView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& devices = model.now().devices;
        if (devices.empty()) {
            empty_view(icons::plug, "No devices yet", "They come with the next snapshot.");
            return;
        }
        ImGui::BeginChild("devices");
        for (auto const& device : devices) {
            draw_device(device);
            space(4);
        }
        auto const& queues = model.now().kernel.virtqueues;
        for (std::size_t q = 0; q < queues.size(); ++q) draw_queue(queues[q], q, state, queue);
        ImGui::EndChild();
    }

private:
    static void draw_queue(sim::debug::Virtqueue const& q, std::size_t number, ViewState& state,
                           CommandQueue& commands) {
        constexpr unsigned most = 64;
        auto const offered = std::ranges::count_if(q.descriptors, &sim::debug::Descriptor::in_flight);
        StateNode head;
        head.name = q.name.empty() ? fmt::format("queue {}", number) : q.name + " queue";
        head.note = fmt::format("{} of {} descriptors offered, available {}, used {}", offered, q.size,
                                q.available_index, q.used_index);
        bool const open = draw_head(head);
        if (!open) return space(4);
        unsigned shown = 0;
        for (auto const& d : q.descriptors) {
            Entity const entity{EntityKind::descriptor, std::uint64_t{number} << 32 | d.index, 0};
            bool const selected = state.selected == entity;
            if (!d.in_flight || (shown >= most && !selected)) continue;
            ++shown;
            draw_descriptor(d, entity, state, commands);
            if (state.revealed == entity || (selected && ImGui::IsWindowAppearing()))
                ImGui::SetScrollHereY(0.4f);
        }
        if (static_cast<std::size_t>(offered) > shown)
            text(fonts().small, theme().faint,
                 fmt::format("      and {} more", static_cast<std::size_t>(offered) - shown));
        space(4);
    }

    static void draw_descriptor(sim::debug::Descriptor const& d, Entity entity, ViewState& state,
                                CommandQueue& commands) {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        float const width = ImGui::GetContentRegionAvail().x, height = text_size(fonts().mono, "X").y + px(4);
        auto* list = ImGui::GetWindowDrawList();
        emphasise_row(entity, state, height);
        ImGui::PushID(d.index);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGui::InvisibleButton("descriptor", {std::max(width, 1.0f), height});
        ImGui::PopStyleVar();
        entity_item(entity, state, commands);
        ImGui::PopID();
        text_at(list, {p.x + px(26), p.y}, fonts().text, theme().faint, fmt::format("{}", d.index));
        std::string const line = fmt::format("{:#014x}  {:>6} bytes{}", d.address, d.length,
                                             d.flags & 1 ? fmt::format(", next {}", d.next) : "");
        float const used =
            text_at(list, {p.x + px(70), p.y + px(1)}, fonts().mono, theme().text, line, width - px(74));
        char const* const who = d.flags & 4   ? "a table of more"
                                : d.flags & 2 ? "the device writes"
                                              : "the device reads";
        if (width - used - px(90) > px(100))
            text_at(list, {p.x + px(86) + used, p.y + px(2)}, fonts().small, theme().faint, who,
                    width - used - px(92));
    }

    // A bar that opens and closes what stands below it.
    static bool draw_head(StateNode const& device) {
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x, height = text_size(fonts().strong, "X").y + px(7);
        auto* list = ImGui::GetWindowDrawList();
        ImGui::PushID(device.name.c_str());
        bool* open = ImGui::GetStateStorage()->GetBoolRef(ImGui::GetID("open"), true);
        if (ImGui::InvisibleButton("device", {std::max(width, 1.0f), height})) *open = !*open;
        list->AddRectFilled(p, {p.x + width - px(4), p.y + height},
                            packed(ImGui::IsItemHovered() ? theme().hover : theme().raised), px(4));
        text_at(list, {p.x + px(8), p.y + px(3)}, fonts().text, theme().faint,
                icon(*open ? icons::caret_down : icons::caret_right, *open ? "-" : "+"));
        float used = text_at(list, {p.x + px(26), p.y + px(3)}, fonts().strong, theme().text, device.name);
        std::string summary =
            device.value + (device.value.empty() || device.note.empty() ? "" : "   ") + device.note;
        text_at(list, {p.x + px(40) + used, p.y + px(5)}, fonts().small, theme().quiet, summary,
                width - used - px(56));
        ImGui::PopID();
        return *open;
    }

    // Where values and notes of one device stand: below each other, however deep.
    struct Columns {
        float value = 0, note = 0;
    };
    static Columns columns_of(StateNode const& device, float width) {
        float names = 0, values = 0;
        auto measure = [&](auto const& self, StateNode const& node, int depth) -> void {
            names = std::max(names, indent_of(depth) + text_size(fonts().text, node.name).x);
            // What is longer than most moves only its own note.
            if (float const ink = text_size(fonts().mono, node.value).x; ink < px(200))
                values = std::max(values, ink);
            if (depth < deepest)
                for (auto const& child : node.children) self(self, child, depth + 1);
        };
        for (auto const& child : device.children) measure(measure, child, 1);
        float const value = std::min(std::max(names + px(16), px(150)), width * 0.45f);
        return {value, value + values + px(16)};
    }

    static void draw_device(StateNode const& device) {
        if (!draw_head(device)) return;
        Columns const columns = columns_of(device, ImGui::GetContentRegionAvail().x);
        for (auto const& child : device.children) draw_node(child, 1, columns);
    }

    static constexpr int deepest = 6;
    static float indent_of(int depth) { return px(12) + px(14) * static_cast<float>(depth); }

    static void draw_node(StateNode const& node, int depth, Columns const& columns) {
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x, height = text_size(fonts().mono, "X").y + px(4);
        auto* list = ImGui::GetWindowDrawList();
        float const indent = indent_of(depth);
        text_at(list, {p.x + indent, p.y}, fonts().text,
                node.children.empty() ? theme().faint : theme().quiet, node.name,
                columns.value - indent - px(8));
        float const used = text_at(list, {p.x + columns.value, p.y + px(1)}, fonts().mono, theme().text,
                                   node.value, width - columns.value - px(8));
        float const note = std::max(columns.note, columns.value + used + px(14)), rest = width - note - px(8);
        if (!node.note.empty() && rest > px(60))
            text_at(list, {p.x + note, p.y + px(2)}, fonts().small, theme().faint, node.note, rest);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGui::Dummy({width, height});
        ImGui::PopStyleVar();
        if (depth < deepest)
            for (auto const& child : node.children) draw_node(child, depth + 1, columns);
    }
};

}  // namespace

std::unique_ptr<View> make_devices_view() { return std::make_unique<DevicesView>(); }

}  // namespace viz::panels
