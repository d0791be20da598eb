// SPDX-License-Identifier: GPL-2.0-or-later
//
// Each device's registers, as the device describes itself.
#include <fmt/format.h>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::machine::StateNode;

class DevicesView : public View {
public:
    void draw(Model const& model, ViewState&, CommandQueue&) override {
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
        ImGui::EndChild();
    }

private:
    static void draw_device(StateNode const& device) {
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
        if (*open)
            for (auto const& child : device.children) draw_node(child, 1);
        ImGui::PopID();
    }

    static void draw_node(StateNode const& node, int depth) {
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x, height = text_size(fonts().mono, "X").y + px(4);
        auto* list = ImGui::GetWindowDrawList();
        float indent = px(12) + px(14) * static_cast<float>(depth),
              column = indent + std::min(px(170), width * 0.36f);
        text_at(list, {p.x + indent, p.y}, fonts().text,
                node.children.empty() ? theme().faint : theme().quiet, node.name, column - indent - px(8));
        float used = text_at(list, {p.x + column, p.y + px(1)}, fonts().mono, theme().text, node.value,
                             width - column - px(8));
        float rest = width - column - used - px(24);
        if (!node.note.empty() && rest > px(60))
            text_at(list, {p.x + column + used + px(14), p.y + px(2)}, fonts().small, theme().faint,
                    node.note, rest);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGui::Dummy({width, height});
        ImGui::PopStyleVar();
        if (depth < 6)
            for (auto const& child : node.children) draw_node(child, depth + 1);
    }
};

}  // namespace

std::unique_ptr<View> make_devices_view() { return std::make_unique<DevicesView>(); }

}  // namespace viz::panels
