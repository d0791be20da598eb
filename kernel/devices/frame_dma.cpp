// SPDX-License-Identifier: MIT
#include "kernel/devices/frame_dma.hpp"

#include <bit>

#include "kernel/memory/memory.hpp"

namespace devices {
namespace {

unsigned order_for(std::size_t size) {
    std::size_t const pages = (size + base::page_size - 1) >> base::page_shift;
    return static_cast<unsigned>(std::bit_width(pages - 1));
}

}  // namespace

std::optional<DmaBlock> FrameDma::allocate(std::size_t size, DmaUse use) {
    auto const owner = use == DmaUse::Rings ? memory::FrameOwner::dma : memory::FrameOwner::packet_buffer;
    auto const frames = memory::allocate_frames(order_for(size), owner);
    if (!frames) return std::nullopt;
    base::PhysAddr const start = frames.value().start();
    return DmaBlock{memory::phys_to_virt(start).as<std::byte>(), start, size};
}

void FrameDma::release(DmaBlock const& block) {
    memory::free_frames(base::FrameNumber::containing(block.physical), order_for(block.size));
}

}  // namespace devices
