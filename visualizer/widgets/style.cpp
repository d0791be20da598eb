// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/widgets/style.hpp"

namespace viz::widgets {
namespace {

Style current;

void apply_to_imgui(Style const& style) {
    ImGuiStyle& s = ImGui::GetStyle();
    s = ImGuiStyle();
    s.WindowPadding = {10, 8};
    s.FramePadding = {8, 5};
    s.ItemSpacing = {8, 5};
    s.ItemInnerSpacing = {6, 4};
    s.CellPadding = {8, 3};
    s.ScrollbarSize = 11;
    s.WindowRounding = 0;
    s.ChildRounding = 4;
    s.FrameRounding = 4;
    s.PopupRounding = 6;
    s.ScrollbarRounding = 6;
    s.GrabRounding = 4;
    s.TabRounding = 4;
    s.WindowBorderSize = 0;
    s.ChildBorderSize = 0;
    s.PopupBorderSize = 1;
    s.FrameBorderSize = 0;
    s.DisabledAlpha = 0.45f;
    s.HoverDelayNormal = 0.35f;
    s.HoverStationaryDelay = 0.1f;
    s.ScaleAllSizes(style.scale);

    model::Theme const& t = *style.theme;
    auto set = [&](ImGuiCol which, model::Colour c) { s.Colors[which] = vec(c); };
    set(ImGuiCol_Text, t.text);
    set(ImGuiCol_TextDisabled, t.faint);
    set(ImGuiCol_WindowBg, t.gap);
    set(ImGuiCol_ChildBg, t.pane.with_alpha(0));
    set(ImGuiCol_PopupBg, t.raised);
    set(ImGuiCol_Border, t.border);
    set(ImGuiCol_FrameBg, t.raised);
    set(ImGuiCol_FrameBgHovered, t.hover);
    set(ImGuiCol_FrameBgActive, t.hover);
    set(ImGuiCol_Button, t.raised);
    set(ImGuiCol_ButtonHovered, t.hover);
    set(ImGuiCol_ButtonActive, t.selected);
    set(ImGuiCol_Header, t.selected);
    set(ImGuiCol_HeaderHovered, t.hover);
    set(ImGuiCol_HeaderActive, t.selected);
    set(ImGuiCol_Separator, t.border);
    set(ImGuiCol_ScrollbarBg, t.pane.with_alpha(0));
    set(ImGuiCol_ScrollbarGrab, t.border);
    set(ImGuiCol_ScrollbarGrabHovered, t.future);
    set(ImGuiCol_ScrollbarGrabActive, t.faint);
    set(ImGuiCol_CheckMark, t.accent);
    set(ImGuiCol_SliderGrab, t.accent);
    set(ImGuiCol_SliderGrabActive, t.accent);
    set(ImGuiCol_TableHeaderBg, t.raised);
    set(ImGuiCol_TableBorderStrong, t.border);
    set(ImGuiCol_TableBorderLight, t.grid);
    set(ImGuiCol_TableRowBg, t.pane.with_alpha(0));
    set(ImGuiCol_TableRowBgAlt, t.raised.with_alpha(90));
    set(ImGuiCol_TextSelectedBg, t.selected);
    set(ImGuiCol_NavHighlight, t.accent);
    set(ImGuiCol_ModalWindowDimBg, t.gap.with_alpha(170));
}

}  // namespace

Style const& style() { return current; }

void set_style(Style const& next) {
    current = next;
    apply_to_imgui(current);
}

}  // namespace viz::widgets
