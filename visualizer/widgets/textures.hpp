// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pictures that panels compute pixel by pixel (a map of all frames is one). The
// application gives the store that knows the graphics library; with none (tests
// without a display) upload() says null and the panel draws rectangles.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <span>

namespace viz::widgets {

class TextureStore {
public:
    virtual ~TextureStore() = default;
    // Replaces the picture of a slot. Pixels as ImGui packs colours, row by row;
    // shown without smoothing.
    virtual ImTextureID upload(unsigned slot, unsigned width, unsigned height,
                               std::span<std::uint32_t const> pixels) = 0;
};

TextureStore* textures();  // may be null
void set_textures(TextureStore*);

}  // namespace viz::widgets
