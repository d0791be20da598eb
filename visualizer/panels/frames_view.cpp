// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whose is each frame of physical memory, when did it last change, how often was it
// written or read: a map of all RAM as one picture, what its colours mean, and the frame
// below the pointer.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "simulator/debug/text.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/access_heat.hpp"
#include "visualizer/model/frame_heat.hpp"
#include "visualizer/model/memory_place.hpp"
#include "visualizer/model/memory_zoom.hpp"
#include "visualizer/model/owner_grid.hpp"
#include "visualizer/model/time_axis.hpp"
#include "visualizer/panels/cell_map.hpp"
#include "visualizer/panels/frames_legend.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using model::MapColouring;
using sim::debug::FrameMap;

// What is counted for the map; none: it is painted otherwise.
std::optional<model::Touch> touch_of(ViewState const& state) {
    if (state.map_colouring == MapColouring::writes) return model::Touch::written;
    if (state.map_colouring == MapColouring::reads) return model::Touch::read;
    return std::nullopt;
}

class FramesView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& now = model.now();
        if (!now.kernel.frames || now.kernel.frames->owner.empty()) {
            empty_kernel_list(model, now.kernel.frames_health, "physical frames");
            return;
        }
        FrameMap const& map = *now.kernel.frames;
        draw_choice(model, state, queue);
        draw_zoom(map, state, queue);
        bool const changes = state.map_colouring == MapColouring::changes && now.heat;
        auto const touch = touch_of(state);
        if (touch && !now.accesses) return nothing_counted(model, state);
        if (state.map_colouring == MapColouring::changes && !now.heat)
            text(fonts().small, theme().faint, "The checkpoints are being looked at ...");
        else if (!changes && !touch)
            draw_owner_legend(map, 2, state, queue);
        // The heat is known with the grid, and the grid with what room its legend leaves.
        Place place{ImGui::GetCursorScreenPos(), {}, changes, touch};
        if (changes || touch) ImGui::Dummy({1, text_size(fonts().small, "X").y + px(5)});
        space(4);
        // With the gaps before it.
        float caption = text_size(fonts().small, "X").y + px(2) + 2 * ImGui::GetStyle().ItemSpacing.y;
        place.room = ImGui::GetContentRegionAvail();
        place.room.y -= caption;
        ImVec2 const top = ImGui::GetCursorScreenPos();
        if (!draw_squares(map, model, state, queue, place)) return;
        draw_caption(map, model, state);
        wheel({top.x, top.y, place.room.x, place.room.y}, map, state, queue);
    }

