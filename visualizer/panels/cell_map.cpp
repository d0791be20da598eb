// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/panels/cell_map.hpp"

#include <array>

#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/textures.hpp"

namespace viz::panels {

using namespace widgets;

namespace {

// No graphics library: runs of equal cells as rectangles.
void draw_runs(ImDrawList* list, model::OwnerGrid const& grid, std::span<std::uint32_t const> pixels, ImVec2 p) {
    for (unsigned row = 0; row < grid.rows; ++row)
        for (unsigned c = 0; c < grid.columns;) {
            unsigned end = c;
            std::uint32_t const colour = pixels[static_cast<std::size_t>(row) * grid.columns + c];
            while (end < grid.columns && pixels[static_cast<std::size_t>(row) * grid.columns + end] == colour)
                ++end;
            float const y = p.y + static_cast<float>(row) * grid.cell;
            list->AddRectFilled({p.x + static_cast<float>(c) * grid.cell, y},
                                {p.x + static_cast<float>(end) * grid.cell, y + grid.cell}, colour);
            c = end;
        }
}

}  // namespace

void colour_by_owner(sim::debug::FrameMap const& map, model::OwnerGrid const& grid,
                     std::vector<std::uint32_t>& pixels) {
    std::array<Colour, 256> colours;
    for (unsigned i = 0; i < colours.size(); ++i) colours[i] = model::owner_colour(theme(), map, i);
    pixels.assign(static_cast<std::size_t>(grid.columns) * grid.rows, 0);
    for (std::size_t i = 0; i < grid.owner.size(); ++i) {
        Colour c = colours[grid.owner[i]];
        if (grid.share[i] && grid.share[i] < 255)
            c = model::mix(theme().idle, c, 0.35f + 0.65f * static_cast<float>(grid.share[i]) / 255.0f);
        pixels[i] = packed(c);
    }
}

void draw_cells(CellMap map, model::OwnerGrid const& grid, std::span<std::uint32_t const> pixels, ImVec2 p) {
    auto* list = ImGui::GetWindowDrawList();
    float const width = static_cast<float>(grid.columns) * grid.cell,
                height = static_cast<float>(grid.rows) * grid.cell;
    ImTextureID const texture =
        textures() ? textures()->upload(static_cast<unsigned>(map), grid.columns, grid.rows, pixels) : nullptr;
    if (texture)
        list->AddImage(texture, p, {p.x + width, p.y + height});
    else
        draw_runs(list, grid, pixels, p);
    // Fine lines between cells, where cells are large enough to count.
    if (grid.cell < px(5)) return;
    ImU32 const line = packed(theme().pane);
    for (unsigned c = 0; c <= grid.columns; ++c) {
        float const x = p.x + static_cast<float>(c) * grid.cell;
        list->AddLine({x, p.y}, {x, p.y + height}, line);
    }
    for (unsigned r = 0; r <= grid.rows; ++r) {
        float const y = p.y + static_cast<float>(r) * grid.cell;
        list->AddLine({p.x, y}, {p.x + width, y}, line);
    }
}

}  // namespace viz::panels
