// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/widgets/textures.hpp"

namespace viz::widgets {
namespace {
TextureStore* store = nullptr;
}

TextureStore* textures() { return store; }
void set_textures(TextureStore* next) { store = next; }

}  // namespace viz::widgets
