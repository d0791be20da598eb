// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/widgets/draw.hpp"

#include <algorithm>
#include <cmath>

#include "visualizer/widgets/cuts.hpp"

namespace viz::widgets {

namespace {

std::vector<Cut>* cuts = nullptr;
std::vector<std::string>* texts = nullptr;

void note_cut(std::string_view text, float wanted, float given) {
    if (cuts) cuts->push_back({std::string(text), wanted, given});
}

}  // namespace

void listen_for_cuts(std::vector<Cut>* listener) { cuts = listener; }
void listen_for_texts(std::vector<std::string>* listener) { texts = listener; }

// ---- text ----

ImVec2 text_size(ImFont* font, std::string_view s) {
    if (s.empty()) s = "";  // a view of nothing may be null, and Dear ImGui would read that
    return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, s.data(), s.data() + s.size());
}

float text_at(ImDrawList* list, ImVec2 pos, ImFont* font, Colour colour, std::string_view s) {
    pos = {std::floor(pos.x), std::floor(pos.y)};
    if (s.empty()) return 0;
    if (texts) texts->emplace_back(s);
    list->AddText(font, font->FontSize, pos, packed(colour), s.data(), s.data() + s.size());
    return text_size(font, s).x;
}

std::string cut_to(ImFont* font, std::string_view s, float width) {
    float const wanted = text_size(font, s).x;
    if (wanted <= width) return std::string(s);
    note_cut(s, wanted, width);
    float dots = text_size(font, "...").x;
    if (width < dots) return {};
    char const* rest = nullptr;
    font->CalcTextSizeA(font->FontSize, width - dots, 0, s.data(), s.data() + s.size(), &rest);
    std::string out(s.data(), rest ? rest : s.data());
    while (out.ends_with(' ')) out.pop_back();
    return out + "...";
}

float text_at(ImDrawList* list, ImVec2 pos, ImFont* font, Colour colour, std::string_view s, float width) {
    if (width <= 0) {
        note_cut(s, text_size(font, s).x, width);
        return 0;
    }
    return text_at(list, pos, font, colour, cut_to(font, s, width));
}

void text(ImFont* font, Colour colour, std::string_view s) {
    if (texts) texts->emplace_back(s);
    ImGui::PushFont(font);
    ImGui::PushStyleColor(ImGuiCol_Text, packed(colour));
    ImGui::TextUnformatted(s.data(), s.data() + s.size());
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

void text_cut(ImFont* font, Colour colour, std::string_view s, float width) {
    text(font, colour, cut_to(font, s, width > 0 ? width : ImGui::GetContentRegionAvail().x));
}

void text_wrapped(ImFont* font, Colour colour, std::string_view s) {
    ImGui::PushTextWrapPos(0);
    text(font, colour, s);
    ImGui::PopTextWrapPos();
}

// ---- items ----

ImVec2 chip_size(std::string_view label) {
    ImVec2 size = text_size(fonts().small, label);
    return {std::ceil(size.x + px(12)), std::ceil(size.y + px(4))};
}

float chip_at(ImDrawList* list, ImVec2 pos, std::string_view label, Colour colour, bool strong) {
    ImVec2 size = chip_size(label);
    Colour ground = strong ? colour : model::mix(theme().pane, colour, 0.22f);
    Colour ink = strong ? theme().ink(ground) : theme().readable(colour, ground);
    list->AddRectFilled(pos, {pos.x + size.x, pos.y + size.y}, packed(ground), px(4));
    text_at(list, {pos.x + px(6), pos.y + px(2)}, fonts().small, ink, label);
    return size.x;
}

void chip(std::string_view label, Colour colour, bool strong) {
    ImVec2 pos = ImGui::GetCursorScreenPos(), size = chip_size(label);
    chip_at(ImGui::GetWindowDrawList(), pos, label, colour, strong);
    ImGui::Dummy(size);
}

bool icon_button(char const* id, char const* glyph, char const* word, char const* tooltip, bool enabled,
                 bool active, Colour const* colour) {
    ImFont* font = fonts().have_icons ? fonts().heading : fonts().small;
    char const* label = icon(glyph, word);
    ImVec2 ink = text_size(font, label);
    float height = px(34);
    ImVec2 size{std::max(height, ink.x + px(14)), height};
    ImVec2 pos = ImGui::GetCursorScreenPos();
    ImGui::BeginDisabled(!enabled);
    bool pressed = ImGui::InvisibleButton(id, size);
    ImGui::EndDisabled();
    bool over = enabled && ImGui::IsItemHovered();
    bool down = enabled && ImGui::IsItemActive();
    auto* list = ImGui::GetWindowDrawList();
    if (active || over || down)
        list->AddRectFilled(pos, {pos.x + size.x, pos.y + size.y},
                            packed(down || active ? theme().selected : theme().hover), px(5));
    Colour c = !enabled ? theme().future : colour ? *colour : over || active ? theme().text : theme().quiet;
    text_at(list, {pos.x + (size.x - ink.x) / 2, pos.y + (size.y - ink.y) / 2}, font, c, label);
    if (tooltip &&
        ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal | ImGuiHoveredFlags_AllowWhenDisabled)) {
        ImGui::BeginTooltip();
        text(fonts().text, theme().text, tooltip);
        ImGui::EndTooltip();
    }
    return pressed;
}

