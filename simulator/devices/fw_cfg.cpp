// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/fw_cfg.hpp"

#include <algorithm>
#include <array>

#include "simulator/devices/describe.hpp"
#include "simulator/machine/memory.hpp"

namespace sim::devices {
namespace {

// Keys. [qemu-fw-cfg]
enum : std::uint16_t {
    key_signature = 0x00,
    key_id = 0x01,
    key_uuid = 0x02,
    key_ram_size = 0x03,
    key_no_graphic = 0x04,
    key_processors = 0x05,
    key_kernel_size = 0x08,
    key_initrd_size = 0x0B,
    key_most_processors = 0x0F,
    key_kernel_data = 0x11,
    key_initrd_data = 0x12,
    key_command_line_size = 0x14,
    key_command_line_data = 0x15,
    key_directory = 0x19,
    key_first_file = 0x20,
};
constexpr std::uint32_t id_traditional = 1, id_dma = 2;

constexpr std::uint64_t selector_offset = 0, data_offset = 1, dma_high_offset = 4, dma_low_offset = 8;

// The control word of a DMA request; the key stands in its upper half.
enum : std::uint32_t { dma_error = 1, dma_read = 2, dma_skip = 4, dma_select = 8, dma_write = 16 };
constexpr std::size_t request_bytes = 16;                     // control, length, address: big-endian
constexpr std::uint64_t dma_signature = 0x51454D55'20434647;  // "QEMU CFG", big-endian

template <unsigned size>
void put_le(std::vector<std::uint8_t>& bytes, std::uint64_t value) {
    for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

template <unsigned size>
void put_be(std::vector<std::uint8_t>& bytes, std::uint64_t value) {
    for (unsigned i = size; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t be(std::span<std::uint8_t const> bytes) {
    std::uint64_t value = 0;
    for (std::uint8_t const byte : bytes) value = value << 8 | byte;
    return value;
}

template <unsigned size>
std::vector<std::uint8_t> number_le(std::uint64_t value) {
    std::vector<std::uint8_t> bytes;
    put_le<size>(bytes, value);
    return bytes;
}

std::uint32_t swapped(std::uint64_t value) { return __builtin_bswap32(static_cast<std::uint32_t>(value)); }

// Address, size and type (1: RAM) of each range.
std::vector<std::uint8_t> memory_map(std::uint64_t ram) {
    std::vector<std::uint8_t> map;
    std::uint64_t const low = std::min<std::uint64_t>(ram, machine::hole_start);
    put_le<8>(map, 0);
    put_le<8>(map, low);
    put_le<4>(map, 1);
    if (ram > low) {
        put_le<8>(map, machine::hole_end);
        put_le<8>(map, ram - low);
        put_le<4>(map, 1);
    }
    return map;
}

}  // namespace

FwCfg::FwCfg(machine::Surroundings& board, machine::MachineConfig const& config)
    : Device("fw_cfg"), board_(board) {
    add(key_signature, {'Q', 'E', 'M', 'U'});
    add(key_id, number_le<4>(id_traditional | id_dma));
    add(key_uuid, Bytes(16));
    add(key_ram_size, number_le<8>(config.memory_bytes));
    add(key_no_graphic, number_le<2>(1));
    add(key_processors, number_le<2>(config.processors));
    add(key_most_processors, number_le<2>(config.processors));
    add(key_kernel_size, number_le<4>(config.image.present() ? config.image.bytes->size() : 0));
    add(key_kernel_data, config.image);
    add(key_initrd_size, number_le<4>(config.initrd.present() ? config.initrd.bytes->size() : 0));
    add(key_initrd_data, config.initrd);
    Bytes line(config.command_line.begin(), config.command_line.end());
    line.push_back(0);
    add(key_command_line_size, number_le<4>(line.size()));
    add(key_command_line_data, std::move(line));
    add_file("etc/e820", memory_map(config.memory_bytes));
    Bytes directory;
    put_be<4>(directory, items_.rbegin()->first - key_first_file + 1u);
    directory.insert(directory.end(), directory_.begin(), directory_.end());
    add(key_directory, std::move(directory));
    FwCfg::reset();
}

void FwCfg::add(std::uint16_t key, Bytes bytes) {
    items_[key] = std::make_shared<Bytes const>(std::move(bytes));
}

void FwCfg::add(std::uint16_t key, machine::Blob const& blob) {
    items_[key] = blob.present() ? blob.bytes : std::make_shared<Bytes const>();
}

void FwCfg::add_file(std::string const& file, Bytes bytes) {
    constexpr std::size_t name_bytes = 56;
    auto const key = static_cast<std::uint16_t>(
        std::max<unsigned>(key_first_file, items_.empty() ? 0 : items_.rbegin()->first + 1u));
    put_be<4>(directory_, bytes.size());
    put_be<2>(directory_, key);
    put_be<2>(directory_, 0);
    for (std::size_t i = 0; i < name_bytes; ++i)
        directory_.push_back(i < file.size() ? static_cast<std::uint8_t>(file[i]) : std::uint8_t{0});
    add(key, std::move(bytes));
}

void FwCfg::reset() {
    selected_ = 0;
    offset_ = 0;
    dma_address_ = 0;
}

void FwCfg::select(std::uint16_t key) {
    selected_ = key;
    offset_ = 0;
    if (!items_.contains(key))
        board_.report(name(), fmt::format("there is no item {:#x}; it reads as zeros", key));
}

// The next bytes; past the end there are zeros.
void FwCfg::take(std::span<std::uint8_t> into) {
    std::fill(into.begin(), into.end(), std::uint8_t{0});
    auto const item = items_.find(selected_);
    if (item == items_.end() || offset_ >= item->second->size()) return;
    std::size_t const part = std::min(into.size(), item->second->size() - offset_);
    std::copy_n(item->second->begin() + offset_, part, into.begin());
    offset_ += static_cast<std::uint32_t>(part);
}

std::uint64_t FwCfg::io_read(unsigned, std::uint64_t offset, unsigned size) {
    if (offset == data_offset && size == 1) {
        std::array<std::uint8_t, 1> byte;
        take(byte);
        return byte[0];
    }
    // The DMA register shows that it is there.
    if (offset == dma_high_offset && size == 4) return swapped(dma_signature >> 32);
    if (offset == dma_low_offset && size == 4) return swapped(dma_signature);
    return 0;
}

void FwCfg::io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (offset == selector_offset && size == 2) return select(static_cast<std::uint16_t>(value));
    if (offset == dma_high_offset && size == 4) {
        dma_address_ = std::uint64_t{swapped(value)} << 32;
    } else if (offset == dma_low_offset && size == 4) {
        dma_address_ |= swapped(value);
        transfer();
        dma_address_ = 0;
    }
}

void FwCfg::transfer() {
    std::array<std::uint8_t, request_bytes> request;
    if (!board_.read_memory(dma_address_, request))
        return board_.report(name(), fmt::format("the DMA request {:#x} is not in RAM", dma_address_));
    auto const control = static_cast<std::uint32_t>(be(std::span(request).first(4)));
    std::uint64_t left = be(std::span(request).subspan(4, 4)), to = be(std::span(request).subspan(8));
    if (control & dma_select) select(static_cast<std::uint16_t>(control >> 16));
    bool ok = !(control & dma_write) || (control & dma_read);
    std::array<std::uint8_t, 4096> piece;
    if (ok && (control & dma_read)) {
        while (ok && left != 0) {
            auto const part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), left));
            take(part);
            ok = board_.write_memory(*this, to, part);
            to += part.size();
            left -= part.size();
        }
    } else if (ok && (control & dma_skip)) {
        offset_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(offset_ + left, UINT32_MAX));
    }
    std::uint8_t const answer[] = {0, 0, 0, ok ? std::uint8_t{0} : std::uint8_t{dma_error}};
    board_.write_memory(*this, dma_address_, answer);
}

machine::IoHandler::RegisterName FwCfg::register_name(unsigned, std::uint64_t offset, unsigned, bool) const {
    return {name(), offset == selector_offset ? "selector"
                    : offset == data_offset   ? fmt::format("item {:#x}", selected_)
                    : offset < dma_low_offset ? "DMA address, high"
                                              : "DMA address, low"};
}

machine::StateNode FwCfg::describe() const {
    machine::StateNode node{
        name(), fmt::format("{} items", items_.size()), "QEMU's firmware configuration", {}};
    node.children.push_back(hex("selected", selected_, fmt::format("at byte {}", offset_)));
    return node;
}

}  // namespace sim::devices
