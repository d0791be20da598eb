// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/ioapic.hpp"

#include "kernel/arch/x86_64/mmio.hpp"

namespace arch {
namespace {

// Two registers in memory lead to all others: the index, then the data. [82093aa §3.1]
constexpr unsigned select = 0x00;  // IOREGSEL
constexpr unsigned window = 0x10;  // IOWIN

// [82093aa §3.2]
constexpr std::uint32_t version = 0x01;      // IOAPICVER: bits 23..16 the last line
constexpr std::uint32_t redirection = 0x10;  // IOREDTBL: two words a line

// The low word of a line's entry. [82093aa §3.2.4]
constexpr std::uint32_t masked = 1 << 16;
constexpr std::uint32_t level = 1 << 15;       // Trigger Mode
constexpr std::uint32_t low_active = 1 << 13;  // INTPOL

}  // namespace

std::uint32_t IoApic::read(std::uint32_t index) const {
    Mmio<std::uint32_t>(registers_ + select).write(index);
    return Mmio<std::uint32_t>(registers_ + window).read();
}

void IoApic::write(std::uint32_t index, std::uint32_t value) const {
    Mmio<std::uint32_t>(registers_ + select).write(index);
    Mmio<std::uint32_t>(registers_ + window).write(value);
}

unsigned IoApic::lines() const { return (read(version) >> 16 & 0xff) + 1; }

void IoApic::mask_all() const {
    for (unsigned line = 0; line < lines(); ++line) write(redirection + 2 * line, masked);
}

void IoApic::mask(unsigned line) const {
    Mmio<std::uint32_t> const chosen(registers_ + select);
    std::uint32_t const before = chosen.read();  // whom we interrupt may be about to use it
    write(redirection + 2 * line, masked);
    chosen.write(before);
}

void IoApic::route(unsigned line, std::uint8_t vector, std::uint32_t apic_id, bool active_low,
                   bool level_triggered) const {
    // The destination first: the low word unmasks.
    write(redirection + 2 * line + 1, apic_id << 24);
    write(redirection + 2 * line, vector | (level_triggered ? level : 0) | (active_low ? low_active : 0));
}

}  // namespace arch
