// SPDX-License-Identifier: GPL-2.0-or-later
//
// An interrupt as a write to memory: what MSI, MSI-X and the IOAPIC send, and
// how the local APICs are found that it is for. [sdm-3a §10.11]
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/devices/local_apic.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::devices {

// Address: 0xFEE in bits 31..20, destination 19..12, bit 2: logical.
// Data: vector 7..0, delivery mode 10..8, bit 15: level-triggered.
struct Message {
    std::uint64_t address = 0;
    std::uint32_t data = 0;

    static Message make(std::uint8_t destination, bool logical, std::uint8_t mode, std::uint8_t vector,
                        bool level) {
        return {0xFEE0'0000 | std::uint64_t{destination} << 12 | (logical ? 4u : 0u),
                vector | std::uint32_t{mode} << 8 | (level ? 1u << 15 | 1u << 14 : 0u)};
    }
    std::uint8_t destination() const { return static_cast<std::uint8_t>(address >> 12); }
    bool logical() const { return address & 4; }
    LocalApic::Delivery mode() const { return static_cast<LocalApic::Delivery>(data >> 8 & 7); }
    std::uint8_t vector() const { return static_cast<std::uint8_t>(data); }
    bool level() const { return data & 1u << 15; }
};

// The wires between the local APICs. No state of its own.
class ApicBus final : public machine::MessageInputs {
public:
    void add(LocalApic& apic) { apics_.push_back(&apic); }
    void message(machine::PhysAddr address, std::uint32_t data) override;
    // From one processor to others, as its ICR says. [sdm-3a §10.6.1]
    void send(LocalApic& from, std::uint64_t icr);

private:
    void deliver(std::uint32_t destination, bool logical, LocalApic::Delivery, std::uint8_t vector,
                 bool level);
    std::vector<LocalApic*> apics_;
};

}  // namespace sim::devices
