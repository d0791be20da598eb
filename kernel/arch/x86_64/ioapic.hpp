// SPDX-License-Identifier: MIT
//
// The I/O APIC: the lines of old devices become interrupts here. Most of our
// devices use MSI-X; the serial port's input, the watchdog's timer and virtio by MMIO
// come here. [82093aa §3]
#pragma once

#include <cstdint>

#include "kernel/base/address.hpp"

namespace arch {

class IoApic {
public:
    // `registers` is where its page is mapped.
    explicit IoApic(base::VirtAddr registers) : registers_(registers) {}

    static constexpr unsigned fewest_lines = 24;  // the first one of a PC has so many or more
    unsigned lines() const;
    void mask_all() const;
    // In any context, in the midst of another access too.
    void mask(unsigned line) const;
    // Line to vector, on the processor with this APIC.
    void route(unsigned line, std::uint8_t vector, std::uint32_t apic_id, bool active_low,
               bool level_triggered) const;

private:
    std::uint32_t read(std::uint32_t index) const;
    void write(std::uint32_t index, std::uint32_t value) const;
    base::VirtAddr registers_;
};

}  // namespace arch
