// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/pic.hpp"

#include <bit>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

constexpr unsigned cascade_input = 2;  // of the master: the slave's output

}  // namespace

// The first in the order of priority that is wanted and not held back: one in
// service holds back itself and those after it. In special mask mode masked ones
// hold nothing back; in special fully nested mode the slave's input does not hold
// itself back. -1: none. [8259a "Fully Nested Mode", "Special Mask Mode"]
int Pic::Chip::most_urgent() const {
    for (unsigned n = 1; n <= 8; ++n) {
        unsigned const input = (lowest + n) & 7;
        bool const serving = (isr & (special_mask ? ~imr : 0xFF)) >> input & 1;
        bool const wanted = (irr & ~imr) >> input & 1;
        if (serving && !(special_nested && input == cascade_input && wanted)) return -1;
        if (wanted) return static_cast<int>(input);
    }
    return -1;
}

// The first in service in the order of priority; -1: none.
int Pic::Chip::in_service() const {
    for (unsigned n = 1; n <= 8; ++n)
        if (unsigned const input = (lowest + n) & 7; isr >> input & 1) return static_cast<int>(input);
    return -1;
}

void Pic::Chip::end(int input) {
    if (input >= 0) isr &= static_cast<std::uint8_t>(~(1u << input));
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
    if (!auto_eoi)
        isr |= mask;
    else if (rotate_on_auto_eoi)
        lowest = static_cast<std::uint8_t>(input);
    return static_cast<std::uint8_t>(base + input);
}

void Pic::reset() { chips_ = {}; }

void Pic::load(machine::StateReader& reader) {
    fields(*this, reader);
    for (Chip const& chip : chips_)
        if (chip.lowest > 7) throw machine::StateError("pic0: impossible priority");
}

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
    Chip& chip = chips_[region];
    if (chip.poll) return polled(chip);
    if (offset == 1) return chip.imr;
    return chip.read_isr ? chip.isr : chip.irr;
}

// The read after a poll command is an acknowledgement. [8259a "Poll Command"]
std::uint8_t Pic::polled(Chip& chip) {
    chip.poll = false;
    int const input = chip.most_urgent();
    if (input < 0) return 0;
    chip.take(static_cast<unsigned>(input));
    cascade();
    return static_cast<std::uint8_t>(0x80 | input);
}

void Pic::io_write(unsigned region, std::uint64_t offset, unsigned, std::uint64_t value) {
    auto const byte = static_cast<std::uint8_t>(value);
    constexpr std::uint8_t may_be_levels[] = {0xF8, 0xDE};  // not 0, 1, 2, 8 and 13
    if (region == 2)
        chips_[offset & 1].level = byte & may_be_levels[offset & 1];
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
        chip.irr = wires & level;  // edges must come again
        chip.imr = 0;
        chip.step = 2;
        chip.wants_icw4 = value & 1;
        chip.alone = value & 2;
    } else if (value & 0x08) {  // OCW3
        if (value & 0x40) chip.special_mask = value & 0x20;
        if (value & 0x04) chip.poll = true;
        if (value & 0x02) chip.read_isr = value & 1;
    } else {
        end_of_interrupt(chip, value);
    }
}

// OCW2: rotate, specific, end of interrupt, and an input. [8259a "OCW2"]
void Pic::end_of_interrupt(Chip& chip, std::uint8_t value) {
    bool const rotate = value & 0x80, specific = value & 0x40, end = value & 0x20;
    int const input = specific ? value & 7 : chip.in_service();
    if (end) {
        // In special mask mode a masked one is not found without being named.
        chip.end(input);
        if (rotate && input >= 0) chip.lowest = static_cast<std::uint8_t>(input);
    } else if (specific) {
        if (rotate) chip.lowest = static_cast<std::uint8_t>(input);  // set priority
    } else {
        chip.rotate_on_auto_eoi = rotate;
    }
}

void Pic::data(Chip& chip, std::uint8_t value) {
    switch (chip.step) {
        case 2:  // ICW2: base vector
            chip.base = value & 0xF8;
            chip.step = !chip.alone ? 3 : chip.wants_icw4 ? 4 : 0;
            break;
        case 3:  // ICW3: how the pair is wired; there is only one way
            chip.step = chip.wants_icw4 ? 4 : 0;
            break;
        case 4:
            chip.auto_eoi = value & 2;
            chip.special_nested = value & 16;
            chip.step = 0;
            break;
        default:
            chip.imr = value;
    }
}

machine::IoHandler::RegisterName Pic::register_name(unsigned region, std::uint64_t offset, unsigned,
                                                    bool write) const {
    if (region == 2) return {name(), fmt::format("ELCR {}", offset + 1)};
    char const* const chip = region == 0 ? "master" : "slave";
    Chip const& c = chips_[region];
    if (offset == 1)
        return {name(),
                c.step != 0 && write ? fmt::format("{} ICW{}", chip, c.step) : fmt::format("{} IMR", chip)};
    if (write) return {name(), fmt::format("{} command", chip)};
    return {name(), fmt::format("{} {}", chip, c.poll ? "poll" : c.read_isr ? "ISR" : "IRR")};
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
              hex("ISR", chip.isr, "in service"), hex("ELCR", chip.level, "inputs that are levels"),
              number("lowest priority", chip.lowest)}});
    }
    return node;
}

}  // namespace sim::devices
