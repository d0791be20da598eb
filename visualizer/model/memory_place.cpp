// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/memory_place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/text.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

namespace {

std::string name_at(Model const& model, std::uint64_t address) {
    for (auto const& t : model.now().kernel.threads)
        if (address >= t.stack_low && address < t.stack_high) return "stack of " + t.name;
    if (auto const& symbols = model.now().symbols)
        if (auto const near = symbols->near(address); near && near->exact_bounds) return symbols->describe(address);
    return {};
}

}  // namespace

MemoryPlace memory_place(Model const& model, std::uint64_t address) {
    auto const& now = model.now();
    MemoryPlace place;
    place.address = address;
    if (auto const& map = now.kernel.frames) place.owner = map->owner_of(address / frame_bytes);
    if (auto const* block = now.zoomed_at(address)) {
        auto const offset = static_cast<std::uint32_t>(address - block->request.address);
        if (block->mapped(offset)) place.byte = block->bytes[offset];
    }
    if (!now.page_tree) return place;
    place.tree_known = true;
    auto const& tables = now.page_tree->table_frames;
    place.is_table = std::binary_search(tables.begin(), tables.end(), address / frame_bytes * frame_bytes);
    for (auto const& range : now.page_tree->ranges) {
        if (address < range.physical_start || address - range.physical_start >= range.length) continue;
        std::uint64_t const at = range.virtual_start + (address - range.physical_start);
        MemoryPlace::Mapping const mapping{at, name_at(model, at), range.writable, range.executable, range.user};
        auto& list = place.mappings;
        // Those that have a name say more than the direct map does.
        auto const where = mapping.name.empty() ? list.end()
                                                : std::ranges::find_if(list, [](auto const& m) { return m.name.empty(); });
        list.insert(where, mapping);
        if (list.size() > MemoryPlace::most_mappings) list.pop_back(), ++place.more;
    }
    return place;
}

std::vector<std::string> lines_of(MemoryPlace const& place, std::uint64_t frames) {
    std::vector<std::string> lines;
    std::string const owner = place.owner.empty() ? "not counted by the kernel" : place.owner;
    if (frames > 1)
        lines.push_back(fmt::format("{} from frame {:#x} on; that frame: {}",
                                    sim::debug::format_bytes(frames * frame_bytes), place.address / frame_bytes, owner));
    else
        lines.push_back(fmt::format("{}, frame {:#x}{}", owner, place.address / frame_bytes,
                                    place.is_table ? ", a page table" : ""));
    std::string where = fmt::format("physical {:#x}", place.address);
    if (place.byte && frames == 0) {
        where += fmt::format(": {:#04x} = {}", *place.byte, *place.byte);
        if (*place.byte >= 0x20 && *place.byte < 0x7F) where += fmt::format(" '{}'", static_cast<char>(*place.byte));
    }
    lines.push_back(where);
    for (auto const& m : place.mappings)
        lines.push_back(fmt::format("at {:#x} {}{}{}{}", m.address, m.user ? "user " : "", m.writable ? "rw" : "r-",
                                    m.executable ? "x" : "-", m.name.empty() ? "" : "  " + m.name));
    if (place.more) lines.push_back(fmt::format("and {} mappings more", place.more));
    if (place.tree_known && place.mappings.empty()) lines.push_back("not mapped anywhere");
    return lines;
}

std::string zoom_text(Model const& model, ViewState const& state) {
    if (!state.map_window || !model.now().kernel.frames) return {};
    MemoryWindow const window = *state.map_window;
    std::string text = fmt::format("zoomed to {:#x}, {}\n", window.first,
                                   sim::debug::format_bytes(window.length));
    std::uint64_t const step = zoom_step(window);
    auto const* block = model.now().zoomed_at(window.first);
    for (std::uint64_t at = window.first; at < window.end(); at += step) {
        MemoryPlace const place = memory_place(model, at);
        bool const chosen = physical_of(state.selected) && *physical_of(state.selected) / step == at / step;
        text += fmt::format("{} {:#014x}  {:<16}", chosen ? ">" : " ", at, place.owner);
        for (std::uint64_t i = at; block && step <= 16 && i < at + step && i - block->request.address < block->bytes.size(); ++i)
            text += fmt::format(" {:02x}", block->bytes[i - block->request.address]);
        if (!place.mappings.empty() && !place.mappings[0].name.empty()) text += "  " + place.mappings[0].name;
        text += "\n";
    }
    auto const chosen = physical_of(state.selected);
    if (chosen && window.holds(*chosen))
        for (std::string const& line : lines_of(memory_place(model, *chosen), step >= frame_bytes ? step / frame_bytes : 0))
            text += line + "\n";
    return text;
}

}  // namespace viz::model
