// SPDX-License-Identifier: MIT
#include "kernel/devices/pci.hpp"

#include "kernel/base/bits.hpp"

namespace devices {
namespace {

// [pci-3.0 §6.1, §6.2.1, appendix D]
constexpr std::uint16_t nobody = 0xffff;  // the vendor of a function that is not there
constexpr std::uint8_t multi_function = 0x80;
constexpr std::uint8_t base_class_bridge = 0x06;
constexpr std::uint8_t sub_class_pci_bridge = 0x04;
constexpr unsigned most_bridges_deep = 8;

// A BAR's low bits are flags, the rest is the address. [pci-3.0 §6.2.5.1]
constexpr std::uint32_t bar_is_io = 1 << 0;
constexpr std::uint32_t bar_is_64_bits = 2 << 1;
constexpr std::uint32_t bar_type_mask = 3 << 1;
constexpr std::uint32_t bar_memory_mask = ~0xfu;
constexpr std::uint32_t bar_io_mask = ~0x3u;

std::uint16_t bar_offset(unsigned index) { return static_cast<std::uint16_t>(pci_offset::bar0 + 4 * index); }

// The size shows in the bits that stay zero when all ones are written.
std::uint32_t probe_bar(PciConfig& config, PciAddress at, unsigned index) {
    std::uint32_t const old = config.read(at, bar_offset(index));
    config.write(at, bar_offset(index), 0xffff'ffff);
    std::uint32_t const mask = config.read(at, bar_offset(index));
    config.write(at, bar_offset(index), old);
    return mask;
}

void read_bars(PciConfig& config, PciFunction& function) {
    PciAddress const at = function.address;
    // While the size is probed the function must not answer at a strange address.
    std::uint16_t const command = config.read16(at, pci_offset::command);
    config.write16(at, pci_offset::command,
                   static_cast<std::uint16_t>(command & ~(pci_command_io | pci_command_memory)));
    unsigned const count = function.is_bridge ? 2 : 6;
    for (unsigned i = 0; i < count; ++i) {
        PciBar& bar = function.bars[i];
        std::uint32_t const low = config.read(at, bar_offset(i));
        std::uint32_t const mask = probe_bar(config, at, i);
        if (mask == 0) continue;
        if ((low & bar_is_io) != 0) {
            bar.kind = BarKind::io;
            bar.address = low & bar_io_mask;
            bar.size = (~(mask & bar_io_mask) + 1) & 0xffff;
            continue;
        }
        std::uint64_t address = low & bar_memory_mask;
        std::uint64_t size_mask = 0xffff'ffff'0000'0000 | (mask & bar_memory_mask);
        bar.is_64_bits = (low & bar_type_mask) == bar_is_64_bits && i + 1 < count;
        if (bar.is_64_bits) {
            address |= std::uint64_t{config.read(at, bar_offset(i + 1))} << 32;
            size_mask = (std::uint64_t{probe_bar(config, at, i + 1)} << 32) | (mask & bar_memory_mask);
        }
        bar.address = address;
        bar.size = ~size_mask + 1;
        // Any other size is no device's: nothing could be aligned to it.
        if (bar.size >= 16 && (bar.size & (bar.size - 1)) == 0) bar.kind = BarKind::memory;
        if (bar.is_64_bits) ++i;  // the next register was this one's upper half
    }
    config.write16(at, pci_offset::command, command);
}

struct Enumeration {
    PciConfig& config;
    std::span<PciFunction> out;
    std::size_t found = 0;

    void visit_bus(std::uint8_t bus, unsigned depth) {
        for (std::uint8_t device = 0; device < 32; ++device) {
            PciAddress const first{bus, device, 0};
            if (config.read16(first, pci_offset::vendor) == nobody) continue;
            bool const several = (config.read8(first, pci_offset::header_type) & multi_function) != 0;
            for (std::uint8_t function = 0; function < (several ? 8 : 1); ++function)
                visit({bus, device, function}, depth);
        }
    }

    void visit(PciAddress at, unsigned depth) {
        PciFunction function;
        function.address = at;
        function.vendor = config.read16(at, pci_offset::vendor);
        if (function.vendor == nobody) return;
        function.device = config.read16(at, pci_offset::device);
        std::uint32_t const classes = config.read(at, pci_offset::class_code);
        function.base_class = static_cast<std::uint8_t>(classes >> 24);
        function.sub_class = static_cast<std::uint8_t>(classes >> 16);
        function.is_bridge = (config.read8(at, pci_offset::header_type) & 0x7f) == 1;
        if (!function.is_bridge) function.subsystem = config.read16(at, pci_offset::subsystem);
        read_bars(config, function);
        if (found < out.size()) out[found] = function;
        ++found;
        bool const leads_on = function.is_bridge && function.base_class == base_class_bridge &&
                              function.sub_class == sub_class_pci_bridge;
        std::uint8_t const behind = leads_on ? config.read8(at, pci_offset::secondary_bus) : 0;
        // A bridge that nobody configured leads to bus 0, and a wrong one upwards.
        if (behind > at.bus && depth < most_bridges_deep) visit_bus(behind, depth + 1);
    }
};

bool overlaps(std::uint64_t start, std::uint64_t size, PciWindow range) {
    return start < range.end && (start >= range.start || size > range.start - start);
}

// Where registers may not be.
struct Space {
    std::span<PciFunction const> functions;
    std::span<PciWindow const> taken;

    // The end of what is in the way there: of what is taken or, if it is asked for a `bar`, of
    // another's registers. 0: nothing is. Who claims what is taken does not get it, and so is in
    // nobody's way.
    std::uint64_t in_the_way(std::uint64_t place, std::uint64_t size, PciBar const* bar) const {
        for (PciWindow const& range : taken)
            if (overlaps(place, size, range)) return range.end;
        if (bar == nullptr) return 0;
        for (PciFunction const& other : functions)
            for (PciBar const& b : other.bars)
                if (&b != bar && b.kind == BarKind::memory && b.address != 0 &&
                    overlaps(place, size, {b.address, b.address + b.size}) &&
                    in_the_way(b.address, b.size, nullptr) == 0)
                    return b.address + b.size;
        return 0;
    }
};

}  // namespace

void format_value(base::TextSink& sink, PciAddress const& a) {
    base::print(sink, "{:02x}:{:02x}.{}", a.bus, a.device, a.function);
}

std::uint16_t PciConfig::read16(PciAddress function, std::uint16_t offset) {
    return static_cast<std::uint16_t>(read(function, offset & 0xfffc) >> (8 * (offset & 2)));
}

std::uint8_t PciConfig::read8(PciAddress function, std::uint16_t offset) {
    return static_cast<std::uint8_t>(read(function, offset & 0xfffc) >> (8 * (offset & 3)));
}

// Writes the other half back as it was read. In the status register, the
// command's other half, ones clear bits: there zeros are written.
void PciConfig::write16(PciAddress function, std::uint16_t offset, std::uint16_t value) {
    unsigned const shift = 8 * (offset & 2u);
    std::uint16_t const aligned = offset & 0xfffc;
    std::uint32_t const other =
        aligned == pci_offset::command ? 0 : read(function, aligned) & ~(0xffffu << shift);
    write(function, aligned, other | std::uint32_t{value} << shift);
}

std::size_t enumerate_pci(PciConfig& config, std::span<PciFunction> out) {
    Enumeration enumeration{config, out};
    enumeration.visit_bus(0, 0);
    return enumeration.found;
}

bool assign_bars(PciConfig& config, std::span<PciFunction> functions, PciWindow window,
                 std::span<PciWindow const> taken) {
    bool all = true;
    std::uint64_t next = window.start;
    Space const space{functions, taken};
    for (PciFunction& function : functions) {
        for (unsigned i = 0; i < function.bars.size(); ++i) {
            PciBar& bar = function.bars[i];
            if (bar.kind != BarKind::memory) continue;
            std::uint64_t const claimed = bar.address;
            if (claimed != 0) {
                if (space.in_the_way(claimed, bar.size, &bar) == 0) continue;
                all = false;
                bar.address = 0;
                // Not moved out of memory: some chipsets show ECAM itself as a BAR.
                if (space.in_the_way(claimed, bar.size, nullptr) != 0) continue;
                std::uint16_t const command = config.read16(function.address, pci_offset::command);
                config.write16(function.address, pci_offset::command,
                               static_cast<std::uint16_t>(command & ~pci_command_memory));
            }
            // Registers are aligned to their size. Skip whatever is in the way
            // and look again, until nothing is.
            std::uint64_t place = base::align_up(next, bar.size);
            while (place < window.end) {
                std::uint64_t const end = space.in_the_way(place, bar.size, &bar);
                if (end == 0) break;
                place = base::align_up(end, bar.size);
            }
            if (place >= window.end || bar.size > window.end - place) {
                all = false;
                continue;
            }
            config.write(function.address, bar_offset(i), static_cast<std::uint32_t>(place));
            if (bar.is_64_bits)
                config.write(function.address, bar_offset(i + 1), static_cast<std::uint32_t>(place >> 32));
            next = place + bar.size;
            // Whoever does not go where it is sent, may be where it was: in another's place.
            std::uint64_t goes = config.read(function.address, bar_offset(i)) & bar_memory_mask;
            if (bar.is_64_bits)
                goes |= std::uint64_t{config.read(function.address, bar_offset(i + 1))} << 32;
            if (goes == place)
                bar.address = place;
            else
                all = false;
        }
    }
    return all;
}

bool switch_on(PciConfig& config, PciFunction const& function) {
    for (PciBar const& bar : function.bars)
        if (bar.kind == BarKind::memory && bar.address == 0) return false;
    std::uint16_t const command = config.read16(function.address, pci_offset::command);
    config.write16(function.address, pci_offset::command, command | pci_command_memory | pci_command_master);
    return true;
}

std::optional<std::uint8_t> find_capability(PciConfig& config, PciAddress function, std::uint8_t id,
                                            std::uint8_t after) {
    constexpr std::uint16_t has_list = 1 << 4;
    if ((config.read16(function, pci_offset::status) & has_list) == 0) return std::nullopt;
    std::uint8_t at = after == 0 ? config.read8(function, pci_offset::capabilities)
                                 : config.read8(function, static_cast<std::uint16_t>(after + 1));
    for (unsigned steps = 0; steps < 48 && (at & 0xfc) >= 0x40; ++steps) {  // 48 fit into the space
        at &= 0xfc;
        if (config.read8(function, at) == id) return at;
        at = config.read8(function, static_cast<std::uint16_t>(at + 1));
    }
    return std::nullopt;
}

std::optional<MsixTable> find_msix(PciConfig& config, PciFunction const& function) {
    auto const at = find_capability(config, function.address, pci_capability_msix);
    if (!at) return std::nullopt;
    std::uint32_t const place = config.read(function.address, static_cast<std::uint16_t>(*at + 4));
    MsixTable table;
    table.capability = *at;
    table.bar = place & 7;
    table.offset = place & ~7u;
    table.entries = static_cast<std::uint16_t>(
        (config.read16(function.address, static_cast<std::uint16_t>(*at + 2)) & 0x7ff) + 1);
    if (table.bar >= function.bars.size()) return std::nullopt;
    PciBar const& bar = function.bars[table.bar];
    std::uint64_t const bytes = std::uint64_t{table.entries} * 16;
    bool const fits = bar.kind == BarKind::memory && bar.address != 0 && table.offset < bar.size &&
                      bytes <= bar.size - table.offset;
    return fits ? std::optional(table) : std::nullopt;
}

void enable_msix(PciConfig& config, PciFunction const& function, MsixTable const& table) {
    constexpr std::uint16_t enable = 1 << 15;
    constexpr std::uint16_t mask_all = 1 << 14;
    auto const control = static_cast<std::uint16_t>(table.capability + 2);
    std::uint16_t const old = config.read16(function.address, control);
    config.write16(function.address, control, static_cast<std::uint16_t>((old | enable) & ~mask_all));
    std::uint16_t const command = config.read16(function.address, pci_offset::command);
    config.write16(function.address, pci_offset::command, command | pci_command_no_intx);
}

}  // namespace devices
