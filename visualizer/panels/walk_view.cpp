// SPDX-License-Identifier: GPL-2.0-or-later
//
// One virtual address on its way to a physical one: the address cut into its
// indices, a box for each table entry with its bits, the page at the end.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "simulator/debug/text.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::ExplainedEntry;
using sim::debug::WalkExplanation;
using sim::engine::Access;

// The colour of a level: its slice of the address and its box have it.
Colour level_colour(unsigned level) { return theme().of_category(4 - std::min(level, 4U)); }

class WalkView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& now = model.now();
        std::uint64_t address = state.walk_address.value_or(now.cpu.rip);
        draw_header(address, model, state, queue);
        if (!now.walk) {
            empty_view(icons::sitemap, "No walk yet", "It comes with the next snapshot.");
            return;
        }
        WalkExplanation const& walk = *now.walk;
        if (!walk.paging_on) {
            empty_view(icons::sitemap, "Paging is off",
                       "CR0.PG is clear: the address is the physical address itself. The kernel turns paging "
                       "on during boot.");
            return;
        }
        draw_verdict(walk);
        draw_tlb(now, walk);
        space(6);
        draw_address_bits(walk);
        space(6);
        draw_boxes(walk, state, queue);
    }

private:
    void draw_header(std::uint64_t address, Model const& model, ViewState& state, CommandQueue& queue) {
        ImGui::PushFont(fonts().mono);
        ImGui::SetNextItemWidth(text_size(fonts().mono, "0x0000000000000000").x + px(18));
        if (!editing_)
            std::snprintf(input_, sizeof input_, "0x%llx", static_cast<unsigned long long>(address));
        if (ImGui::InputText("##address", input_, sizeof input_,
                             ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll))
            queue.push(CommandId::show_walk, static_cast<std::uint64_t>(std::strtoull(input_, nullptr, 0)));
        editing_ = ImGui::IsItemActive();
        ImGui::PopFont();
        static constexpr std::pair<Access, char const*> accesses[] = {
            {Access::read, "read"}, {Access::write, "write"}, {Access::fetch, "fetch"}};
        for (auto [access, name] : accesses) {
            next_button(name, px(access == Access::read ? 8 : 2));
            if (text_button(name, name, "What the processor is to do there", state.walk_access == access))
                queue.push(CommandId::walk_access, std::string(name));
        }
        char const* const ring = state.walk_user ? "ring 3" : "ring 0";
        next_button(ring, px(8));
        if (text_button("ring", ring, "Who asks: click to change", state.walk_user))
            queue.push(CommandId::walk_ring, std::uint64_t{state.walk_user ? 0U : 3U});
        if (state.walk_address) {
            next_button("Follow RIP", px(8));
            if (text_button("follow", "Follow RIP", "Walk for the next instruction again (F)"))
                queue.push(CommandId::follow);
        }
        std::string note = model.symbol(address);
        if (!state.walk_address) note = note.empty() ? "RIP" : "RIP: " + note;
        ImGui::SameLine(0, px(8));
        if (ImGui::GetContentRegionAvail().x > px(80))
            text_cut(fonts().small, theme().faint, note, 0);
        else
            ImGui::NewLine();
        space(4);
    }

    // Nine, nine, nine, nine and twelve bits. [sdm-3a §4.5.4]
    static void draw_address_bits(WalkExplanation const& walk) {
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x;
        auto* list = ImGui::GetWindowDrawList();
        struct Slice {
            std::string name, bits, value;
            Colour colour;
            float weight;
        };
        std::vector<Slice> slices{
            {"sign", "63..48", fmt::format("{:04x}", walk.virtual_address >> 48), theme().faint, 8}};
        for (unsigned level = 4; level >= 1; --level) {
            unsigned low = 12 + 9 * (level - 1);
            if (low + 9 <= walk.offset_bits) break;
            if (low < walk.offset_bits) break;
            static constexpr char const* names[] = {"", "PT", "PD", "PDPT", "PML4"};
            slices.push_back({names[level], fmt::format("{}..{}", low + 8, low),
                              fmt::format("{}", walk.virtual_address >> low & 511), level_colour(level), 9});
        }
        unsigned offset = walk.present ? walk.offset_bits : 12;
        slices.push_back({"offset", fmt::format("{}..0", offset - 1),
                          fmt::format("0x{:x}", walk.virtual_address & ((std::uint64_t{1} << offset) - 1)),
                          theme().quiet, 11});
        float total = 0, height = px(42);
        for (auto const& s : slices) total += s.weight;
        float x = p.x;
        for (auto const& s : slices) {
            float w = std::floor(width * s.weight / total);
            list->AddRectFilled({x, p.y}, {x + w - px(3), p.y + height},
                                packed(model::mix(theme().pane, s.colour, 0.22f)), px(4));
            list->AddRectFilled({x, p.y + height - px(3)}, {x + w - px(3), p.y + height}, packed(s.colour),
                                px(4), ImDrawFlags_RoundCornersBottom);
            text_at(list, {x + px(7), p.y + px(3)}, fonts().small, theme().quiet, s.name, w - px(12));
            float bits = text_size(fonts().mono_small, s.bits).x;
            if (bits + text_size(fonts().small, s.name).x + px(24) < w)
                text_at(list, {x + w - bits - px(10), p.y + px(4)}, fonts().mono_small, theme().faint,
                        s.bits);
            text_at(list, {x + px(7), p.y + px(18)}, fonts().mono_strong, theme().text, s.value, w - px(12));
            x += w;
        }
        ImGui::Dummy({width, height});
    }

    static void draw_verdict(WalkExplanation const& walk) {
        ImVec2 p = ImGui::GetCursorScreenPos();
        Colour colour = walk.faults ? theme().bad : theme().good;
        std::string chip_text = walk.faults ? "page fault" : "allowed";
        chip_at(ImGui::GetWindowDrawList(), p, chip_text, colour, true);
        ImGui::SetCursorScreenPos({p.x + chip_size(chip_text).x + px(8), p.y + px(1)});
        text_wrapped(fonts().text, theme().text, walk.verdict);
    }

    // A translation that the processor remembers is used as it was, whatever the
    // tables say by now. [sdm-3a §4.10.2]
    static void draw_tlb(sim::debug::Snapshot const& now, WalkExplanation const& walk) {
        auto const* cached = now.cached(walk.virtual_address);
        auto const lacks = now.lacks(sim::debug::Ability::tlb);
        std::string line =
            !lacks.empty() ? model::as_sentence(lacks)
            : cached
                ? fmt::format("In the TLB: {} page at {:#x}, {}{}. No walk is made.",
                              sim::debug::format_bytes(cached->size), cached->frame,
                              cached->writable ? "write" : "read only", cached->executable ? ", execute" : "")
                : fmt::format("Not in the TLB ({} entries): the next access walks the tables.",
                              now.tlb.size());
        bool const stale = now.walk_is_stale();
        if (stale) line += " The tables say otherwise: this translation is stale.";
        text_wrapped(fonts().small, stale ? theme().warning : theme().quiet, line);
    }

    void draw_boxes(WalkExplanation const& walk, ViewState& state, CommandQueue& queue) {
        float width = ImGui::GetContentRegionAvail().x, gap = px(26), arrow = px(18);
        std::size_t count = walk.entries.size() + 1;
        // Side by side if each gets enough room for its number, else one below the other.
        bool row = (width - gap * static_cast<float>(count - 1)) / static_cast<float>(count) >=
                   text_size(fonts().mono_strong, "0x00000000000000").x + px(20);
        ImVec2 start = ImGui::GetCursorScreenPos();
        float x = start.x, y = start.y, tallest = 0;
        float box = row ? (width - gap * static_cast<float>(count - 1)) / static_cast<float>(count) : width;
        auto* list = ImGui::GetWindowDrawList();
        for (std::size_t i = 0; i < count; ++i) {
            bool last = i + 1 == count;
            float height = last ? draw_page(walk, {x, y}, box, row, queue)
                                : draw_entry(walk.entries[i], {x, y}, box, row, state, queue);
            tallest = std::max(tallest, height);
            if (last) {
                y += row ? 0 : height;
                break;
            }
            if (row) {
                float middle = y + px(40), from = x + box + px(4), to = x + box + gap - px(5);
                list->AddLine({from, middle}, {to, middle}, packed(theme().quiet), px(2));
                list->AddTriangleFilled({to - px(6), middle - px(5)}, {to - px(6), middle + px(5)},
                                        {to + px(2), middle}, packed(theme().quiet));
                x += box + gap;
            } else {
                float middle = x + px(26), from = y + height + px(1), to = from + arrow - px(5);
                list->AddLine({middle, from}, {middle, to}, packed(theme().quiet), px(2));
                list->AddTriangleFilled({middle - px(5), to - px(4)}, {middle + px(5), to - px(4)},
                                        {middle, to + px(3)}, packed(theme().quiet));
                y += height + arrow;
            }
        }
        ImGui::SetCursorScreenPos(start);
        ImGui::Dummy({width, row ? tallest : y - start.y});
    }

    float draw_entry(ExplainedEntry const& e, ImVec2 p, float width, bool tall, ViewState& state,
                     CommandQueue& queue) {
        auto* list = ImGui::GetWindowDrawList();
        Colour colour = level_colour(e.level);
        bool stop = !e.present || e.reserved_bits || !e.readable;
        float inner = width - px(20), x = p.x + px(11);
        float line = chip_size("X").y + px(4);
        // Bits first: they say how tall the box is.
        struct Placed {
            std::size_t field;
            float x, y;
        };
        std::vector<Placed> chips;
        float bit_x = 0, bit_y = px(tall ? 82 : 44);
        if (!tall) bit_x = 0;
        for (std::size_t i = 0; i < e.fields.size(); ++i) {
            auto const* info = e.fields[i].info;
            if (info->high - info->low > 8) continue;  // the address has its own line
            if (info->high != info->low && e.fields[i].value == 0) continue;
            float w = chip_size(label_of(e.fields[i])).x;
            if (bit_x > 0 && bit_x + w > inner) bit_x = 0, bit_y += line;
            chips.push_back({i, x + bit_x, p.y + bit_y});
            bit_x += w + px(3);
        }
        float height = bit_y + line + px(5);
        ImGui::SetCursorScreenPos(p);
        ImGui::PushID(static_cast<int>(e.level));
        ImGui::InvisibleButton("entry", {std::max(width, 1.0f), height});
        ImGui::SetItemAllowOverlap();
        Entity entity{EntityKind::table_entry, e.address, 8};
        if (ImGui::IsItemHovered()) state.next_hovered = entity;
        if (ImGui::IsItemClicked()) queue.push(CommandId::select, entity);
        bool marked = emphasis(entity, state) != Emphasis::none;
        list->AddRectFilled(p, {p.x + width, p.y + height}, packed(marked ? theme().hover : theme().raised),
                            px(5));
        list->AddRectFilled(p, {p.x + px(4), p.y + height}, packed(stop ? theme().bad : colour), px(5),
                            ImDrawFlags_RoundCornersLeft);
        if (stop) list->AddRect(p, {p.x + width, p.y + height}, packed(theme().bad), px(5), 0, px(1.5f));

        float y = p.y + px(5);
        float used = text_at(list, {x, y}, fonts().strong, theme().text, e.name);
        text_at(list, {x + used + px(8), y + px(2)}, fonts().small, theme().quiet,
                fmt::format("entry {}", e.index), inner - used - px(8));
        if (tall) {
            text_at(list, {x, y + px(20)}, fonts().mono_small, theme().faint,
                    fmt::format("at {:#x}", e.address), inner);
            text_at(list, {x, y + px(36)}, fonts().mono_strong, theme().text,
                    e.readable ? fmt::format("{:#x}", e.raw) : "outside memory", inner);
            text_at(list, {x, y + px(55)}, fonts().mono_small, theme().quiet, target_text(e), inner);
        } else {
            float column = x + used + px(90);
            text_at(list, {column, y + px(1)}, fonts().mono_strong, theme().text,
                    e.readable ? fmt::format("{:#x}", e.raw) : "outside memory",
                    p.x + width - column - px(8));
            text_at(list, {x, y + px(20)}, fonts().mono_small, theme().quiet,
                    fmt::format("at {:#x},  {}", e.address, target_text(e)), inner);
        }
        for (auto const& c : chips) draw_bit(e.fields[c.field], {c.x, c.y});
        ImGui::PopID();
        return height;
    }

    static std::string target_text(ExplainedEntry const& e) {
        if (!e.present) return "not present";
        return fmt::format("{} {:#x}", e.large || e.level == 1 ? "page at" : "next at", e.points_to);
    }

    static std::string label_of(sim::debug::DecodedField const& f) {
        return f.info->high == f.info->low
                   ? f.info->name
                   : fmt::format("{} {}", f.info->name, f.text.empty() ? fmt::format("{}", f.value) : f.text);
    }

    static void draw_bit(sim::debug::DecodedField const& f, ImVec2 p) {
        std::string label = label_of(f);
        auto* list = ImGui::GetWindowDrawList();
        ImVec2 size = chip_size(label);
        ImGui::SetCursorScreenPos(p);
        ImGui::PushID(f.info);
        ImGui::InvisibleButton("bit", size);
        ImGui::PopID();
        if (f.value)
            chip_at(list, p, label, theme().accent);
        else
            text_at(list, {p.x + px(6), p.y + px(2)}, fonts().small, theme().faint, label);
        teach(fmt::format("{}: {}", f.info->name, f.info->title),
              fmt::format("bit {} = {}. {}", f.info->low, f.value, f.info->meaning), f.info->manual);
    }

    static float draw_page(WalkExplanation const& walk, ImVec2 p, float width, bool tall,
                           CommandQueue& queue) {
        auto* list = ImGui::GetWindowDrawList();
        float height = px(tall ? 112 : 66), x = p.x + px(11), inner = width - px(20), y = p.y + px(5);
        Colour colour = walk.present ? theme().good : theme().bad;
        ImGui::SetCursorScreenPos(p);
        ImGui::InvisibleButton("page", {std::max(width, 1.0f), height});
        if (walk.present && ImGui::IsItemClicked())
            queue.push(CommandId::reveal, Entity{EntityKind::frame, walk.physical >> 12, 1});
        bool over = walk.present && ImGui::IsItemHovered();
        list->AddRectFilled(p, {p.x + width, p.y + height},
                            packed(over ? theme().hover : model::mix(theme().raised, colour, 0.10f)), px(5));
        list->AddRect(p, {p.x + width, p.y + height}, packed(colour), px(5), 0, px(1.5f));
        if (!walk.present) {
            text_at(list, {x, y}, fonts().strong, theme().text, "No page", inner);
            text_at(list, {x, y + px(20)}, fonts().small, theme().quiet, "an access faults", inner);
            return height;
        }
        text_at(list, {x, y}, fonts().strong, theme().text,
                sim::debug::format_bytes(walk.page_size) + " page", inner);
        text_at(list, {x, y + px(20)}, fonts().mono_strong, theme().text, fmt::format("{:#x}", walk.physical),
                inner);
        text_at(list, {x, y + px(38)}, fonts().mono_small, theme().quiet,
                fmt::format("frame {:#x}", walk.physical >> 12), inner);
        float cx = tall ? x : x + px(130), cy = y + px(tall ? 58 : 34), left = cx;
        auto right_chip = [&](bool on, char const* yes, char const* no, Colour c) {
            char const* label = on ? yes : no;
            if (cx > left && cx + chip_size(label).x > p.x + width - px(8))
                cx = left, cy += chip_size("X").y + px(3);
            chip_at(list, {cx, cy}, label, on ? c : theme().faint);
            cx += chip_size(label).x + px(3);
        };
        right_chip(walk.writable, "write", "read only", theme().write);
        right_chip(walk.executable, "execute", "no execute", theme().execute);
        right_chip(walk.user_accessible, "user", "kernel", theme().irq);
        return height;
    }

    char input_[64] = {};
    bool editing_ = false;
};

}  // namespace

std::unique_ptr<View> make_walk_view() { return std::make_unique<WalkView>(); }

}  // namespace viz::panels