namespace {
ImVec2 button_size(std::string_view label) {
    ImVec2 const ink = text_size(fonts().text, label);
    return {ink.x + px(18), ink.y + px(8)};
}
}  // namespace

void next_button(std::string_view label, float gap) {
    ImGui::SameLine(0, gap);
    if (ImGui::GetContentRegionAvail().x < button_size(label).x) ImGui::NewLine();
}

bool text_button(char const* id, std::string_view label, char const* tooltip, bool active, bool enabled) {
    ImVec2 size = button_size(label);
    ImVec2 pos = ImGui::GetCursorScreenPos();
    bool pressed = ImGui::InvisibleButton(id, size) && enabled;
    bool over = ImGui::IsItemHovered() && enabled;
    auto* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(pos, {pos.x + size.x, pos.y + size.y},
                        packed(active     ? theme().selected
                               : over     ? theme().hover
                               : !enabled ? theme().pane
                                          : theme().raised),
                        px(4));
    if (!enabled && !active)
        list->AddRect(pos, {pos.x + size.x, pos.y + size.y}, packed(theme().grid), px(4), 0, px(1));
    text_at(list, {pos.x + px(9), pos.y + px(4)}, fonts().text,
            !enabled         ? theme().future
            : active || over ? theme().text
                             : theme().quiet,
            label);
    if (tooltip && ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
        ImGui::BeginTooltip();
        text(fonts().text, theme().text, tooltip);
        ImGui::EndTooltip();
    }
    return pressed;
}

void heading(std::string_view title, std::string_view right) {
    float width = ImGui::GetContentRegionAvail().x;
    ImVec2 pos = ImGui::GetCursorScreenPos();
    auto* list = ImGui::GetWindowDrawList();
    float used = text_at(list, pos, fonts().strong, theme().text, title, width);
    if (!right.empty()) {
        float room = width - used - px(16);
        std::string shown = cut_to(fonts().small, right, room);
        float w = text_size(fonts().small, shown).x;
        text_at(list, {pos.x + width - w, pos.y + px(2)}, fonts().small, theme().faint, shown);
    }
    ImGui::Dummy({width, text_size(fonts().strong, title).y + px(2)});
}

void row(std::string_view name, std::string_view value, float column, Colour const* colour) {
    float width = ImGui::GetContentRegionAvail().x;
    ImVec2 pos = ImGui::GetCursorScreenPos();
    auto* list = ImGui::GetWindowDrawList();
    float height = std::max(text_size(fonts().text, "X").y, text_size(fonts().mono, "X").y);
    text_at(list, pos, fonts().text, theme().faint, name, column - px(6));
    text_at(list, {pos.x + column, pos.y}, fonts().mono, colour ? *colour : theme().text, value,
            width - column);
    ImGui::Dummy({width, height});
}

