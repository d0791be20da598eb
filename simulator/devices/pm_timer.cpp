// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/pm_timer.hpp"

#include "simulator/devices/describe.hpp"
#include "simulator/devices/ticks.hpp"

namespace sim::devices {
namespace {

constexpr std::uint16_t timer_event = 1 << 0;  // TMR_STS and TMR_EN
constexpr std::uint16_t sleep_enable = 1 << 13;
constexpr unsigned highest_bit = 23;

}  // namespace

std::uint64_t PmTimer::ticks() const { return ticks_in(board_.now(), frequency_hz); }

// Brings the status up to date and the interrupt with it.
void PmTimer::update() {
    std::uint64_t const changes = ticks() >> highest_bit;
    if (changes != changes_seen_) status_ |= timer_event;
    changes_seen_ = changes;
    board_.set_interrupt_wire(sci_irq, status_ & enable_ & timer_event);
    if (!(enable_ & timer_event) || (status_ & timer_event)) return board_.disarm(*this, 0);
    board_.arm(*this, 0, end_of_ticks((changes + 1) << highest_bit, frequency_hz));
}

// As one row of bytes: status, enable, control, nothing, timer.
std::uint8_t PmTimer::byte_at(std::uint64_t offset) const {
    std::uint64_t const low = status_ | std::uint64_t{enable_} << 16 | std::uint64_t{control_} << 32;
    std::uint64_t const counter = ticks() & 0xFF'FFFF;
    return static_cast<std::uint8_t>(offset < 8 ? low >> (8 * offset) : counter >> (8 * (offset - 8)));
}

std::uint64_t PmTimer::io_read(unsigned, std::uint64_t offset, unsigned size) {
    if (offset < 4) update();
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size && offset + i < ports; ++i)
        value |= std::uint64_t{byte_at(offset + i)} << (8 * i);
    return value;
}

void PmTimer::io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (offset < 4) update();
    for (unsigned i = 0; i < size; ++i) write_byte(offset + i, static_cast<std::uint8_t>(value >> (8 * i)));
    if (offset < 4) update();
    // SLP_EN is not kept: it acts. [acpi-6.5 §4.8.3.2.1]
    bool const sleeps = control_ & sleep_enable;
    control_ &= ~sleep_enable;
    if (!sleeps) return;
    unsigned const type = control_ >> 10 & 7;
    if (type == sleep_type_off) return board_.exit(0);
    board_.report(name(), fmt::format("sleep state {} is not there; ignored", type));
}

void PmTimer::write_byte(std::uint64_t offset, std::uint8_t value) {
    auto const replace = [&](std::uint16_t& word, unsigned shift) {
        word = static_cast<std::uint16_t>((word & ~(0xFFu << shift)) | unsigned{value} << shift);
    };
    auto const shift = static_cast<unsigned>(8 * (offset & 1));
    switch (offset / 2) {
        case 0:
            status_ &= static_cast<std::uint16_t>(~(unsigned{value} << shift));  // a one acknowledges
            break;
        case 1:
            replace(enable_, shift);
            break;
        case 2:
            replace(control_, shift);
            control_ |= sci_enabled;
            break;
        default:
            break;
    }
}

machine::IoHandler::RegisterName PmTimer::register_name(unsigned, std::uint64_t offset, unsigned,
                                                        bool) const {
    return {name(), offset < 2 ? "PM1_STS" : offset < 4 ? "PM1_EN" : offset < 8 ? "PM1_CNT" : "PM_TMR"};
}

machine::StateNode PmTimer::describe() const {
    return {name(),
            "",
            "ACPI power management: timer, power off",
            {hex("timer", ticks() & 0xFF'FFFF, "24 bits at 3.579545 MHz"),
             hex("status", status_, "bit 0: the timer's highest bit changed"),
             hex("enable", enable_, "what raises the SCI"), hex("control", control_, "bit 0: ACPI mode")}};
}

}  // namespace sim::devices