private:
    struct Place {
        ImVec2 legend;  // of the heat
        ImVec2 room;    // for the squares
        bool changes = false;
        std::optional<model::Touch> touch;
    };
    // False: there is no room for any.
    bool draw_squares(FrameMap const& map, Model const& model, ViewState& state, CommandQueue& queue, Place place) {
        auto const& now = model.now();
        auto& room = place.room;
        float const smallest = std::max(2.0f, std::floor(px(2)));
        if (state.map_window) {
            room.y -= px(12);
            draw_where(map, *state.map_window);
            if (lay_out_bytes(*state.map_window, room, smallest)) return draw_bytes(map, model, state, queue), true;
            grid_ = model::owner_grid(map, state.map_window->first / model::frame_bytes,
                                      std::max<std::uint64_t>(state.map_window->length / model::frame_bytes, 1), room.x,
                                      room.y, smallest, std::floor(px(120)));
        } else {
            grid_ = model::owner_grid(map, room.x, room.y, smallest, std::floor(px(14)));
        }
        if (grid_.columns == 0) return false;
        heat_ = {};
        counts_ = {};
        if (place.touch) {
            counts_ = model::access_heat(*now.accesses, grid_, *place.touch);
            draw_count_legend(place.legend, counts_, map.owner.size(), *place.touch);
        }
        if (place.changes) {
            heat_ = model::frame_heat(*now.heat, grid_, model::heat_window(state), now.virtual_ns);
            draw_heat_legend(place.legend, heat_, map.owner.size());
        }
        draw_map(map, model, state, queue);
        return true;
    }

    void draw_choice(Model const& model, ViewState const& state, CommandQueue& queue) const {
        struct Choice {
            MapColouring by;
            std::optional<CommandId> command;  // none: what is chosen now, again
            char const *id, *label, *tooltip;
        };
        static constexpr Choice choices[] = {
            {MapColouring::owner, std::nullopt, "owner", "By owner", "Whose each frame is"},
            {MapColouring::changes, CommandId::show_changes, "changes", "By last change",
             "When each frame changed, as the checkpoints tell: between the markers A and B, since the "
             "only one, or since the beginning (V)"},
            {MapColouring::writes, CommandId::show_writes, "writes", "By writes",
             "How often each frame was written: between the markers A and B, since the only one, or in the last "
             "million instructions, which are lived again for it (Shift+V)"},
            {MapColouring::reads, CommandId::show_reads, "reads", "By reads",
             "How often each frame was read in that time (Alt+V)"},
        };
        for (Choice const& c : choices) {
            if (&c != choices) next_button(c.label, px(6));
            bool const active = state.map_colouring == c.by;
            auto const why = c.command ? model::why_not(*c.command, state.unit, model.now()) : std::string_view();
            if (!why.empty()) {
                text_button(c.id, c.label, model::as_sentence(why).c_str(), false, false);
                continue;
            }
            if (!text_button(c.id, c.label, c.tooltip, active) || active) continue;
            // Asked for again, a colouring gives way to the owners.
            for (Choice const& now : choices)
                if (CommandId const command = c.command.value_or(now.command.value_or(CommandId::count_));
                    now.by == state.map_colouring && command != CommandId::count_)
                    queue.push(command);
        }
    }

    // What will fill the map.
    static void nothing_counted(Model const& model, ViewState const& state) {
        auto const& now = model.now();
        if (auto const why = model::why_not(CommandId::show_writes, state.unit, now); !why.empty())
            return empty_view(icons::info, "Not counted here", model::as_sentence(why));
        if (model.running())
            return empty_view(icons::hourglass, "Nothing is counted yet",
                              "Reads and writes are counted while the machine stands still. Pause it (Space).");
        empty_view(icons::hourglass,
                   now.counting ? fmt::format("Counting: {:.0f} %", *now.counting * 100) : std::string("Counting"),
                   "The stretch is lived again, with an eye on every read and write: between the markers A and B, since "
                   "the only one, or the last million instructions.");
    }

    // Closer, farther, and how close one is.
    static void draw_zoom(FrameMap const& map, ViewState const& state, CommandQueue& queue) {
        model::MemoryWindow const shown = state.map_window.value_or(model::all_memory(map));
        std::string const where = state.map_window
                                      ? fmt::format("{} from {:#x}", sim::debug::format_bytes(shown.length), shown.first)
                                      : sim::debug::format_bytes(shown.length);
        next_button("+", px(12));
        if (text_button("closer", "+", "Closer, around what is selected (Shift+W; the wheel)", false,
                        shown.length > 1))
            queue.push(CommandId::map_in);
        next_button("-", px(4));
        if (text_button("farther", "-", "Farther (Shift+S; the wheel)", false, state.map_window.has_value()))
            queue.push(CommandId::map_out);
        if (!state.map_window) return;
        next_button("All of RAM", px(4));
        if (text_button("all", "All of RAM", "Every frame (Shift+A)")) queue.push(CommandId::map_all);
        ImGui::SameLine(0, px(8));
        // In the middle of the buttons' height.
        ImGui::SetCursorPosY(ImGui::GetCursorPosY() + (ImGui::GetItemRectSize().y - text_size(fonts().small, where).y) / 2);
        text_cut(fonts().small, theme().quiet, where, 0);
    }

    // All of RAM as a line, and where in it the map is.
    void draw_where(FrameMap const& map, model::MemoryWindow window) const {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        float const width = ImGui::GetContentRegionAvail().x, height = px(7);
        auto* list = ImGui::GetWindowDrawList();
        model::MemoryWindow const all = model::all_memory(map);
        auto const x = [&](std::uint64_t address) {
            return p.x + width * static_cast<float>(static_cast<double>(address - all.first) /
                                                    static_cast<double>(all.length));
        };
        // Runs of one owner at so many points: fine enough for a line.
        constexpr unsigned points = 256;
        auto const owner_at = [&](unsigned i) { return map.owner[map.owner.size() * i / points]; };
        for (unsigned i = 0; i < points;) {
            unsigned end = i + 1;
            while (end < points && owner_at(end) == owner_at(i)) ++end;
            list->AddRectFilled({p.x + width * static_cast<float>(i) / points, p.y},
                                {p.x + width * static_cast<float>(end) / points, p.y + height},
                                packed(model::owner_colour(theme(), map, owner_at(i))));
            i = end;
        }
        float const from = x(window.first), to = std::max(x(std::min(window.end(), all.end())), from + px(3));
        list->AddRect({from - px(1), p.y - px(1)}, {to + px(1), p.y + height + px(1)}, packed(theme().now), 0, 0, px(2));
        ImGui::Dummy({width, height + px(5)});
    }

    // The wheel zooms around what is below the pointer, or next to it: who zooms goes on,
    // though squares become others below a pointer that stands still.
    void wheel(model::Rect area, FrameMap const& map, ViewState const& state, CommandQueue& queue) {
        ImVec2 const mouse = ImGui::GetIO().MousePos;
        if (!ImGui::IsWindowHovered() || !area.contains(model::Point{mouse.x, mouse.y})) return;
        int steps = wheel_.steps(ImGui::GetIO().MouseWheel);
        for (; steps > 0; --steps) queue.push(CommandId::map_in, address_next_to(mouse, state));
        // Farther than all of RAM there is nothing.
        for (auto window = state.map_window; steps < 0 && window; ++steps) {
            queue.push(CommandId::map_out);
            window = model::zoomed_out(*window, model::all_memory(map));
        }
    }

    std::uint64_t address_next_to(ImVec2 mouse, ViewState const& state) const {
        bool const bytes = state.map_window && bytes_.columns;
        auto const within = [&](auto const& grid) {
            auto const clamped = [&](float at, unsigned cells) {
                return std::clamp(at, 0.0f, static_cast<float>(cells) * grid.cell - 1);
            };
            return model::Point{clamped(mouse.x - corner_.x, grid.columns), clamped(mouse.y - corner_.y, grid.rows)};
        };
        if (bytes) return std::min(bytes_.byte_at(within(bytes_)), bytes_.window.end() - 1);
        return std::min(grid_.frame_at(within(grid_)), grid_.first_frame + grid_.frames - 1) * model::frame_bytes;
    }

    // With the rows' addresses before them, where these are as high as digits. False: frames say more.
    bool lay_out_bytes(model::MemoryWindow window, ImVec2 room, float smallest) {
        ImVec2 const digits = text_size(fonts().mono_small, fmt::format("{:#x}", window.end()));
        gutter_ = std::floor(digits.x + px(10));
        float const largest = std::floor(px(72));
        bytes_ = model::byte_grid(window, room.x - gutter_, room.y, smallest, largest);
        if (bytes_.columns && bytes_.cell >= digits.y) return true;
        gutter_ = 0;
        bytes_ = model::byte_grid(window, room.x, room.y, smallest, largest);
        return bytes_.columns > 0;
    }

    void draw_addresses(ImVec2 p) const {
        float const y = p.y + (bytes_.cell - text_size(fonts().mono_small, "0").y) / 2;
        for (unsigned row = 0; row < bytes_.rows; ++row)
            text_at(ImGui::GetWindowDrawList(), {p.x, y + static_cast<float>(row) * bytes_.cell}, fonts().mono_small,
                    theme().faint,
                    fmt::format("{:#x}", bytes_.window.first + std::uint64_t{row} * bytes_.columns * bytes_.bytes_per_cell));
    }

    // Single bytes, coloured by whose the frame is, the brighter the larger the value; with
    // digits where there is room, and of one byte every bit.
    void draw_bytes(FrameMap const& map, Model const& model, ViewState& state, CommandQueue& queue) {
        if (gutter_ > 0) {
            draw_addresses(ImGui::GetCursorScreenPos());
            ImGui::SetCursorPosX(ImGui::GetCursorPosX() + gutter_);
        }
        ImVec2 const p = corner_ = ImGui::GetCursorScreenPos();
        auto const& g = bytes_;
        ImGui::InvisibleButton("bytes", {static_cast<float>(g.columns) * g.cell, static_cast<float>(g.rows) * g.cell});
        auto* list = ImGui::GetWindowDrawList();
        if (ImGui::IsItemHovered()) {
            ImVec2 const mouse = ImGui::GetIO().MousePos;
            if (auto const at = g.byte_at({mouse.x - p.x, mouse.y - p.y}); at != UINT64_MAX) {
                entity_hovered({EntityKind::physical_range, at, g.bytes_per_cell}, state, queue);
                place_tooltip(model, at, 0, false);
            }
        }
        auto const* block = model.now().zoomed_at(g.window.first);
        std::array<Colour, 256> owners;
        for (unsigned i = 0; i < owners.size(); ++i) owners[i] = model::owner_colour(theme(), map, i);
        auto const owner_colour = [&](std::uint64_t address) {
            std::uint64_t const index = address / model::frame_bytes - map.first;
            return index < map.owner.size() ? owners[map.owner[index]] : theme().grid;
        };
        auto const ground = [&](std::uint64_t address, unsigned value) {
            float const share = value ? 0.35f + 0.65f * static_cast<float>(value) / 255.0f : 0.14f;
            return model::mix(theme().pane, owner_colour(address), share);
        };
        // The largest byte of a cell stands for it.
        auto const value = [&](std::uint64_t address) {
            unsigned most = 0;
            for (std::uint64_t i = 0; block && i < g.bytes_per_cell; ++i)
                if (std::uint64_t const at = address + i - block->request.address; at < block->bytes.size())
                    most = std::max<unsigned>(most, block->bytes[at]);
            return most;
        };
        std::uint64_t const cells = (g.window.length + g.bytes_per_cell - 1) / g.bytes_per_cell;
        pixels_.assign(static_cast<std::size_t>(g.columns) * g.rows, packed(theme().pane));
        for (std::uint64_t i = 0; i < cells; ++i) {
            std::uint64_t const at = g.window.first + i * g.bytes_per_cell;
            pixels_[i] = packed(ground(at, value(at)));
        }
        model::OwnerGrid shape;
        shape.columns = g.columns, shape.rows = g.rows, shape.cell = g.cell;
        draw_cells(CellMap::frames, shape, pixels_, p);
        ImFont* const font = g.cell >= px(48) ? fonts().mono_large : g.cell >= px(22) ? fonts().mono : fonts().mono_small;
        ImVec2 const digits = text_size(font, "00");
        if (block && g.bytes_per_cell == 1 && g.cell > digits.x + px(3))
            for (std::uint64_t i = 0; i < cells; ++i) {
                std::uint64_t const at = g.window.first + i;
                unsigned const v = value(at);
                model::Rect const r = g.cell_of(at);
                text_at(list, {p.x + r.x + (r.width - digits.x) / 2, p.y + r.y + (r.height - digits.y) / 2}, font,
                        theme().ink(ground(at, v)), fmt::format("{:02x}", v));
            }
        if (g.window.length == 1 && block) draw_bits(p, value(g.window.first));
        auto const box = [&](Entity const& e, Colour c) {
            if (auto const at = model::physical_of(e))
                frame_around(p, g.box_of(*at, e.kind == EntityKind::frame ? std::max<std::uint64_t>(e.length, 1) * model::frame_bytes : e.length), c);
        };
        box(state.selected, theme().now);
        if (!(state.hovered == state.selected)) box(state.hovered, theme().quiet);
    }

    // Whole at the view's edges, too.
    static void frame_around(ImVec2 p, model::Rect r, Colour c) {
        if (r.empty()) return;
        float const inward = px(1);
        ImGui::GetWindowDrawList()->AddRect({p.x + std::max(r.x - 1, inward), p.y + std::max(r.y - 1, inward)},
                                            {p.x + r.right() + 1, p.y + r.bottom() + 1}, packed(c), 0, 0, px(2));
    }

    void draw_bits(ImVec2 p, unsigned value) const {
        auto* list = ImGui::GetWindowDrawList();
        float const side = px(26), top = p.y + px(14);
        float x = p.x + static_cast<float>(bytes_.columns) * bytes_.cell + px(24);
        for (unsigned bit = 8; bit-- > 0; x += side + px(4)) {
            bool const set = (value >> bit & 1U) != 0;
            ImVec2 const end{x + side, top + side};
            if (set)
                list->AddRectFilled({x, top}, end, packed(model::mix(theme().pane, theme().accent, 0.5f)), px(3));
            list->AddRect({x, top}, end, packed(set ? theme().accent : theme().border), px(3));
            text_at(list, {x + px(9), top + px(5)}, fonts().mono, set ? theme().text : theme().faint, set ? "1" : "0");
            text_at(list, {x + px(10), top + side + px(3)}, fonts().small, theme().faint, fmt::format("{}", bit));
        }
    }

    static void place_tooltip(Model const& model, std::uint64_t address, std::uint64_t frames, bool counted) {
        ImGui::BeginTooltip();
        auto const lines = model::lines_of(model::memory_place(model, address), frames);
        for (std::size_t i = 0; i < lines.size(); ++i)
            text(i ? fonts().mono : fonts().strong, i ? theme().quiet : theme().text, lines[i]);
        if (counted) tell_counts(model, address / model::frame_bytes, frames);
        ImGui::EndTooltip();
    }

    static void tell_counts(Model const& model, std::uint64_t first, std::uint64_t frames) {
        auto const& accesses = model.now().accesses;
        if (!accesses) return;
        for (std::string const& line : model::access_lines(*accesses, first, std::max<std::uint64_t>(frames, 1)))
            text(fonts().text, theme().text, line);
        text(fonts().small, theme().faint, "counted " + model::access_stretch(*accesses));
    }

    void draw_map(FrameMap const& map, Model const& model, ViewState& state, CommandQueue& queue) {
        ImVec2 const p = corner_ = ImGui::GetCursorScreenPos();
        float width = static_cast<float>(grid_.columns) * grid_.cell,
              height = static_cast<float>(grid_.rows) * grid_.cell;
        ImGui::InvisibleButton("map", {width, height});
        under_ = UINT64_MAX;
        if (ImGui::IsItemHovered()) {
            ImVec2 mouse = ImGui::GetIO().MousePos;
            under_ = grid_.frame_at({mouse.x - p.x, mouse.y - p.y});
            if (under_ != UINT64_MAX) {
                entity_hovered({EntityKind::frame, under_, grid_.frames_per_cell}, state, queue);
                if (state.map_window)
                    place_tooltip(model, under_ * model::frame_bytes, grid_.frames_per_cell, touch_of(state).has_value());
                else
                    tooltip(map, model, touch_of(state).has_value());
            }
        }
        auto const& hot = counts_.cells.empty() ? heat_.cells : counts_.cells;
        if (hot.empty()) {
            colour_by_owner(map, grid_, pixels_);
        } else {
            pixels_.assign(static_cast<std::size_t>(grid_.columns) * grid_.rows, 0);
            std::array<std::uint32_t, 256> colours;
            for (unsigned i = 0; i < colours.size(); ++i)
                colours[i] = packed(model::heat_colour(theme(), static_cast<std::uint8_t>(i)));
            for (std::size_t i = 0; i < hot.size(); ++i) pixels_[i] = colours[hot[i]];
        }
        draw_cells(CellMap::frames, grid_, pixels_, p);
        auto const box = [&](Entity const& e, Colour c) {
            constexpr std::uint64_t frame = model::frame_bytes;
            if (auto const at = model::physical_of(e))
                frame_around(p, grid_.box_of(*at / frame, e.kind == EntityKind::frame ? e.length : (e.length + frame - 1) / frame), c);
        };
        box(state.selected, theme().now);
        box(state.hovered, theme().quiet);
    }

    void tooltip(FrameMap const& map, Model const& model, bool counted) const {
        ImGui::BeginTooltip();
        text(fonts().strong, theme().text, map.owner_of(under_));
        text(fonts().mono, theme().quiet, fmt::format("frame {:#x}, physical {:#x}", under_, under_ << 12));
        if (counted)
            tell_counts(model, under_, grid_.frames_per_cell);
        else if (auto const& heat = model.now().heat)
            text(fonts().text, theme().quiet, model::heat_text(*heat, under_, model.now().virtual_ns));
        ImGui::EndTooltip();
    }

    void draw_caption(FrameMap const& map, Model const& model, ViewState const& state) const {
        space(2);
        bool const bytes = state.map_window && bytes_.columns;
        std::string const cell =
            bytes ? bytes_.bytes_per_cell == 1
                        ? "one square is one byte"
                        : fmt::format("one square is {} bytes: the largest of them", bytes_.bytes_per_cell)
            : grid_.frames_per_cell == 1
                ? "one square is one frame of 4 KiB"
                : fmt::format("one square is {}", sim::debug::format_bytes(grid_.frames_per_cell * 4096));
        auto const& heat = model.now().heat;
        auto const counts_of = [&](std::uint64_t frame, std::uint64_t frames) {
            std::string line;
            for (std::string const& part : model::access_lines(*model.now().accesses, frame, std::max<std::uint64_t>(frames, 1)))
                line += "; " + part;
            return line;
        };
        bool const counted = touch_of(state).has_value() && model.now().accesses;
        if (state.map_window) {
            auto const at = model::physical_of(state.selected);
            if (!at || !state.map_window->holds(*at)) return text_cut(fonts().small, theme().faint, cell, 0);
            std::string line;
            bool const several = state.selected.kind == EntityKind::frame && state.selected.length > 1;
            std::uint64_t const frames = bytes ? 0 : several ? state.selected.length : 1;
            for (std::string const& part : model::lines_of(model::memory_place(model, *at), frames))
                line += (line.empty() ? "" : "; ") + part;
            if (counted && !bytes)
                line += counts_of(*at / model::frame_bytes, frames);
            else if (heat && !bytes && frames == 1)
                line += "; " + model::heat_text(*heat, *at / model::frame_bytes, model.now().virtual_ns);
            return text_cut(fonts().small, theme().faint, line, 0);
        }
        std::string caption = fmt::format(
            "{} from {:#x}; {}", sim::debug::format_bytes(map.owner.size() * 4096), map.first << 12, cell);
        if (state.selected.kind == EntityKind::frame) {
            if (std::string const& owner = map.owner_of(state.selected.id); !owner.empty())
                caption = fmt::format("frame {:#x} at physical {:#x}: {}", state.selected.id,
                                      state.selected.id << 12, owner);
            if (counted)
                caption += counts_of(state.selected.id, state.selected.length);
            else if (heat)
                caption += "; " + model::heat_text(*heat, state.selected.id, model.now().virtual_ns);
        }
        if (counted && state.selected.kind != EntityKind::frame)
            caption += model.now().counting
                           ? fmt::format("; counting anew, {:.0f} %", *model.now().counting * 100)
                           : "; counted " + model::access_stretch(*model.now().accesses);
        text_cut(fonts().small, theme().faint, caption, 0);
    }

    model::OwnerGrid grid_;
    model::ByteGrid bytes_;
    float gutter_ = 0;  // left of them
    ImVec2 corner_;     // of the squares
    model::FrameHeat heat_;
    model::AccessHeat counts_;
    std::vector<std::uint32_t> pixels_;
    std::uint64_t under_ = UINT64_MAX;
    model::WheelSteps wheel_;
};

}  // namespace

std::unique_ptr<View> make_frames_view() { return std::make_unique<FramesView>(); }

}  // namespace viz::panels
