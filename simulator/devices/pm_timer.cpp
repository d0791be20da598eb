// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/pm_timer.hpp"

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

constexpr std::uint16_t sleep_enable = 1 << 13;
constexpr unsigned sleep_type_off = 5;  // what the DSDT's \_S5 package says

}  // namespace

std::uint32_t PmTimer::counter() const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint32_t>(Wide{board_.now()} * frequency_hz / 1'000'000'000) & 0xFF'FFFF;
}

std::uint64_t PmTimer::io_read(unsigned, std::uint64_t offset, unsigned size) {
    // As one row of bytes: status (none), enable, control, nothing, timer.
    std::uint64_t const low = std::uint64_t{enable_} << 16 | std::uint64_t{control_} << 32;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size && offset + i < ports; ++i) {
        std::uint64_t const at = offset + i;
        std::uint64_t const byte = at < 8 ? low >> (8 * at) : std::uint64_t{counter()} >> (8 * (at - 8));
        value |= (byte & 0xFF) << (8 * i);
    }
    return value;
}

void PmTimer::io_write(unsigned, std::uint64_t offset, unsigned, std::uint64_t value) {
    if (offset == 2) enable_ = static_cast<std::uint16_t>(value);
    if (offset != 4) return;
    control_ = static_cast<std::uint16_t>((value & ~std::uint64_t{sleep_enable}) | sci_enabled);
    if ((value & sleep_enable) && (value >> 10 & 7) == sleep_type_off) board_.exit(0);
}

machine::StateNode PmTimer::describe() const {
    return {
        name(),
        "",
        "ACPI power management: timer, power off",
        {hex("timer", counter(), "24 bits at 3.579545 MHz"), hex("control", control_, "bit 0: ACPI mode")}};
}

}  // namespace sim::devices
