// SPDX-License-Identifier: MIT
#include "kernel/multiboot2.hpp"

#include <algorithm>
#include <cstring>

namespace kernel::multiboot2 {
namespace {

// [multiboot2 §3.6.2 and following]
enum class Type : std::uint32_t {
    end = 0,
    command_line = 1,
    module = 3,
    memory_map = 6,
    acpi_old = 14,  // the root pointer of ACPI 1.0
    acpi_new = 15,  // and of 2.0, which we prefer
};

struct TagHead {
    std::uint32_t type;
    std::uint32_t size;  // with this head, without the padding to 8 bytes
};
struct ModuleTag {
    std::uint32_t start, end;
};
struct MapHead {
    std::uint32_t entry_size, entry_version;
};
struct MapTagEntry {
    std::uint64_t address, size;
    std::uint32_t type, reserved;
};
static_assert(sizeof(MapTagEntry) == 24);

template <class T>
bool read(std::span<std::byte const>& from, T& into) {
    if (from.size() < sizeof(T)) return false;
    std::memcpy(&into, from.data(), sizeof(T));
    from = from.subspan(sizeof(T));
    return true;
}

struct Map {
    std::span<std::byte const> entries;
    std::size_t entry_size;  // or more than we know: the next version's fields follow ours
};

memory::MapEntry map_entry(void const* list, std::size_t i) {
    auto const& map = *static_cast<Map const*>(list);
    MapTagEntry entry;
    std::memcpy(&entry, map.entries.data() + i * map.entry_size, sizeof entry);
    return {entry.address, entry.size, entry.type};
}

bool read_map(std::span<std::byte const> tag, BootInfo& info) {
    MapHead head;
    if (!read(tag, head) || head.entry_size < sizeof(MapTagEntry)) return false;
    Map const map{tag, head.entry_size};
    info.ram = memory::MemoryMap(tag.size() / map.entry_size, map_entry, &map);
    return true;
}

bool read_module(std::span<std::byte const> tag, BootInfo& info) {
    ModuleTag module;
    if (!read(tag, module)) return false;
    if (module.end > module.start) info.add_module(base::PhysAddr(module.start), module.end - module.start);
    return true;
}

void read_root_pointer(std::span<std::byte const> tag, BootInfo& info) {
    std::size_t const size = std::min(tag.size(), info.rsdp_copy.size());
    std::copy_n(tag.begin(), size, info.rsdp_copy.begin());
    info.has_rsdp_copy = size > 0;
}

}  // namespace

char const* read_tags(std::span<std::byte const> information, BootInfo& info) {
    std::span<std::byte const> rest = information;
    Information fixed;
    if (!read(rest, fixed)) return "the loader's information is too short";
    bool has_map = false, has_new_pointer = false;
    while (true) {
        TagHead head;
        auto tag = rest;
        if (!read(tag, head) || head.size < sizeof head || head.size > rest.size())
            return "a tag of the loader's information is longer than it";
        auto const body = rest.subspan(sizeof head, head.size - sizeof head);
        switch (static_cast<Type>(head.type)) {
            case Type::end:
                return has_map ? nullptr : "the loader gave no memory map";
            case Type::command_line:
                info.set_command_line({reinterpret_cast<char const*>(body.data()), body.size()});
                break;
            case Type::module:
                if (!read_module(body, info)) return "a module of the loader's is not described";
                break;
            case Type::memory_map:
                if (!read_map(body, info)) return "the loader's memory map is of an unknown form";
                has_map = true;
                break;
            case Type::acpi_new:
                has_new_pointer = true;
                read_root_pointer(body, info);
                break;
            case Type::acpi_old:
                if (!has_new_pointer) read_root_pointer(body, info);
                break;
            default:
                break;  // of no interest
        }
        std::size_t const padded = (std::size_t{head.size} + 7) & ~std::size_t{7};
        rest = rest.subspan(std::min(padded, rest.size()));
    }
}

}  // namespace kernel::multiboot2
