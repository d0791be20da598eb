// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whose is each frame of physical memory, or when did it last change: a map of all
// RAM as one picture, what its colours mean, and the frame below the pointer.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "simulator/debug/text.hpp"
#include "visualizer/model/frame_heat.hpp"
#include "visualizer/model/owner_grid.hpp"
#include "visualizer/model/time_axis.hpp"
#include "visualizer/panels/cell_map.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::FrameMap;

class FramesView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& now = model.now();
        if (!now.kernel.frames || now.kernel.frames->owner.empty()) {
            empty_kernel_list(model, now.kernel.frames_health, "physical frames");
            return;
        }
        FrameMap const& map = *now.kernel.frames;
        draw_choice(state, queue);
        bool const changes = state.show_changes && now.heat;
        if (state.show_changes && !now.heat)
            text(fonts().small, theme().faint, "The checkpoints are being looked at ...");
        else if (!changes)
            draw_owner_legend(map, 2, state, queue);
        // The heat is known with the grid, and the grid with what room its legend leaves.
        ImVec2 const legend = ImGui::GetCursorScreenPos();
        if (changes) ImGui::Dummy({1, text_size(fonts().small, "X").y + px(5)});
        space(4);
        // With the gaps before it.
        float caption = text_size(fonts().small, "X").y + px(2) + 2 * ImGui::GetStyle().ItemSpacing.y;
        ImVec2 room = ImGui::GetContentRegionAvail();
        room.y -= caption;
        grid_ = model::owner_grid(map, room.x, room.y, std::max(2.0f, std::floor(px(2))), std::floor(px(14)));
        if (grid_.columns == 0) return;
        heat_ = {};
        if (changes) {
            heat_ = model::frame_heat(*now.heat, grid_, model::heat_window(state), now.virtual_ns);
            draw_heat_legend(legend, map);
        }
        draw_map(map, model, state, queue);
        draw_caption(map, model, state);
    }

private:
    void draw_choice(ViewState const& state, CommandQueue& queue) const {
        auto choice = [&](char const* id, char const* label, char const* tooltip, bool active) {
            if (text_button(id, label, tooltip, active) && !active) queue.push(CommandId::show_changes);
        };
        choice("owner", "By owner", "Whose each frame is (V)", !state.show_changes);
        ImGui::SameLine(0, px(6));
        choice("changes", "By last change",
               "When each frame changed, as the checkpoints tell: between the markers A and B, since the "
               "only one, or since the beginning (V)",
               state.show_changes);
    }

    void draw_heat_legend(ImVec2 p, FrameMap const& map) const {
        auto* list = ImGui::GetWindowDrawList();
        float const right = p.x + ImGui::GetContentRegionAvail().x, box = px(10), h = px(10);
        auto square = [&](Colour c) {
            list->AddRectFilled({p.x, p.y + px(3)}, {p.x + box, p.y + px(3) + h}, packed(c), px(2));
            p.x += px(15);
        };
        auto word = [&](Colour c, std::string const& said) {
            if (p.x < right) p.x += text_at(list, p, fonts().small, c, said, right - p.x);
            p.x += px(5);
        };
        square(model::heat_colour(theme(), 0));
        word(theme().text, "unchanged");
        word(theme().faint, sim::debug::format_bytes((map.owner.size() - heat_.changed) * 4096));
        p.x += px(9);
        if (heat_.changed == 0) return word(theme().text, "nothing changed in this time");
        word(theme().quiet, model::short_time(heat_.end_ns - heat_.oldest_ns) + " ago");
        float const length = std::clamp((right - p.x) * 0.3f, px(40), px(160));
        for (unsigned i = 0; i < 32; ++i) {
            float const a = p.x + length * static_cast<float>(i) / 32,
                        b = p.x + length * static_cast<float>(i + 1) / 32;
            list->AddRectFilled(
                {a, p.y + px(3)}, {b, p.y + px(3) + h},
                packed(model::heat_colour(theme(), static_cast<std::uint8_t>(1 + i * 254 / 31))));
        }
        p.x += length + px(5);
        word(theme().text, model::exact_time(heat_.end_ns));
        word(theme().faint, sim::debug::format_bytes(heat_.changed * 4096) + " changed");
    }

    void draw_map(FrameMap const& map, Model const& model, ViewState& state, CommandQueue& queue) {
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = static_cast<float>(grid_.columns) * grid_.cell,
              height = static_cast<float>(grid_.rows) * grid_.cell;
        ImGui::InvisibleButton("map", {width, height});
        under_ = UINT64_MAX;
        if (ImGui::IsItemHovered()) {
            ImVec2 mouse = ImGui::GetIO().MousePos;
            under_ = grid_.frame_at({mouse.x - p.x, mouse.y - p.y});
            if (under_ != UINT64_MAX) {
                entity_hovered({EntityKind::frame, under_, grid_.frames_per_cell}, state, queue);
                tooltip(map, model);
            }
        }
        auto* list = ImGui::GetWindowDrawList();
        pixels_.assign(static_cast<std::size_t>(grid_.columns) * grid_.rows, 0);
        std::array<Colour, 256> colours;
        for (unsigned i = 0; i < colours.size(); ++i)
            colours[i] = heat_.cells.empty() ? model::owner_colour(theme(), map, i)
                                             : model::heat_colour(theme(), static_cast<std::uint8_t>(i));
        for (std::size_t i = 0; i < grid_.owner.size(); ++i) {
            Colour c = colours[heat_.cells.empty() ? grid_.owner[i] : heat_.cells[i]];
            // A cell that is partly free is partly pale.
            if (heat_.cells.empty() && grid_.share[i] && grid_.share[i] < 255)
                c = model::mix(theme().idle, c, 0.35f + 0.65f * static_cast<float>(grid_.share[i]) / 255.0f);
            pixels_[i] = packed(c);
        }
        draw_cells(CellMap::frames, grid_, pixels_, p);
        auto frame_box = [&](std::uint64_t frame, Colour c) {
            model::Rect r = grid_.cell_of(frame);
            if (!r.empty())
                list->AddRect({p.x + r.x - 1, p.y + r.y - 1}, {p.x + r.right() + 1, p.y + r.bottom() + 1},
                              packed(c), 0, 0, px(2));
        };
        if (state.selected.kind == EntityKind::frame) frame_box(state.selected.id, theme().now);
        if (state.hovered.kind == EntityKind::frame) frame_box(state.hovered.id, theme().quiet);
    }

    void tooltip(FrameMap const& map, Model const& model) const {
        ImGui::BeginTooltip();
        std::uint64_t index = under_ - map.first;
        std::string owner = index < map.owner.size() && map.owner[index] < map.owners.size()
                                ? map.owners[map.owner[index]]
                                : "?";
        text(fonts().strong, theme().text, owner);
        text(fonts().mono, theme().quiet, fmt::format("frame {:#x}, physical {:#x}", under_, under_ << 12));
        if (auto const& heat = model.now().heat)
            text(fonts().text, theme().quiet, model::heat_text(*heat, under_, model.now().virtual_ns));
        ImGui::EndTooltip();
    }

    void draw_caption(FrameMap const& map, Model const& model, ViewState const& state) const {
        space(2);
        std::string cell =
            grid_.frames_per_cell == 1
                ? "one square is one frame of 4 KiB"
                : fmt::format("one square is {}", sim::debug::format_bytes(grid_.frames_per_cell * 4096));
        std::string caption = fmt::format(
            "{} from {:#x}; {}", sim::debug::format_bytes(map.owner.size() * 4096), map.first << 12, cell);
        if (state.selected.kind == EntityKind::frame) {
            std::uint64_t index = state.selected.id - map.first;
            if (index < map.owner.size() && map.owner[index] < map.owners.size())
                caption = fmt::format("frame {:#x} at physical {:#x}: {}", state.selected.id,
                                      state.selected.id << 12, map.owners[map.owner[index]]);
            if (auto const& heat = model.now().heat)
                caption += "; " + model::heat_text(*heat, state.selected.id, model.now().virtual_ns);
        }
        text_cut(fonts().small, theme().faint, caption, 0);
    }

    model::OwnerGrid grid_;
    model::FrameHeat heat_;
    std::vector<std::uint32_t> pixels_;
    std::uint64_t under_ = UINT64_MAX;
};

}  // namespace

