// SPDX-License-Identifier: MIT
#include "kernel/loader.hpp"

#include <algorithm>

#include "kernel/arch/x86_64/image.hpp"
#include "kernel/arch/x86_64/pvh.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/multiboot2.hpp"

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

void read_pvh(base::PhysAddr start_info, BootInfo& info) {
    auto const& start = at<arch::pvh::StartInfo>(start_info.raw(), 1).front();
    if (start.magic != arch::pvh::start_magic)
        base::panic("started neither by a PVH nor by a multiboot2 loader");
    if (start.version < 1 || start.memory_map_entries == 0) base::panic("the loader gave no memory map");
    info.rsdp = base::PhysAddr(start.rsdp);

    auto const entries = at<arch::pvh::MemoryMapEntry>(start.memory_map, start.memory_map_entries);
    auto const entry = [](void const* list, std::size_t i) {
        auto const& at = static_cast<arch::pvh::MemoryMapEntry const*>(list)[i];
        return memory::MapEntry{at.address, at.size, at.type};
    };
    info.ram = memory::MemoryMap(entries.size(), entry, entries.data());

    for (auto const& module : at<arch::pvh::Module>(start.modules, start.module_count))
        info.add_module(base::PhysAddr(module.address), module.size);

    if (start.command_line != 0) {
        auto const room =
            std::min<std::uint64_t>(info.command_line.size() + 1, end_of_boot_map - start.command_line);
        auto const text = at<char>(start.command_line, room);
        info.set_command_line({text.data(), text.size()});
    }
}

void read_multiboot2(base::PhysAddr information, BootInfo& info) {
    std::uint32_t const size = at<multiboot2::Information>(information.raw(), 1).front().size;
    char const* const wrong = multiboot2::read_tags(at<std::byte>(information.raw(), size), info);
    if (wrong != nullptr) base::panic(wrong);
    if (info.has_rsdp_copy)
        info.rsdp = base::PhysAddr(base::VirtAddr::of(info.rsdp_copy.data()).raw() - arch::kernel_offset);
}

}  // namespace

void read_boot_information(std::uint32_t eax, base::PhysAddr information, BootInfo& info) {
    if (eax == multiboot2::in_eax)
        read_multiboot2(information, info);
    else
        read_pvh(information, info);
}

}  // namespace kernel
