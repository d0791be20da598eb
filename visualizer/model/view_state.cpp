// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/view_state.hpp"

#include <algorithm>

#include "visualizer/model/frame_heat.hpp"

namespace viz::model {

std::optional<TimeWindow> both_marks(ViewState const& state) {
    if (!state.mark_a_ns || !state.mark_b_ns || *state.mark_a_ns == *state.mark_b_ns) return std::nullopt;
    return TimeWindow{std::min(*state.mark_a_ns, *state.mark_b_ns),
                      std::max(*state.mark_a_ns, *state.mark_b_ns)};
}

namespace {
// The bytes of the map of memory, where it is close enough to show them.
std::optional<sim::debug::MemoryRequest> bytes_of_zoom(ViewState const& state) {
    if (!state.map_window || state.map_window->length > most_bytes_shown) return std::nullopt;
    return sim::debug::MemoryRequest{sim::debug::AddressSpace::physical, state.map_window->first,
                                     static_cast<std::uint32_t>(state.map_window->length)};
}
}  // namespace

sim::debug::ViewRequest request_for(Layout const& layout, ViewState const& state,
                                    sim::engine::CpuState const& cpu) {
    using namespace sim::debug;
    ViewRequest r;
    auto shown = [&](ViewId view) { return layout.visible(view); };

    // The list of threads names and colours things in every view.
    r.lists = KernelList::threads;
    if (shown(ViewId::machine) || shown(ViewId::frames)) r.lists = r.lists | KernelList::frames;
    if (shown(ViewId::threads) || shown(ViewId::waits) || shown(ViewId::scheduler))
        r.lists = r.lists | KernelList::run_queue | KernelList::locks;
    if (shown(ViewId::machine) || shown(ViewId::packets)) r.lists = r.lists | KernelList::connections;
    if (shown(ViewId::devices)) r.lists = r.lists | KernelList::virtqueues;
    if (shown(ViewId::descriptors)) r.lists = r.lists | KernelList::interrupts;
    if (shown(ViewId::heap)) r.lists = r.lists | KernelList::heap;
    r.descriptors = shown(ViewId::descriptors);

    if (shown(ViewId::disk)) {
        r.disks = true;
        r.lists = r.lists | KernelList::block_caches;
        if (state.selected.kind == EntityKind::disk_block) r.disk_block = state.selected.id;
    }
    r.heat = shown(ViewId::frames);
    r.heat_until_ns = heat_window(state).until_ns;
    // Its bytes, and who maps them.
    bool const zoomed = shown(ViewId::frames) && state.map_window;
    if (zoomed) r.zoomed = bytes_of_zoom(state);
    r.devices = shown(ViewId::devices);
    r.backtrace = shown(ViewId::threads) || shown(ViewId::source) || shown(ViewId::machine);
    r.thread_stacks = shown(ViewId::threads);
    r.tlb = shown(ViewId::walk) || shown(ViewId::pages);
    r.page_tree = shown(ViewId::pages) || zoomed;
    if (shown(ViewId::source) || shown(ViewId::machine))
        r.disassembly = DisassemblyRequest{state.code_address, 48, 160};
    if (shown(ViewId::walk))
        r.walk = WalkRequest{state.walk_address.value_or(cpu.rip), state.walk_access, state.walk_user};
    if (shown(ViewId::memory)) {
        std::uint64_t address = state.memory_address.value_or(cpu[sim::engine::Gpr::rsp]);
        // A page before and two after: the view scrolls within, and asks again.
        std::uint64_t start = address & ~std::uint64_t{0xFFF};
        start = start >= 0x1000 ? start - 0x1000 : 0;
        r.memory.push_back({state.memory_space, start, 0x4000});
    }
    return r;
}

sim::debug::ViewRequest request_for_text(ViewState const& state, sim::engine::CpuState const& cpu) {
    constexpr std::uint32_t bytes = 512;
    auto request = sim::debug::ViewRequest::everything();
    request.walk =
        sim::debug::WalkRequest{state.walk_address.value_or(cpu.rip), state.walk_access, state.walk_user};
    request.disassembly->around = state.code_address;
    request.heat_until_ns = heat_window(state).until_ns;
    if (state.selected.kind == EntityKind::disk_block) request.disk_block = state.selected.id;
    std::uint64_t const address = state.memory_address.value_or(cpu[sim::engine::Gpr::rsp]);
    request.memory = {{state.memory_space, address & ~std::uint64_t{15}, bytes}};
    request.zoomed = bytes_of_zoom(state);
    if (state.window) {
        request.visible_from_ns = state.window->from_ns;
        request.visible_to_ns = state.window->to_ns;
    }
    return request;
}

}  // namespace viz::model
