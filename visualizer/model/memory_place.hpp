// SPDX-License-Identifier: GPL-2.0-or-later
//
// What one byte of physical memory is: whose its frame is, where it is mapped, what
// stands there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "visualizer/model/memory_zoom.hpp"
#include "visualizer/model/model.hpp"

namespace viz::model {

struct MemoryPlace {
    std::uint64_t address = 0;
    std::string owner;  // empty: the kernel does not count this frame
    struct Mapping {
        std::uint64_t address = 0;  // virtual
        std::string name;           // "threads::the_scheduler+0x10", "stack of worker 1"; may be empty
        bool writable = false, executable = false, user = false;
    };
    std::vector<Mapping> mappings;  // at most `most_mappings`, those with a name first
    std::uint64_t more = 0;         // mappings beyond them
    std::optional<std::uint8_t> byte;
    bool tree_known = false;  // the page tables were asked for
    bool is_table = false;    // the frame holds a page table
    static constexpr std::size_t most_mappings = 3;
};
MemoryPlace memory_place(Model const&, std::uint64_t address);

// As a tooltip and the text twin have it. `frames`: of a cell of several; 0, of a byte.
std::vector<std::string> lines_of(MemoryPlace const&, std::uint64_t frames);

// What stands behind the map's own text where it is zoomed; empty: it is not.
struct ViewState;
std::string zoom_text(Model const&, ViewState const&);

}  // namespace viz::model
