// SPDX-License-Identifier: MIT
#include "kernel/boot_info.hpp"

#include <algorithm>

#include "kernel/base/command_line.hpp"

namespace kernel {

void BootInfo::set_command_line(std::string_view text) {
    text = text.substr(0, text.find('\0'));
    command_line_cut = text.size() > command_line.size();
    // Half a word could mean something else: exit-after=10, exit-after=1.
    if (command_line_cut) {
        std::size_t const end = text.find_last_of(base::CommandLine::blanks, command_line.size());
        text = text.substr(0, end == text.npos ? 0 : end);
    }
    command_line_length = text.size();
    std::copy(text.begin(), text.end(), command_line.begin());
}

void BootInfo::add_module(base::PhysAddr start, std::uint64_t size) {
    if (module_count == modules.size() || size == 0 || start.raw() + size < size) return;
    auto const end = base::PhysAddr(start.raw() + size).align_up(base::page_size);
    modules[module_count++] = {base::FrameNumber::containing(start), base::FrameNumber::containing(end)};
}

base::PhysAddr BootInfo::ram_end_below_4g() const {
    base::PhysAddr const limit(std::uint64_t{4} << 30);
    base::PhysAddr end;
    for (memory::FrameRange const& range : ram.usable())
        if (range.end.start() <= limit) end = range.end.start();
    return end;
}

}  // namespace kernel
