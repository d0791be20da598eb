// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/pic.hpp"

#include <bit>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

constexpr unsigned cascade_input = 2;  // of the master: the slave's output

}  // namespace

// Input 0 is the most urgent; one in service holds back itself and those after.
int Pic::Chip::most_urgent() const {
    unsigned const wanted = irr & ~imr & 0xFFu;
    if (wanted == 0) return -1;
    int const input = std::countr_zero(wanted);
    if (isr != 0 && std::countr_zero(unsigned{isr}) <= input) return -1;
    return input;
}

void Pic::Chip::set(unsigned input, bool on) {
    auto const mask = static_cast<std::uint8_t>(1u << input);
    bool const was = wires & mask;
    wires = static_cast<std::uint8_t>(on ? wires | mask : wires & ~mask);
    if (on && ((level & mask) || !was)) irr |= mask;
    // An edge stays latched; a level is asked for only while it lasts.
    if (!on && (level & mask)) irr &= static_cast<std::uint8_t>(~mask);
}

std::uint8_t Pic::Chip::take(unsigned input) {
    auto const mask = static_cast<std::uint8_t>(1u << input);
    if (!(level & mask)) irr &= static_cast<std::uint8_t>(~mask);
    if (!auto_eoi) isr |= mask;
    return static_cast<std::uint8_t>(base + input);
}

void Pic::reset() { chips_ = {}; }

void Pic::load(machine::StateReader& reader) { fields(*this, reader); }

void Pic::cascade() {
    chips_[0].level |= 1u << cascade_input;  // the slave holds its wire until all is served
    chips_[0].set(cascade_input, chips_[1].most_urgent() >= 0);
    if (changed_) changed_();
}

void Pic::set_wire(unsigned gsi, bool level) {
    if (gsi >= 16) return;
    chips_[gsi / 8].set(gsi % 8, level);
    cascade();
}

std::uint8_t Pic::acknowledge() {
    constexpr unsigned spurious = 7;
    int const input = chips_[0].most_urgent();
    if (input < 0) return static_cast<std::uint8_t>(chips_[0].base + spurious);
    std::uint8_t vector = chips_[0].take(static_cast<unsigned>(input));
    if (input == cascade_input) {
        int const second = chips_[1].most_urgent();
        vector = second < 0 ? static_cast<std::uint8_t>(chips_[1].base + spurious)
                            : chips_[1].take(static_cast<unsigned>(second));
    }
    cascade();
    return vector;
}

std::uint64_t Pic::io_read(unsigned region, std::uint64_t offset, unsigned) {
    if (region == 2) return chips_[offset & 1].level & (offset & 1 ? 0xFFu : ~(1u << cascade_input));
    Chip const& chip = chips_[region];
    if (offset == 1) return chip.imr;
    return chip.read_isr ? chip.isr : chip.irr;
}

void Pic::io_write(unsigned region, std::uint64_t offset, unsigned, std::uint64_t value) {
    auto const byte = static_cast<std::uint8_t>(value);
    if (region == 2)
        chips_[offset & 1].level = byte;
    else if (offset == 1)
        data(chips_[region], byte);
    else
        command(chips_[region], byte);
    cascade();
}

void Pic::command(Chip& chip, std::uint8_t value) {
    if (value & 0x10) {  // ICW1: initialisation begins
        std::uint8_t const wires = chip.wires, level = chip.level;
        chip = {};
        chip.wires = wires;
        chip.level = level;
        chip.imr = 0;
        chip.step = 2;
        chip.wants_icw4 = value & 1;
    } else if (value & 0x08) {  // OCW3
        if (value & 2) chip.read_isr = value & 1;
    } else if (value & 0x20) {  // OCW2: end of interrupt
        bool const specific = value & 0x40;
        unsigned const input =
            specific ? value & 7 : static_cast<unsigned>(std::countr_zero(unsigned{chip.isr} | 0x100));
        if (input < 8) chip.isr &= static_cast<std::uint8_t>(~(1u << input));
    }
}

void Pic::data(Chip& chip, std::uint8_t value) {
    switch (chip.step) {
        case 2:  // ICW2: base vector
            chip.base = value & 0xF8;
            chip.step = 3;
            break;
        case 3:  // ICW3: how the pair is wired; there is only one way
            chip.step = chip.wants_icw4 ? 4 : 0;
            break;
        case 4:
            chip.auto_eoi = value & 2;
            chip.step = 0;
            break;
        default:
            chip.imr = value;
    }
}

machine::StateNode Pic::describe() const {
    machine::StateNode node{name(), "", "the old interrupt controllers, master and slave", {}};
    for (unsigned i = 0; i < 2; ++i) {
        Chip const& chip = chips_[i];
        node.children.push_back(
            {i == 0 ? "master" : "slave",
             chip.imr == 0xFF ? "all masked" : fmt::format("base vector {:#x}", chip.base),
             "",
             {hex("IMR", chip.imr, "masked inputs"), hex("IRR", chip.irr, "requests"),
              hex("ISR", chip.isr, "in service")}});
    }
    return node;
}

}  // namespace sim::devices
