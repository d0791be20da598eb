// SPDX-License-Identifier: GPL-2.0-or-later
//
// A disk: whose each block is, what is written and read just now, how far the journal
// has come; of the selected block its bytes, its file, and who wrote it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "simulator/debug/text_disk.hpp"
#include "visualizer/model/disk_lights.hpp"
#include "visualizer/model/owner_grid.hpp"
#include "visualizer/panels/cell_map.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using model::BlockMark;
using sim::debug::BlockCache;
using sim::debug::DiskJournal;
using sim::debug::DiskMap;
using sim::debug::DiskUse;

class DiskView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& now = model.now();
        if (!now.request || !now.request->disks) return;
        if (!now.disks_problem.empty()) {
            empty_view(icons::disk, "The disks are not known here", now.disks_problem);
            return;
        }
        if (now.disks.empty()) {
            empty_view(icons::disk, "This machine has no disk",
                       "Give it one: ./viv mkfs site.disk --size 8M --from FOLDER, then ./viv run http --disk "
                       "site.disk --gui.");
            return;
        }
        if (state.selected.kind == EntityKind::disk_block)
            disk_ = sim::debug::disk_of(state.selected.id);
        disk_ = std::min(disk_, static_cast<unsigned>(now.disks.size() - 1));
        DiskMap const& map = *now.disks[disk_];
        if (now.disks.size() > 1) draw_choice(now.disks, queue);
        find_uses(model, map);
        ImVec2 const room = ImGui::GetContentRegionAvail();
        bool const beside = room.x > px(760);
        float const side = beside ? std::floor(room.x * 0.42f) : 0;
        ImGui::BeginChild("map", {beside ? room.x - side - px(12) : room.x,
                                  beside ? room.y : std::floor(room.y * 0.52f)});
        draw_head(map, model);
        draw_owner_legend(map.owner, beside ? 2 : 1, state, queue);
        space(3);
        draw_map(map, model, state, queue);
        ImGui::EndChild();
        if (beside) ImGui::SameLine(0, px(12));
        ImGui::BeginChild("side", {0, 0});
        if (state.selected.kind == EntityKind::disk_block)
            draw_block(map, model, state, queue);
        else
            draw_uses(map, model, state, queue);
        ImGui::EndChild();
    }

