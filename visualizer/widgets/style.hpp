// SPDX-License-Identifier: GPL-2.0-or-later
//
// The look of a frame: theme, fonts and scale. The application sets it before a
// frame; widgets and panels ask style(). One at a time, as Dear ImGui has one
// context at a time.
#pragma once

#include <imgui.h>

#include <string>

#include "visualizer/model/colour.hpp"

namespace viz::widgets {

struct Fonts {
    ImFont* text = nullptr;     // proportional, 15 px at scale 1
    ImFont* strong = nullptr;   // medium weight
    ImFont* small = nullptr;    // captions
    ImFont* heading = nullptr;  // 19 px
    ImFont* mono = nullptr;     // data: clear 0/O and 1/l
    ImFont* mono_strong = nullptr;
    ImFont* mono_small = nullptr;
    ImFont* mono_large = nullptr;
    ImFont* icons = nullptr;  // large icons, for the activity list
    bool have_icons = false;
    std::string missing;  // which faces were not found: for the status bar
};

// Fills the atlas of the current context for this scale. Looks in the folders
// where Debian installs the three font packages (and in VIV_FONT_DIR); a face
// that is missing falls back to Dear ImGui's own, and `missing` names it.
Fonts load_fonts(float scale);

struct Style {
    model::Theme const* theme = nullptr;
    Fonts fonts;
    float scale = 1;
};

Style const& style();
void set_style(Style const&);  // also pushes sizes and colours into ImGui's own style

// Short forms that every panel uses.
inline model::Theme const& theme() { return *style().theme; }
inline Fonts const& fonts() { return style().fonts; }
inline float px(float designed) { return designed * style().scale; }
inline ImU32 packed(model::Colour c) { return c.packed(); }
inline ImVec4 vec(model::Colour c) {
    return {static_cast<float>(c.r) / 255.0f, static_cast<float>(c.g) / 255.0f,
            static_cast<float>(c.b) / 255.0f, static_cast<float>(c.a) / 255.0f};
}
// The icon if there is an icon font, else the word.
inline char const* icon(char const* glyph, char const* word = "") {
    return fonts().have_icons ? glyph : word;
}

}  // namespace viz::widgets
