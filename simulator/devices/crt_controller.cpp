// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/crt_controller.hpp"

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

constexpr unsigned cursor_high = 0x0E, cursor_low = 0x0F, vertical_retrace_end = 0x11;
constexpr std::uint8_t protects_timing = 0x80;  // of vertical_retrace_end: registers 0 to 7 keep their values
constexpr std::uint8_t line_compare_bit = 0x10;  // of register 7: not protected

// What a BIOS leaves: mode 3, 80 by 25 characters of 9 by 16 points.
constexpr std::array<std::uint8_t, CrtController::registers> mode_3 = {
    0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0x00,
    0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF};

}  // namespace

void CrtController::reset() {
    index_ = 0;
    registers_ = mode_3;
}

std::uint8_t CrtController::read(std::uint64_t offset) const {
    if (offset == 0) return index_;
    return index_ < registers_.size() ? registers_[index_] : 0;
}

void CrtController::write(std::uint64_t offset, std::uint8_t value) {
    if (offset == 0) {
        index_ = value;
        return;
    }
    if (index_ >= registers_.size()) return;
    std::uint8_t writable = 0xFF;
    if (index_ <= 7 && (registers_[vertical_retrace_end] & protects_timing))
        writable = index_ == 7 ? line_compare_bit : 0;
    registers_[index_] = static_cast<std::uint8_t>((registers_[index_] & ~writable) | (value & writable));
}

std::uint64_t CrtController::io_read(unsigned, std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= std::uint64_t{offset + i < 2 ? read(offset + i) : std::uint8_t{0xFF}} << (8 * i);
    return value;
}

void CrtController::io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) {
    for (unsigned i = 0; i < size && offset + i < 2; ++i)
        write(offset + i, static_cast<std::uint8_t>(value >> (8 * i)));
}

machine::IoHandler::RegisterName CrtController::register_name(unsigned, std::uint64_t offset, unsigned,
                                                              bool) const {
    return {name(), offset == 0 ? "CRT index" : fmt::format("CRT register {:#04x}", index_)};
}

machine::StateNode CrtController::describe() const {
    unsigned const cursor = registers_[cursor_high] << 8 | registers_[cursor_low];
    machine::StateNode node{name(),
                            fmt::format("cursor at row {}, column {}", cursor / 80, cursor % 80),
                            "a VGA's CRT controller in text mode; there is no picture",
                            {}};
    node.children.push_back(hex("index", index_, "port 0x3d4"));
    node.children.push_back({"cursor", std::to_string(cursor), "characters from 0xb8000", {}});
    return node;
}

}  // namespace sim::devices
