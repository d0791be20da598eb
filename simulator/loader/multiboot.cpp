// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/loader/multiboot.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::loader {
namespace {

constexpr std::uint32_t header_magic = 0x1BAD'B002, loader_magic = 0x2BAD'B002;
constexpr std::size_t searched_bytes = 8192, header_bytes = 12, kludge_bytes = 32;

// Flags of the header. Of 0 to 15 an unknown one is a demand. [multiboot-1 §3.1.2]
constexpr std::uint32_t page_align = 1 << 0, memory_information = 1 << 1, video_mode = 1 << 2,
                        has_addresses = 1 << 16;
constexpr std::uint32_t known_demands = page_align | memory_information | video_mode;

// Flags and places of the information. [multiboot-1 §3.3]
namespace info {
constexpr std::size_t size = 116, flags = 0, lower = 4, upper = 8, command_line = 16, module_count = 20,
                      modules = 24, map_length = 44, map = 48, loader_name = 64;
constexpr std::uint32_t has_memory = 1 << 0, has_command_line = 1 << 2, has_modules = 1 << 3,
                        has_map = 1 << 6, has_loader_name = 1 << 9;
}  // namespace info

constexpr std::size_t not_found = ~std::size_t{0};

std::size_t find_header(std::span<std::uint8_t const> file) {
    std::size_t const end = std::min(file.size(), searched_bytes);
    for (std::size_t at = 0; at + header_bytes <= end; at += 4) {
        if (get<std::uint32_t>(file, at) != header_magic) continue;
        std::uint32_t const sum =
            header_magic + get<std::uint32_t>(file, at + 4) + get<std::uint32_t>(file, at + 8);
        if (sum == 0) return at;
    }
    return not_found;
}

// The image by the addresses in its header. [multiboot-1 §3.1.3]
Segment kludge_segment(std::string const& name, std::span<std::uint8_t const> file, std::size_t at,
                       std::uint32_t& entry) {
    auto const refuse = [&](std::string const& why) { return LoadError(name + ": " + why); };
    if (at + kludge_bytes > file.size())
        throw refuse("the multiboot header is truncated; copy the file again");
    std::uint32_t const header = get<std::uint32_t>(file, at + 12), load = get<std::uint32_t>(file, at + 16),
                        load_end = get<std::uint32_t>(file, at + 20),
                        bss_end = get<std::uint32_t>(file, at + 24);
    entry = get<std::uint32_t>(file, at + 28);
    if (load > header || header - load > at)
        throw refuse("the multiboot header's load address does not fit its place in the file; link it again");
    std::size_t const start = at - (header - load);
    std::size_t const bytes = load_end ? std::size_t{load_end} - load : file.size() - start;
    if ((load_end && load_end < load) || bytes > file.size() - start)
        throw refuse("the multiboot image is truncated: its header names more bytes than there are");
    if (bss_end && bss_end < load + bytes) throw refuse("the multiboot header's addresses are out of order");
    Segment segment;
    segment.address = load;
    segment.bytes = file.subspan(start, bytes);
    segment.memory_size = bss_end ? bss_end - load : bytes;
    return segment;
}

}  // namespace

bool is_multiboot_image(std::span<std::uint8_t const> file) { return find_header(file) != not_found; }

Entry load_multiboot(machine::MachineConfig const& config, machine::PhysicalMemory& memory) {
    std::string const& name = config.image.name;
    std::span<std::uint8_t const> const file = *config.image.bytes;
    std::size_t const at = find_header(file);
    if (at == not_found) throw LoadError(name + ": no multiboot header in its first 8 KiB");
    std::uint32_t const flags = get<std::uint32_t>(file, at + 4);
    if (flags & 0xFFFF & ~known_demands)
        throw LoadError(fmt::format("{}: its multiboot header demands something unknown (flags {:#x})", name,
                                    flags & 0xFFFF & ~known_demands));

    Entry entry{.after_bios = true};
    std::vector<Segment> segments;
    if (flags & has_addresses) {
        segments.push_back(kludge_segment(name, file, at, entry.eip));
    } else {
        if (!is_elf(file))
            throw LoadError(name + ": a multiboot header without addresses, and no ELF file; link it again");
        ElfImage const image = read_elf(name, file);
        segments = image.segments;
        if (image.entry >> 32)
            throw LoadError(
                fmt::format("{}: its entry {:#x} lies above 4 GiB; link it again", name, image.entry));
        entry.eip = static_cast<std::uint32_t>(image.entry);
    }
    std::vector<Range> taken;
    bool inside = false;
    for (Segment const& segment : segments) {
        if (segment.memory_size == 0) continue;
        load_segment(name, segment, memory);
        taken.push_back({segment.address, segment.address + segment.memory_size});
        inside |= entry.eip >= segment.address && entry.eip - segment.address < segment.memory_size;
    }
    if (!inside)
        throw LoadError(
            fmt::format("{}: the entry {:#x} lies in no loaded segment; link it again", name, entry.eip));

    write_bios_data_area(memory);
    std::vector<std::uint8_t> block(info::size);
    Shelf shelf(memory, reserved_start + info::size, acpi_address);
    auto const address32 = [](std::uint64_t address) { return static_cast<std::uint32_t>(address); };
    std::uint32_t present = info::has_memory | info::has_command_line | info::has_map | info::has_loader_name;
    put(block, info::lower, static_cast<std::uint32_t>(reserved_start / 1024));
    std::uint64_t const low_end = std::min(memory.size(), machine::hole_start);
    put(block, info::upper, static_cast<std::uint32_t>((low_end - std::min(low_end, reserved_end)) / 1024));
    // As boot loaders do: the image, then the words for it. A fixed name: the
    // guest must not see where the user keeps the file.
    std::string line = "kernel";
    if (!config.command_line.empty()) line += " " + config.command_line;
    put(block, info::command_line, address32(shelf.place_text(line, "the command line")));
    put(block, info::loader_name, address32(shelf.place_text("Vivarium", "the loader's name")));
    if (config.initrd.present()) {
        std::uint64_t const module = load_module(config.initrd, taken, machine::hole_start, memory);
        std::vector<std::uint8_t> list(16);
        put(list, 0, address32(module));
        put(list, 4, address32(module + config.initrd.bytes->size()));
        put(list, 8, address32(shelf.place_text("module", "the module's name")));
        put(block, info::modules, address32(shelf.place(list, "the list of modules")));
        put(block, info::module_count, std::uint32_t{1});
        present |= info::has_modules;
    }
    std::vector<std::uint8_t> map;
    for (MemoryMapEntry const& part : memory_map(memory, true)) {
        std::size_t const start = map.size();
        map.resize(start + 24);
        put(map, start, std::uint32_t{20});  // bytes that follow
        put(map, start + 4, part.address);
        put(map, start + 12, part.size);
        put(map, start + 20, part.type);
    }
    put(block, info::map, address32(shelf.place(map, "the memory map")));
    put(block, info::map_length, static_cast<std::uint32_t>(map.size()));
    put(block, info::flags, present);
    memory.write(reserved_start, block);

    entry.eax = loader_magic;
    entry.ebx = reserved_start;
    return entry;
}

}  // namespace sim::loader
