// SPDX-License-Identifier: GPL-2.0-or-later
//
// The small parts that all panels are made of: text in a role, chips, buttons,
// headings, rows of a name and a value, what an empty view says.
#pragma once

#include <imgui.h>

#include <string>
#include <string_view>

#include "visualizer/model/commands.hpp"
#include "visualizer/model/geometry.hpp"
#include "visualizer/model/view_state.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::widgets {

using model::Colour;

// ---- text ----

ImVec2 text_size(ImFont*, std::string_view);
// Draws at a place; no layout. Returns the width drawn.
float text_at(ImDrawList*, ImVec2, ImFont*, Colour, std::string_view);
// The same, cut with "..." when wider than `width`.
float text_at(ImDrawList*, ImVec2, ImFont*, Colour, std::string_view, float width);
std::string cut_to(ImFont*, std::string_view, float width);
// As an ImGui item.
void text(ImFont*, Colour, std::string_view);
void text_cut(ImFont*, Colour, std::string_view, float width);  // 0: what is left of the line
void text_wrapped(ImFont*, Colour, std::string_view);

// ---- items ----

// A pill: a word on a tinted ground.
void chip(std::string_view, Colour, bool strong = false);
ImVec2 chip_size(std::string_view);
float chip_at(ImDrawList*, ImVec2, std::string_view, Colour, bool strong = false);  // returns the width

// A square button with an icon; `active` is drawn pressed. True when clicked.
bool icon_button(char const* id, char const* glyph, char const* word, char const* tooltip,
                 bool enabled = true, bool active = false, Colour const* colour = nullptr);
// A flat button with text; what is not enabled is pale and answers to nothing.
bool text_button(char const* id, std::string_view label, char const* tooltip = nullptr, bool active = false,
                 bool enabled = true);
// Before a further text button of a row: beside the last one, or below where there is no room.
void next_button(std::string_view label, float gap);

void heading(std::string_view, std::string_view right = {});
// "name        value", value in the data face, at a common column.
void row(std::string_view name, std::string_view value, float column, Colour const* colour = nullptr);
void space(float designed = 6);
void rule();

// In the middle of what is left of the pane: what would fill it.
void empty_view(char const* glyph, std::string_view title, std::string_view hint);

// What the last item, when hovered, teaches.
void teach(std::string_view title, std::string_view body, std::string_view manual = {});

// ---- linked selection ----

// After an item that stands for an entity: hover, click and double-click.
void entity_item(model::Entity, model::ViewState&, model::CommandQueue&);
// For parts drawn by hand: the pointer is over it in this frame.
void entity_hovered(model::Entity, model::ViewState&, model::CommandQueue&);
enum class Emphasis : unsigned char { none, hovered, selected };
Emphasis emphasis(model::Entity, model::ViewState const&);
// The row's background for its emphasis, over the full width, behind what follows.
void emphasise_row(model::Entity, model::ViewState const&, float height);

inline ImVec2 at(model::Point p) { return {p.x, p.y}; }
inline ImVec2 at(model::Rect const& r) { return {r.x, r.y}; }
inline ImVec2 end_of(model::Rect const& r) { return {r.right(), r.bottom()}; }

}  // namespace viz::widgets