private:
    void draw_choice(std::vector<std::shared_ptr<DiskMap const>> const& disks, CommandQueue& queue) {
        for (unsigned i = 0; i < disks.size(); ++i) {
            if (i) ImGui::SameLine(0, px(6));
            std::string const id = fmt::format("disk{}", i);
            if (text_button(id.c_str(), disks[i]->device, nullptr, i == disk_)) {
                disk_ = i;
                queue.push(CommandId::clear_selection);
            }
        }
    }

    // Of all that happened, the newest: looked for once a moment.
    void find_uses(Model const& model, DiskMap const& map) {
        auto const& now = model.now();
        if (uses_number_ == now.number && uses_disk_ == map.disk && uses_events_ == now.events.all.end() &&
            uses_at_ == now.moment)
            return;
        uses_ = sim::debug::newest_disk_uses(now.events, map.disk, now.moment, 64);
        uses_number_ = now.number, uses_disk_ = map.disk, uses_at_ = now.moment;
        uses_events_ = now.events.all.end();
    }

    static void draw_head(DiskMap const& map, Model const& model) {
        std::string const what = map.system.empty() ? "no file system" : map.system;
        heading(fmt::format("{}: {}", map.device, what),
                map.read_only ? "read-only" : sim::debug::format_bytes(map.blocks * 4096));
        if (!map.problem.empty())
            text_cut(fonts().small, theme().readable(theme().warning, theme().pane), map.problem, 0);
        // In little room the map counts more.
        bool const brief = ImGui::GetWindowHeight() < px(200);
        if (map.journal.state != DiskJournal::State::none) draw_journal(map, brief);
        if (brief) return;
        BlockCache const* cache = model.now().kernel.block_cache(map.device);
        std::string line;
        if (cache)
            line = fmt::format("{} of {} places of the kernel's cache hold a block, {} dirty", cache->blocks.size(),
                               cache->places, cache->dirty);
        if (map.blocks_at_risk)
            line += fmt::format("{}a power cut may take {}", line.empty() ? "" : "; ", map.blocks_at_risk);
        if (!line.empty()) text_cut(fonts().small, theme().faint, line, 0);
        space(2);
    }

    // A box for each block of the transaction: full when it is in its place.
    static void draw_journal(DiskMap const& map, bool brief) {
        DiskJournal const& j = map.journal;
        Colour const colour = j.state == DiskJournal::State::pending ? theme().warning
                              : j.state == DiskJournal::State::torn  ? theme().faint
                                                                     : theme().good;
        text_cut(fonts().small, theme().quiet, "journal: " + sim::debug::journal_text(map), 0);
        if (brief) return;
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        float const right = p.x + ImGui::GetContentRegionAvail().x, height = text_size(fonts().mono_small, "0").y;
        for (std::size_t i = 0; i < j.targets.size(); ++i) {
            std::string const number = fmt::format("{}", j.targets[i]);
            float const width = text_size(fonts().mono_small, number).x + px(10);
            if (p.x + width > right) break;
            bool const there = i < j.in_place.size() && j.in_place[i] && j.state != DiskJournal::State::torn;
            ImVec2 const end{p.x + width, p.y + height + px(4)};
            if (there)
                list->AddRectFilled(p, end, packed(model::mix(theme().pane, colour, 0.35f)), px(3));
            else
                list->AddRect(p, end, packed(colour), px(3));
            text_at(list, {p.x + px(5), p.y + px(2)}, fonts().mono_small, theme().text, number);
            p.x += width + px(4);
        }
        if (!j.targets.empty()) ImGui::Dummy({1, height + px(6)});
    }

    void draw_map(DiskMap const& map, Model const& model, ViewState& state, CommandQueue& queue) {
        // With the gaps before it.
        float const caption = text_size(fonts().small, "X").y + px(2) + 2 * ImGui::GetStyle().ItemSpacing.y;
        ImVec2 const room = ImGui::GetContentRegionAvail();
        grid_ = model::owner_grid(map.owner, room.x, room.y - caption, std::max(2.0f, std::floor(px(2))),
                                  std::floor(px(22)));
        if (grid_.columns == 0) return;
        ImVec2 const p = ImGui::GetCursorScreenPos();
        ImGui::InvisibleButton("blocks", {static_cast<float>(grid_.columns) * grid_.cell,
                                          static_cast<float>(grid_.rows) * grid_.cell});
        if (ImGui::IsItemHovered()) {
            ImVec2 const mouse = ImGui::GetIO().MousePos;
            std::uint64_t const block = grid_.frame_at({mouse.x - p.x, mouse.y - p.y});
            if (block != UINT64_MAX) {
                entity_hovered(entity_of(map, block), state, queue);
                tooltip(map, block, model);
            }
        }
        colour_by_owner(map.owner, grid_, pixels_);
        draw_cells(CellMap::disk, grid_, pixels_, p);
        auto* list = ImGui::GetWindowDrawList();
        auto const box = [&](std::uint64_t block, Colour c, float width) {
            model::Rect const r = grid_.cell_of(block);
            if (!r.empty())
                list->AddRect({p.x + r.x, p.y + r.y}, {p.x + r.right(), p.y + r.bottom()}, packed(c), 0, 0, width);
        };
        draw_marks(map, model, p);
        auto const lights = model::disk_lights(uses_);
        // The oldest first: newer ones lie over it.
        for (auto light = lights.rbegin(); light != lights.rend(); ++light)
            for (std::uint64_t b = light->first; b < light->first + std::min<std::uint64_t>(light->blocks, 64); ++b) {
                Colour const c = light->write ? theme().write : theme().read;
                model::Rect const r = grid_.cell_of(b);
                if (r.empty()) continue;
                // A spot on a dark ground shows on every owner's colour.
                auto const strength = static_cast<unsigned char>(60 + 195 * light->strength);
                auto const spot = [&](float inset, Colour colour) {
                    float const by = r.width * inset;
                    list->AddRectFilled({p.x + r.x + by, p.y + r.y + by}, {p.x + r.right() - by, p.y + r.bottom() - by},
                                        packed(colour), px(2));
                };
                spot(light->on_its_way ? 0 : 0.14f, theme().gap.with_alpha(strength));
                spot(light->on_its_way ? 0.12f : 0.26f, c.with_alpha(strength));
            }
        if (state.hovered.kind == EntityKind::disk_block) box_of(state.hovered, map, box, theme().quiet);
        if (state.selected.kind == EntityKind::disk_block) box_of(state.selected, map, box, theme().now);
        draw_caption();
    }

    template <class Box>
    static void box_of(Entity const& e, DiskMap const& map, Box const& box, Colour c) {
        if (sim::debug::disk_of(e.id) == map.disk) box(sim::debug::block_of(e.id), c, px(2));
    }

    // Dirty in the cache: a corner; at risk on the disk: a line below.
    void draw_marks(DiskMap const& map, Model const& model, ImVec2 p) const {
        BlockCache const* cache = model.now().kernel.block_cache(map.device);
        auto* list = ImGui::GetWindowDrawList();
        auto const mark = [&](std::uint64_t block) {
            model::Rect const r = grid_.cell_of(block);
            if (r.empty()) return;
            float const x = p.x + r.x, y = p.y + r.y, size = r.width;
            switch (model::mark_of(map, cache, block)) {
                case BlockMark::dirty:
                    list->AddTriangleFilled({x, y}, {x + size * 0.62f, y}, {x, y + size * 0.62f},
                                            packed(theme().now));
                    break;
                case BlockMark::at_risk:
                    list->AddRectFilled({x, y + size * 0.75f}, {x + size, y + size}, packed(theme().bad));
                    break;
                case BlockMark::none:
                    break;
            }
        };
        if (cache)
            for (auto const& block : cache->blocks)
                if (block.dirty) mark(block.number);
        if (map.blocks_at_risk)
            for (std::uint64_t b = 0; b < map.at_risk.size(); ++b)
                if (map.at_risk[b]) mark(b);
    }

    void draw_caption() const {
        space(2);
        auto* list = ImGui::GetWindowDrawList();
        ImVec2 p = ImGui::GetCursorScreenPos();
        float const right = p.x + ImGui::GetContentRegionAvail().x, box = px(10);
        auto const word = [&](std::string const& said, Colour c) {
            float const width = text_size(fonts().small, said).x;
            if (p.x + width > right) return p.x = right, void();
            text_at(list, p, fonts().small, c, said);
            p.x += width + px(12);
        };
        enum class Key : unsigned char { spot, corner, line };
        auto const key = [&](Colour c, Key kind, std::string const& said) {
            if (p.x + px(15) + text_size(fonts().small, said).x > right) return p.x = right, void();
            ImVec2 const from{p.x, p.y + px(3)}, to{p.x + box, p.y + px(3) + box};
            if (kind == Key::corner)
                list->AddTriangleFilled(from, {to.x, from.y}, {from.x, to.y}, packed(c));
            else if (kind == Key::line)
                list->AddRectFilled({from.x, to.y - px(3)}, to, packed(c));
            else
                list->AddRectFilled(from, to, packed(c), px(2));
            p.x += px(15);
            word(said, theme().quiet);
        };
        key(theme().write, Key::spot, "written");
        key(theme().read, Key::spot, "read");
        key(theme().now, Key::corner, "dirty in the cache");
        key(theme().bad, Key::line, "not flushed");
        word(grid_.frames_per_cell == 1 ? "one square is a block of 4 KiB"
                                        : fmt::format("one square is {} blocks", grid_.frames_per_cell),
             theme().faint);
        ImGui::Dummy({1, text_size(fonts().small, "X").y});
    }

    static Entity entity_of(DiskMap const& map, std::uint64_t block) {
        return {EntityKind::disk_block, sim::debug::disk_block_id(map.disk, block), 0};
    }

    static void tooltip(DiskMap const& map, std::uint64_t block, Model const& model) {
        ImGui::BeginTooltip();
        auto const lines = sim::debug::block_lines(map, block, model.now());
        for (std::size_t i = 0; i < lines.size(); ++i)
            text(i ? fonts().text : fonts().strong, i ? theme().quiet : theme().text, lines[i]);
        ImGui::EndTooltip();
    }

    // What the disk did, newest first; a click selects its block, two go there.
    void draw_uses(DiskMap const& map, Model const& model, ViewState& state, CommandQueue& queue) {
        heading("Newest on this disk", uses_.empty() ? "" : "two clicks go there");
        if (uses_.empty()) {
            empty_view(icons::hourglass, "Nothing yet", "The kernel has not used this disk so far.");
            return;
        }
        space(2);
        ImGui::BeginChild("uses");
        float const height = text_size(fonts().mono_small, "X").y + px(6);
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(uses_.size()), height);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
                DiskUse const& use = uses_[static_cast<std::size_t>(i)];
                Entity const entity = {EntityKind::event, use.event(), 0};
                ImVec2 const p = ImGui::GetCursorScreenPos();
                emphasise_row(entity, state, height);
                ImGui::PushID(i);
                ImGui::InvisibleButton("use", {ImGui::GetContentRegionAvail().x, height});
                ImGui::PopID();
                entity_item(entity, state, queue);
                Colour const c = use.kind == sim::debug::EventKind::disk_write  ? theme().write
                                 : use.kind == sim::debug::EventKind::disk_read ? theme().read
                                                                                : theme().faint;
                auto* list = ImGui::GetWindowDrawList();
                list->AddRectFilled({p.x, p.y + px(3)}, {p.x + px(4), p.y + height - px(3)}, packed(c), px(1));
                text_at(list, {p.x + px(10), p.y + px(3)}, fonts().mono_small, theme().text,
                        sim::debug::use_text(use, map, model.now()), ImGui::GetWindowWidth() - px(14));
            }
        ImGui::EndChild();
    }

    void draw_block(DiskMap const& map, Model const& model, ViewState& state, CommandQueue& queue) {
        std::uint64_t const block = sim::debug::block_of(state.selected.id);
        auto const lines = sim::debug::block_lines(map, block, model.now());
        for (std::size_t i = 0; i < lines.size(); ++i)
            text_cut(i ? fonts().text : fonts().strong, i ? theme().quiet : theme().text, lines[i], 0);
        space(4);
        if (text_button("writer", "Who wrote it", "Go to where it was handed to the disk (Y)"))
            queue.push(CommandId::who_wrote);
        next_button("Used before", px(6));
        if (text_button("before", "Used before", "The last time it was read or written before now (P)"))
            queue.push(CommandId::previous_event);
        next_button("Used next", px(6));
        if (text_button("next", "Used next", "The next time it is read or written (N)"))
            queue.push(CommandId::next_event);
        next_button("All uses", px(6));
        if (text_button("all", "All uses", "What the disk did, of all blocks (Escape)"))
            queue.push(CommandId::clear_selection);
        space(4);
        auto const& bytes = model.now().disk_block;
        if (bytes.empty() || model.now().request->disk_block != state.selected.id) return;
        draw_bytes(bytes);
    }

    static void draw_bytes(std::vector<std::uint8_t> const& bytes) {
        ImGui::BeginChild("bytes");
        float const glyph = text_size(fonts().mono_small, "0").x, height = text_size(fonts().mono_small, "X").y;
        float const room = ImGui::GetContentRegionAvail().x;
        // An offset, then hexadecimal and letters, as many as fit in a power of two.
        unsigned per_row = 32;
        while (per_row > 4 && glyph * static_cast<float>(6 + per_row * 4) > room) per_row /= 2;
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(bytes.size() / per_row), height);
        while (clipper.Step())
            for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row) {
                std::size_t const start = static_cast<std::size_t>(row) * per_row;
                ImVec2 const p = ImGui::GetCursorScreenPos();
                auto* list = ImGui::GetWindowDrawList();
                text_at(list, p, fonts().mono_small, theme().faint, fmt::format("{:03x}", start));
                std::string hex, letters;
                for (std::size_t i = 0; i < per_row && start + i < bytes.size(); ++i) {
                    std::uint8_t const b = bytes[start + i];
                    hex += fmt::format("{:02x} ", b);
                    letters += b >= 0x20 && b < 0x7F ? static_cast<char>(b) : '.';
                }
                bool const empty = std::all_of(hex.begin(), hex.end(), [](char c) { return c == '0' || c == ' '; });
                text_at(list, {p.x + glyph * 5, p.y}, fonts().mono_small, empty ? theme().future : theme().text, hex);
                text_at(list, {p.x + glyph * static_cast<float>(6 + per_row * 3), p.y}, fonts().mono_small,
                        empty ? theme().future : theme().quiet, letters);
                ImGui::Dummy({room, height});
            }
        ImGui::EndChild();
    }

    unsigned disk_ = 0;
    model::OwnerGrid grid_;
    std::vector<std::uint32_t> pixels_;
    std::vector<DiskUse> uses_;
    std::uint64_t uses_number_ = UINT64_MAX, uses_events_ = 0;
    unsigned uses_disk_ = 0;
    sim::machine::Moment uses_at_;
};

}  // namespace

std::unique_ptr<View> make_disk_view() { return std::make_unique<DiskView>(); }

}  // namespace viz::panels
