// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/pci.hpp"

#include <algorithm>
#include <stdexcept>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

// [pci-3.0 §6.1]
std::string config_register_name(std::uint64_t offset) {
    switch (offset & ~1ull) {
        case pci_config::vendor:
            return "vendor";
        case pci_config::device:
            return "device";
        case pci_config::command:
            return "command";
        case pci_config::status:
            return "status";
        case pci_config::revision:
            return offset & 1 ? "class" : "revision";
        case pci_config::header_type:
            return "header type";
        case pci_config::subsystem_vendor:
            return "subsystem vendor";
        case pci_config::subsystem:
            return "subsystem";
        case pci_config::rom:
            return "ROM";
        case pci_config::capabilities:
            return "capabilities";
        case pci_config::interrupt_line:
            return offset & 1 ? "interrupt pin" : "interrupt line";
        default:
            break;
    }
    if (offset >= pci_config::bar0 && offset < pci_config::bar0 + 24)
        return fmt::format("BAR {}", (offset - pci_config::bar0) / 4);
    return fmt::format("{:#04x}", offset);
}

}  // namespace

// --- A function ---

void PciFunction::reset() { config_ = initial_; }

void PciFunction::set_initial(unsigned offset, unsigned size, std::uint32_t value) {
    for (unsigned i = 0; i < size; ++i) initial_[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void PciFunction::set_writable(unsigned offset, unsigned size, std::uint32_t mask) {
    for (unsigned i = 0; i < size; ++i) writable_[offset + i] = static_cast<std::uint8_t>(mask >> (8 * i));
}

void PciFunction::add_memory_bar(unsigned index, std::uint64_t size, bool is_64_bit) {
    unsigned const offset = pci_config::bar0 + 4 * index;
    bars_[index] = {size, is_64_bit, false};
    // The low bits tell the kind; those below the size read as 0, which is how
    // a guest finds the size out.
    set_initial(offset, 4, is_64_bit ? 0xC : 0x0);  // 64-bit ones are prefetchable, as QEMU's
    set_writable(offset, 4, static_cast<std::uint32_t>(~(size - 1)));
    if (is_64_bit) set_writable(offset + 4, 4, static_cast<std::uint32_t>(~(size - 1) >> 32));
}

void PciFunction::add_io_bar(unsigned index, std::uint64_t size) {
    unsigned const offset = pci_config::bar0 + 4 * index;
    bars_[index] = {size, false, true};
    set_initial(offset, 4, 1);
    set_writable(offset, 4, static_cast<std::uint32_t>(~(size - 1)) & 0xFFFF);  // ports are 16 bits wide
}

unsigned PciFunction::add_capability(std::uint8_t id, std::span<std::uint8_t const> body) {
    unsigned const offset = capabilities_end_;
    capabilities_end_ += static_cast<unsigned>(2 + body.size() + 3) & ~3u;
    if (capabilities_end_ > initial_.size()) throw std::logic_error("too many PCI capabilities");
    initial_[offset] = id;
    std::copy(body.begin(), body.end(), initial_.begin() + offset + 2);
    initial_[last_capability_ == 0 ? pci_config::capabilities : last_capability_ + 1] =
        static_cast<std::uint8_t>(offset);
    last_capability_ = offset;
    initial_[pci_config::status] |= pci_config::status_capabilities;
    return offset;
}

std::uint32_t PciFunction::config_read(unsigned offset, unsigned size) {
    if (offset + size > config_.size()) return 0;  // extended space: no capabilities there
    config_about_to_be_read(offset, size);
    config_[pci_config::status] =
        static_cast<std::uint8_t>((config_[pci_config::status] & ~pci_config::status_interrupt) |
                                  (interrupt_pending() ? pci_config::status_interrupt : 0));
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{config_[offset + i]} << (8 * i);
    return value;
}

void PciFunction::config_write(unsigned offset, unsigned size, std::uint32_t value) {
    if (offset + size > config_.size()) return;
    for (unsigned i = 0; i < size; ++i) {
        std::uint8_t const mask = writable_[offset + i];
        auto const byte = static_cast<std::uint8_t>(value >> (8 * i));
        config_[offset + i] = static_cast<std::uint8_t>((config_[offset + i] & ~mask) | (byte & mask));
    }
    config_written(offset, size);
    auto const touches = [&](unsigned first, std::size_t length) {
        return offset < first + length && offset + size > first;
    };
    bool const command = touches(pci_config::command, 2), bar = touches(pci_config::bar0, 4 * bars_.size());
    // Addresses that RAM has: legal, useless and a mistake of the guest's.
    bool const decoding = get16(pci_config::command) & pci_config::command_memory;
    for (unsigned i = 0; (command || bar) && decoding && i < bars_.size(); ++i) {
        std::uint8_t byte = 0;
        if (bars_[i].size == 0 || bars_[i].io || bar_address(i) == 0) continue;
        if (board_.read_memory(bar_address(i), {&byte, 1}))
            board_.report(name(), fmt::format("BAR {} was put over RAM, at {:#x}: RAM answers there, not the "
                                              "device",
                                              i, bar_address(i)));
    }
    if (command) update_wire();
}

void PciFunction::update_wire() {
    if (bus_) bus_->update_wires();
}

std::uint64_t PciFunction::bar_address(unsigned index) const {
    unsigned const offset = pci_config::bar0 + 4 * index;
    std::uint64_t const low = get32(offset) & (bars_[index].io ? ~3u : ~0xFu);
    return bars_[index].is_64_bit ? low | std::uint64_t{get32(offset + 4)} << 32 : low;
}

std::optional<PciFunction::Hit> PciFunction::decode(std::uint64_t address, unsigned size, bool io) const {
    auto const decoding = io ? pci_config::command_io : pci_config::command_memory;
    if (!(get16(pci_config::command) & decoding)) return std::nullopt;
    for (unsigned i = 0; i < bars_.size(); ++i) {
        if (bars_[i].size == 0 || bars_[i].io != io || bar_address(i) == 0)
            continue;  // 0: nobody has assigned it
        std::uint64_t const offset = address - bar_address(i);
        if (offset < bars_[i].size && size <= bars_[i].size - offset) return Hit{i, offset};
    }
    return std::nullopt;
}

machine::StateNode PciFunction::describe_config() const {
    machine::StateNode node{
        name(),
        fmt::format("00:{:02x}.{}", address_.device, address_.function),
        fmt::format("PCI function {:04x}:{:04x}", get16(pci_config::vendor), get16(pci_config::device)),
        {}};
    node.children.push_back(bits("command", get16(pci_config::command), "",
                                 {{0, "I/O decoding"},
                                  {1, "memory decoding"},
                                  {2, "bus master: may use DMA"},
                                  {10, "interrupt wire off"}}));
    for (unsigned i = 0; i < bars_.size(); ++i)
        if (bars_[i].size != 0)
            node.children.push_back(hex(fmt::format("BAR {}", i), bar_address(i),
                                        fmt::format("{}{} {}", bar_address(i) == 0 ? "not assigned, " : "",
                                                    bars_[i].size, bars_[i].io ? "ports" : "bytes")));
    return node;
}

// --- The host bridge ---

HostBridge::HostBridge(machine::Surroundings& board) : PciFunction("hostbridge", board, {0, 0}) {
    set_initial(pci_config::vendor, 2, 0x8086);
    set_initial(pci_config::device, 2, 0x29C0);
    set_initial(pci_config::class_code, 3, 0x060000);
    set_initial(pci_config::subsystem_vendor, 4, 0x1100'1AF4);
    set_initial(0x60, 4, PciBus::ecam_base | 1);  // PCIEXBAR: 256 MiB, enabled
    reset();
}

// --- The bus ---

PciFunction* PciBus::find(unsigned bus, unsigned device, unsigned function) const {
    if (bus != 0) return nullptr;
    for (PciFunction* const f : functions_)
        if (f->address().device == device && f->address().function == function) return f;
    return nullptr;
}

// What CONFIG_ADDRESS points to, if its enable bit is set.
PciFunction* PciBus::selected() const {
    if (!(address_ & 0x8000'0000)) return nullptr;
    return find(address_ >> 16 & 0xFF, address_ >> 11 & 31, address_ >> 8 & 7);
}

void PciBus::update_wires() {
    if (!router_) return;
    unsigned levels = 0;
    for (PciFunction const* const f : functions_)
        if (f->pin() != 0 && f->wire()) levels |= 1u << pirq_of(f->address().device, f->pin() - 1);
    router_->set_pirqs(static_cast<std::uint8_t>(levels));
}

std::uint64_t PciBus::io_read(unsigned region, std::uint64_t offset, unsigned size) {
    switch (region) {
        case ports: {
            if (offset == 1 && size == 1 && reset_control_) return reset_control_->io_read(0, 0, 1);
            // Only a whole access to CONFIG_ADDRESS is one. [pci-3.0 §3.2.2.3.2]
            if (offset < 4) return offset == 0 && size == 4 ? address_ : ~0ull;
            PciFunction* const f = selected();
            if (!f) return ~0ull;  // nobody answered: a master abort
            return f->config_read((address_ & 0xFC) + (offset & 3), size);
        }
        case ecam: {
            PciFunction* const f = find(offset >> 20 & 0xFF, offset >> 15 & 31, offset >> 12 & 7);
            if (!f) return ~0ull;
            if (size == 8) {
                std::uint64_t const low = f->config_read(offset & 0xFFF, 4);
                return low | std::uint64_t{f->config_read((offset & 0xFFF) + 4, 4)} << 32;
            }
            return f->config_read(offset & 0xFFF, size);
        }
        default:
            for (PciFunction* const f : functions_)
                if (auto const hit = f->decode(offset, size, region == io))
                    return f->bar_read(hit->bar, hit->offset, size);
            board_.report(region == io ? "ports" : "memory",
                          fmt::format("read of {}{:#x}: nothing is there; answered all ones",
                                      region == io ? "port " : "", offset));
            return ~0ull;
    }
}

void PciBus::io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) {
    switch (region) {
        case ports: {
            if (offset == 1 && size == 1 && reset_control_) return reset_control_->io_write(0, 0, 1, value);
            if (offset == 0 && size == 4) address_ = static_cast<std::uint32_t>(value) & 0x80FF'FFFC;
            PciFunction* const f = offset < 4 ? nullptr : selected();
            if (f) f->config_write((address_ & 0xFC) + (offset & 3), size, static_cast<std::uint32_t>(value));
            return;
        }
        case ecam: {
            PciFunction* const f = find(offset >> 20 & 0xFF, offset >> 15 & 31, offset >> 12 & 7);
            if (!f) return;
            f->config_write(offset & 0xFFF, std::min(size, 4u), static_cast<std::uint32_t>(value));
            if (size == 8) f->config_write((offset & 0xFFF) + 4, 4, static_cast<std::uint32_t>(value >> 32));
            return;
        }
        default:
            for (PciFunction* const f : functions_)
                if (auto const hit = f->decode(offset, size, region == io))
                    return f->bar_write(hit->bar, hit->offset, size, value);
            board_.report(region == io ? "ports" : "memory",
                          fmt::format("write to {}{:#x}: nothing is there; ignored",
                                      region == io ? "port " : "", offset));
    }
}

machine::IoHandler::RegisterName PciBus::register_name(unsigned region, std::uint64_t offset, unsigned size,
                                                       bool) const {
    auto const config = [&](PciFunction const* f, std::uint64_t at) -> RegisterName {
        return {f ? f->name() : "nobody", fmt::format("config {}", config_register_name(at))};
    };
    switch (region) {
        case ports:
            if (offset == 1 && size == 1 && reset_control_)
                return reset_control_->register_name(0, 0, 1, false);
            if (offset < 4) return {name(), "CONFIG_ADDRESS"};
            return config(selected(), (address_ & 0xFC) + (offset & 3));
        case ecam:
            return config(find(offset >> 20 & 0xFF, offset >> 15 & 31, offset >> 12 & 7), offset & 0xFFF);
        default:
            for (PciFunction const* const f : functions_)
                if (auto const hit = f->decode(offset, size, region == io))
                    return {f->name(), f->bar_register_name(hit->bar, hit->offset)};
            return {"nobody", ""};
    }
}

machine::StateNode PciBus::describe() const {
    machine::StateNode node{name(), fmt::format("{} functions", functions_.size()), "bus 0", {}};
    node.children.push_back(hex("CONFIG_ADDRESS", address_, "port 0xcf8"));
    for (PciFunction const* const f : functions_) node.children.push_back(f->describe_config());
    return node;
}

}  // namespace sim::devices
