// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/ioapic.hpp"

#include "simulator/devices/describe.hpp"
#include "simulator/devices/message.hpp"

namespace sim::devices {
namespace {

// Bits of a redirection entry. [82093aa §3.2.4]
constexpr std::uint64_t logical = 1ull << 11;
constexpr std::uint64_t remote_irr = 1ull << 14;  // a processor has taken it and not finished
constexpr std::uint64_t level_triggered = 1ull << 15;
constexpr std::uint64_t masked = 1ull << 16;
constexpr std::uint64_t read_only = 1ull << 12 | remote_irr;
constexpr std::uint64_t defined = 0xFF00'0000'0001'FFFF;

constexpr std::uint64_t select_offset = 0x00, data_offset = 0x10, eoi_offset = 0x40;
constexpr std::uint32_t version = 0x20 | (Ioapic::pins - 1) << 16;  // 0x20: has the EOI register

}  // namespace

void Ioapic::reset() {
    id_ = 0;
    selected_ = 0;
    entries_.fill(masked);
    wires_ = 0;
}

std::uint64_t Ioapic::io_read(unsigned, std::uint64_t offset, unsigned) {
    if (offset == select_offset) return selected_;
    if (offset == data_offset) return read_register();
    return 0;
}

void Ioapic::io_write(unsigned, std::uint64_t offset, unsigned, std::uint64_t value) {
    if (offset == select_offset) selected_ = static_cast<std::uint8_t>(value);
    if (offset == data_offset) write_register(static_cast<std::uint32_t>(value));
    if (offset == eoi_offset) end_of_interrupt(static_cast<std::uint8_t>(value));
}

std::uint32_t Ioapic::read_register() const {
    if (selected_ == 0 || selected_ == 2) return id_;
    if (selected_ == 1) return version;
    unsigned const pin = (selected_ - 0x10u) / 2;
    if (selected_ < 0x10 || pin >= pins) return 0;
    return static_cast<std::uint32_t>(entries_[pin] >> (selected_ & 1 ? 32 : 0));
}

void Ioapic::write_register(std::uint32_t value) {
    if (selected_ == 0) id_ = value & 0x0F00'0000;
    unsigned const pin = (selected_ - 0x10u) / 2;
    if (selected_ < 0x10 || pin >= pins) return;
    std::uint64_t& entry = entries_[pin];
    std::uint64_t const kept = selected_ & 1 ? entry & 0xFFFF'FFFF : entry & ~0xFFFF'FFFFull;
    std::uint64_t const given = selected_ & 1 ? std::uint64_t{value} << 32 : value;
    entry = ((kept | given) & defined & ~read_only) | (entry & read_only);
    if (!(entry & level_triggered)) entry &= ~remote_irr;
    if (entry & level_triggered) serve(pin);
}

void Ioapic::set_wire(unsigned gsi, bool level) {
    unsigned const pin = gsi == 0 ? timer_pin : gsi;
    if (pin >= pins) return;
    bool const was = wires_ >> pin & 1;
    wires_ = (wires_ & ~(1u << pin)) | (level ? 1u << pin : 0);
    bool const by_level = entries_[pin] & level_triggered;
    if (by_level ? level : level && !was) serve(pin);
}

// Sends what a pin has to send. An edge while masked is lost, as in hardware.
void Ioapic::serve(unsigned pin) {
    std::uint64_t& entry = entries_[pin];
    bool const by_level = entry & level_triggered;
    if (entry & masked) return;
    if (by_level && (!(wires_ >> pin & 1) || (entry & remote_irr))) return;
    if (by_level) entry |= remote_irr;
    auto const message =
        Message::make(static_cast<std::uint8_t>(entry >> 56), entry & logical,
                      static_cast<std::uint8_t>(entry >> 8 & 7), static_cast<std::uint8_t>(entry), by_level);
    board_.send_message(message.address, message.data);
}

void Ioapic::end_of_interrupt(std::uint8_t vector) {
    for (unsigned pin = 0; pin < pins; ++pin) {
        if (!(entries_[pin] & remote_irr) || static_cast<std::uint8_t>(entries_[pin]) != vector) continue;
        entries_[pin] &= ~remote_irr;
        serve(pin);
    }
}

machine::IoHandler::RegisterName Ioapic::register_name(unsigned, std::uint64_t offset, unsigned, bool) const {
    if (offset == select_offset) return {name(), "IOREGSEL"};
    if (offset == eoi_offset) return {name(), "EOI"};
    if (offset != data_offset) return {name(), ""};
    if (selected_ < 0x10) return {name(), selected_ == 0 ? "ID" : selected_ == 1 ? "VERSION" : "ARBITRATION"};
    return {name(), fmt::format("REDTBL {} {}", (selected_ - 0x10) / 2, selected_ & 1 ? "high" : "low")};
}

machine::StateNode Ioapic::describe() const {
    machine::StateNode node{name(), fmt::format("{} pins", pins), "from interrupt wires to vectors", {}};
    for (unsigned pin = 0; pin < pins; ++pin) {
        std::uint64_t const entry = entries_[pin];
        std::string const what = (entry & masked)
                                     ? "masked"
                                     : fmt::format("vector {:#x} to processor {}, {}{}", entry & 0xFF,
                                                   entry >> 56, (entry & level_triggered) ? "level" : "edge",
                                                   (entry & remote_irr) ? ", in service" : "");
        node.children.push_back({fmt::format("pin {}", pin),
                                 fmt::format("{:#x}", entry),
                                 what + (wires_ >> pin & 1 ? ", wire high" : ""),
                                 {}});
    }
    return node;
}

}  // namespace sim::devices