void space(float designed) { ImGui::Dummy({0, px(designed)}); }

void rule() {
    ImVec2 pos = ImGui::GetCursorScreenPos();
    float width = ImGui::GetContentRegionAvail().x;
    ImGui::GetWindowDrawList()->AddLine(pos, {pos.x + width, pos.y}, packed(theme().border));
    ImGui::Dummy({width, px(1)});
}

void empty_view(char const* glyph, std::string_view title, std::string_view hint) {
    ImVec2 room = ImGui::GetContentRegionAvail();
    ImVec2 pos = ImGui::GetCursorScreenPos();
    auto* list = ImGui::GetWindowDrawList();
    float wrap = std::min(room.x - px(24), px(380));
    ImVec2 icon_ink = text_size(fonts().icons, icon(glyph));
    ImVec2 title_ink = text_size(fonts().strong, title);
    ImVec2 hint_ink = fonts().text->CalcTextSizeA(fonts().text->FontSize, FLT_MAX, wrap, hint.data(),
                                                  hint.data() + hint.size());
    float height = icon_ink.y + px(10) + title_ink.y + px(6) + hint_ink.y;
    float y = pos.y + std::max(px(4), (room.y - height) * 0.42f);
    auto middle = [&](float w) { return pos.x + std::max(0.0f, (room.x - w) / 2); };
    if (room.y > height + px(8)) {
        text_at(list, {middle(icon_ink.x), y}, fonts().icons, theme().future, icon(glyph));
        y += icon_ink.y + px(10);
    }
    text_at(list, {middle(title_ink.x), y}, fonts().strong, theme().quiet, title);
    y += title_ink.y + px(6);
    if (texts) texts->emplace_back(hint);
    list->AddText(fonts().text, fonts().text->FontSize, {std::floor(middle(hint_ink.x)), std::floor(y)},
                  packed(theme().faint), hint.data(), hint.data() + hint.size(), wrap);
    ImGui::Dummy(room);
}

void teach(std::string_view title, std::string_view body, std::string_view manual) {
    if (!ImGui::IsItemHovered(ImGuiHoveredFlags_DelayShort)) return;
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(px(360));
    text(fonts().strong, theme().text, title);
    if (!body.empty()) text(fonts().text, theme().quiet, body);
    if (!manual.empty()) text(fonts().small, theme().faint, manual);
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
}

// ---- linked selection ----

void entity_hovered(model::Entity entity, model::ViewState& state, model::CommandQueue& queue) {
    state.next_hovered = entity;
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left))
        queue.push(model::CommandId::reveal, entity);
    else if (ImGui::IsMouseClicked(ImGuiMouseButton_Left))
        queue.push(model::CommandId::select, entity);
}

void row_drawn(model::Entity const&);  // rows.cpp

void entity_item(model::Entity entity, model::ViewState& state, model::CommandQueue& queue) {
    row_drawn(entity);
    if (ImGui::IsItemHovered()) entity_hovered(entity, state, queue);
}

Emphasis emphasis(model::Entity entity, model::ViewState const& state) {
    if (!entity) return Emphasis::none;
    auto same = [&](model::Entity const& other) {
        return other.kind == entity.kind && other.id == entity.id;
    };
    if (same(state.selected)) return Emphasis::selected;
    if (same(state.hovered)) return Emphasis::hovered;
    return Emphasis::none;
}

void emphasise_row(model::Entity entity, model::ViewState const& state, float height) {
    Emphasis e = emphasis(entity, state);
    if (e == Emphasis::none) return;
    ImVec2 pos = ImGui::GetCursorScreenPos();
    float left = ImGui::GetWindowPos().x, right = left + ImGui::GetWindowWidth();
    ImGui::GetWindowDrawList()->AddRectFilled(
        {left, pos.y}, {right, pos.y + height},
        packed(e == Emphasis::selected ? theme().selected : theme().hover));
}

}  // namespace viz::widgets
