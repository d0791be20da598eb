// SPDX-License-Identifier: GPL-2.0-or-later
#include <string_view>

#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::testing {

using namespace sim::debug;

namespace {

constexpr std::uint64_t frame = 4096, stack_begin = 710 * frame, stack_end = 714 * frame;

// A thread's stack: places to return to, numbers, a word now and then, and nothing at its far end.
std::uint8_t byte_of_stack(std::uint64_t offset) {
    constexpr std::string_view words = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
    if (offset < frame / 2) return 0;
    if (offset % 512 < words.size()) return static_cast<std::uint8_t>(words[offset % 512]);
    std::uint64_t const word = offset / 8;
    std::uint64_t const value = word % 4 == 1   ? 0xffffffff80100000 + word * 37 % 0x8000
                                : word % 4 == 3 ? 0xffff900000014000 + word * 8 % 0x4000
                                                : word % 16;
    return static_cast<std::uint8_t>(value >> offset % 8 * 8);
}

}  // namespace

std::shared_ptr<Snapshot> zoomed_snapshot(std::uint64_t address, std::uint64_t length) {
    auto s = sample_snapshot();
    auto tree = std::make_shared<PageTree>();
    Thread const& worker = s->kernel.threads[3];
    tree->ranges = {{0xffff800000000000, 64 << 20, 0, 2 << 20, true, false, false, true},
                    {worker.stack_low, stack_end - stack_begin, stack_begin, frame, true, false, false, true}};
    s->page_tree = tree;
    MemoryBlock block;
    block.request = {AddressSpace::physical, address, static_cast<std::uint32_t>(length)};
    block.bytes.resize(length);
    for (std::uint64_t i = 0; i < length; ++i)
        if (std::uint64_t const at = address + i; at >= stack_begin && at < stack_end)
            block.bytes[i] = byte_of_stack(at - stack_begin);
    for (std::uint64_t at = address / frame; at <= (address + length - 1) / frame; ++at)
        block.pages.push_back({true, at * frame});
    s->zoomed = std::move(block);
    return s;
}

}  // namespace viz::testing
