// SPDX-License-Identifier: MIT
//
// What the loader told us, copied out of its memory into ours, so that no later
// part cares which loader it was and its memory can be reused.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "kernel/base/address.hpp"
#include "kernel/memory/memory_map.hpp"

namespace kernel {

struct BootInfo {
    memory::MemoryMap ram;
    base::PhysAddr rsdp;  // 0: search for it
    std::array<memory::FrameRange, 8> modules;
    std::size_t module_count = 0;
    std::array<char, 512> command_line{};  // as many whole words as it holds
    std::size_t command_line_length = 0;
    bool command_line_cut = false;  // there were more

    // A root pointer that the loader copied for us, if it did: then `rsdp` is where that
    // copy lies here.
    std::array<std::byte, 36> rsdp_copy{};
    bool has_rsdp_copy = false;

    // Up to a null character, if there is one. Give it more than command_line holds, or it
    // cannot know that it was longer.
    void set_command_line(std::string_view text);
    void add_module(base::PhysAddr start, std::uint64_t size);
    std::string_view words() const { return {command_line.data(), command_line_length}; }
    std::span<memory::FrameRange const> loaded_modules() const { return {modules.data(), module_count}; }
    // Devices' registers lie between here and 4 GiB.
    base::PhysAddr ram_end_below_4g() const;
};

}  // namespace kernel
