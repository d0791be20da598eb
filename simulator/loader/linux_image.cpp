// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/loader/linux_image.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::loader {
namespace {

// The setup header, at the same offset in the file and in the zero page.
// [linux-boot, "Details of Header Fields"]
namespace header {
constexpr std::size_t start = 0x1F1, setup_sectors = 0x1F1, boot_flag = 0x1FE, jump = 0x200, magic = 0x202,
                      version = 0x206, loader_type = 0x210, load_flags = 0x211, code32_start = 0x214,
                      ramdisk_image = 0x218, ramdisk_size = 0x21C, heap_end = 0x224, command_line = 0x228,
                      ramdisk_maximum = 0x22C, command_line_size = 0x238, setup_data = 0x250,
                      preferred_address = 0x258, init_size = 0x260;
}
// The zero page. [linux-boot-params]
namespace zero_page {
constexpr std::size_t size = 4096, rsdp = 0x70, memory_map_entries = 0x1E8, memory_map = 0x2D0,
                      most_memory_map_entries = 128;
}

constexpr std::uint32_t hdrs = 0x5372'6448;  // "HdrS"
constexpr std::uint8_t loaded_high = 1 << 0, can_use_heap = 1 << 7;
constexpr std::uint8_t undefined_loader = 0xFF;
constexpr std::uint16_t boot_cs = 0x10, boot_ds = 0x18;
constexpr std::size_t sector = 512;

}  // namespace

bool is_linux_image(std::span<std::uint8_t const> file) {
    return get<std::uint16_t>(file, header::boot_flag) == 0xAA55 &&
           get<std::uint32_t>(file, header::magic) == hdrs;
}

Entry load_linux(machine::MachineConfig const& config, machine::PhysicalMemory& memory, std::uint64_t rsdp) {
    std::span<std::uint8_t const> const file = *config.image.bytes;
    auto const refuse = [&](std::string const& why) { return LoadError(config.image.name + ": " + why); };
    auto const field16 = [&](std::size_t at) { return get<std::uint16_t>(file, at); };
    auto const field32 = [&](std::size_t at) { return get<std::uint32_t>(file, at); };

    // What the file says of itself.
    unsigned const version = field16(header::version);
    if (version < 0x202 || !(field16(header::load_flags) & loaded_high))
        throw refuse(
            fmt::format("this Linux image is too old (boot protocol {}.{:02}): a bzImage of protocol 2.02 or "
                        "later is needed",
                        version >> 8, version & 0xFF));
    unsigned const sectors = file[header::setup_sectors] ? file[header::setup_sectors] : 4;
    std::size_t const kernel_at = (sectors + 1) * sector;
    if (kernel_at >= file.size())
        throw refuse("the Linux image is truncated in its setup sectors; copy it again");
    Segment kernel;
    kernel.address = field32(header::code32_start);
    kernel.bytes = file.subspan(kernel_at);
    kernel.memory_size = kernel.bytes.size();
    // Where it will unpack itself, if it says so.
    Range unpacked;
    if (version >= 0x20A) {
        unpacked.start = std::max(get<std::uint64_t>(file, header::preferred_address), kernel.address);
        unpacked.end = unpacked.start + field32(header::init_size);
        std::uint64_t const end = std::min(memory.size(), machine::hole_start);
        if (unpacked.end < unpacked.start || unpacked.end > end)
            throw refuse(
                fmt::format("too large for memory: Linux unpacks itself to {:#x} up to {:#x}, the machine "
                            "has {}; give it more with --memory (256M is comfortable)",
                            unpacked.start, unpacked.end, mib(memory.size())));
    }
    std::size_t const longest_line = version >= 0x206 ? field32(header::command_line_size) : 255;
    if (config.command_line.size() > longest_line)
        throw refuse(fmt::format("the command line of {} bytes is too long; this kernel takes {}",
                                 config.command_line.size(), longest_line));

    write_bios_data_area(memory);
    load_segment(config.image.name, kernel, memory);

    // The zero page: the header as the file has it, the rest zeros. The header
    // ends where the jump over it, at its front, leads to.
    std::vector<std::uint8_t> page(zero_page::size);
    std::size_t const header_end =
        std::min<std::size_t>({header::magic + file[header::jump + 1], kernel_at, zero_page::memory_map});
    if (header_end > header::start)
        std::copy_n(file.begin() + header::start, header_end - header::start, page.begin() + header::start);
    Shelf shelf(memory, zero_page_address + zero_page::size, reserved_start);
    page[header::loader_type] = undefined_loader;
    page[header::load_flags] |= can_use_heap;
    put<std::uint16_t>(page, header::heap_end, 0xFE00);
    put<std::uint64_t>(page, header::setup_data, 0);
    // Flat segments where the protocol wants them.
    std::uint64_t const gdt[4] = {0, 0, 0x00CF'9B00'0000'FFFF, 0x00CF'9300'0000'FFFF};
    std::uint64_t const gdt_at =
        shelf.place({reinterpret_cast<std::uint8_t const*>(gdt), sizeof gdt}, "the descriptor table");
    put(page, header::command_line,
        static_cast<std::uint32_t>(shelf.place_text(config.command_line, "the command line")));
    if (config.initrd.present()) {
        std::uint64_t const end =
            1 + (version >= 0x203 ? std::uint64_t{field32(header::ramdisk_maximum)} : 0x37FF'FFFF);
        Range const taken[] = {{kernel.address, kernel.address + kernel.memory_size}, unpacked};
        std::uint64_t const address = load_module(config.initrd, taken, end, memory);
        put(page, header::ramdisk_image, static_cast<std::uint32_t>(address));
        put(page, header::ramdisk_size, static_cast<std::uint32_t>(config.initrd.bytes->size()));
    }
    put(page, zero_page::rsdp, rsdp);
    std::size_t entries = 0;
    for (MemoryMapEntry const& part : memory_map(memory, true)) {
        if (entries == zero_page::most_memory_map_entries) break;
        std::size_t const at = zero_page::memory_map + 20 * entries++;
        put(page, at, part.address);
        put(page, at + 8, part.size);
        put(page, at + 16, part.type);
    }
    page[zero_page::memory_map_entries] = static_cast<std::uint8_t>(entries);
    memory.write(zero_page_address, page);

    Entry entry{.after_bios = true};
    entry.eip = static_cast<std::uint32_t>(kernel.address);
    entry.esi = zero_page_address;
    entry.code_selector = boot_cs;
    entry.data_selector = boot_ds;
    entry.gdtr = {gdt_at, sizeof gdt - 1};
    return entry;
}

}  // namespace sim::loader