void draw_owner_legend(FrameMap const& map, unsigned lines, ViewState&, CommandQueue&) {
    // The largest holders first; free memory last.
    std::vector<unsigned> order;
    for (unsigned i = 0; i < map.owners.size(); ++i)
        if (i < map.frames_by_owner.size() && map.frames_by_owner[i]) order.push_back(i);
    std::ranges::stable_sort(order, [&](unsigned a, unsigned b) {
        bool free_a = model::is_free(map.owners[a]), free_b = model::is_free(map.owners[b]);
        return free_a != free_b ? free_b : map.frames_by_owner[a] > map.frames_by_owner[b];
    });
    float width = ImGui::GetContentRegionAvail().x, line_height = text_size(fonts().small, "X").y + px(5);
    ImVec2 start = ImGui::GetCursorScreenPos(), p = start;
    auto* list = ImGui::GetWindowDrawList();
    unsigned line = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::string size = sim::debug::format_bytes(map.frames_by_owner[order[i]] * 4096);
        std::string const& name = map.owners[order[i]];
        float name_width = text_size(fonts().small, name).x, size_width = text_size(fonts().small, size).x;
        float whole = px(15) + name_width + px(5) + size_width;
        float reserve = line + 1 == lines && i + 1 < order.size() ? px(30) : 0;
        if (p.x > start.x && p.x + whole + reserve > start.x + width) {
            if (++line == lines) {
                text_at(list, {p.x, p.y}, fonts().small, theme().faint, fmt::format("+{}", order.size() - i));
                break;
            }
            p = {start.x, p.y + line_height};
        }
        float box = px(10);
        list->AddRectFilled({p.x, p.y + px(3)}, {p.x + box, p.y + px(3) + box},
                            packed(model::owner_colour(theme(), map, order[i])), px(2));
        text_at(list, {p.x + px(15), p.y}, fonts().small, theme().text, name);
        text_at(list, {p.x + px(15) + name_width + px(5), p.y}, fonts().small, theme().faint, size);
        p.x += whole + px(14);
    }
    ImGui::Dummy({width, static_cast<float>(std::min(line + 1, lines)) * line_height});
}

void empty_kernel_list(Model const& model, sim::debug::ListHealth const& health, char const* what) {
    auto const& kernel = model.now().kernel;
    if (!kernel.problem.empty())
        empty_view(icons::info, fmt::format("No {} to show", what), kernel.problem);
    else if (!health.problem.empty())
        empty_view(icons::info, fmt::format("No {} to show", what), health.problem);
    else if (!health.declared)
        empty_view(icons::info, fmt::format("No {} to show", what),
                   "This image does not declare them in its views.query.");
    else
        empty_view(icons::hourglass, fmt::format("No {} yet", what),
                   "The kernel has not come so far. Run the machine (Space), or step.");
}

std::unique_ptr<View> make_frames_view() { return std::make_unique<FramesView>(); }

}  // namespace viz::panels
