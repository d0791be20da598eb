// SPDX-License-Identifier: MIT
#include "kernel/boot_info.hpp"

#include <algorithm>

#include "kernel/arch/x86_64/image.hpp"
#include "kernel/arch/x86_64/pvh.hpp"
#include "kernel/base/assert.hpp"

namespace kernel {
namespace {

constexpr std::uint64_t end_of_boot_map = 1 << 30;

// Something the loader left at a physical address.
template <class T>
std::span<T const> at(std::uint64_t physical, std::size_t count) {
    if (physical >= end_of_boot_map || count > (end_of_boot_map - physical) / sizeof(T))
        base::panic("the loader's tables lie above the first GiB");
    return {base::VirtAddr(physical + arch::direct_map_offset).as<T const>(), count};
}

}  // namespace

void read_pvh(base::PhysAddr start_info, BootInfo& info) {
    auto const& start = at<arch::pvh::StartInfo>(start_info.raw(), 1).front();
    if (start.magic != arch::pvh::start_magic) base::panic("not started by a PVH loader: wrong magic number");
    if (start.version < 1 || start.memory_map_entries == 0) base::panic("the loader gave no memory map");
    info.rsdp = base::PhysAddr(start.rsdp);

    constexpr std::size_t max_entries = 128;
    static memory::MapEntry entries[max_entries];
    std::size_t count = 0;
    for (auto const& entry : at<arch::pvh::MemoryMapEntry>(start.memory_map, start.memory_map_entries))
        if (count < max_entries) entries[count++] = {entry.address, entry.size, entry.type};
    info.ram = memory::MemoryMap({entries, count});

    for (auto const& module : at<arch::pvh::Module>(start.modules, start.module_count)) {
        if (info.module_count == info.modules.size() || module.size == 0) continue;
        auto const first = base::FrameNumber::containing(base::PhysAddr(module.address));
        auto const end = base::FrameNumber::containing(
            base::PhysAddr(module.address + module.size).align_up(base::page_size));
        info.modules[info.module_count++] = {first, end};
    }

    if (start.command_line != 0) {
        auto const room =
            std::min<std::uint64_t>(info.command_line.size(), end_of_boot_map - start.command_line);
        auto const text = at<char>(start.command_line, room);
        auto const end = std::find(text.begin(), text.end(), '\0');
        std::copy(text.begin(), end, info.command_line.begin());
        info.command_line_length = static_cast<std::size_t>(end - text.begin());
    }
}

base::PhysAddr BootInfo::ram_end_below_4g() const {
    base::PhysAddr const limit(std::uint64_t{4} << 30);
    base::PhysAddr end;
    for (memory::FrameRange const& range : ram.usable())
        if (range.end.start() <= limit) end = range.end.start();
    return end;
}

}  // namespace kernel
