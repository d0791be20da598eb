// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/message.hpp"

namespace sim::devices {

void ApicBus::message(machine::PhysAddr address, std::uint32_t data) {
    if (address >> 20 != 0xFEE) return;  // a write to nobody
    Message const m{address, data};
    std::uint32_t const everybody = 0xFFFF'FFFF;
    bool const all = m.destination() == 0xFF && !m.logical();
    deliver(all ? everybody : m.destination(), m.logical(), m.mode(), m.vector(), m.level());
}

void ApicBus::send(LocalApic& from, std::uint64_t icr) {
    auto const mode = static_cast<LocalApic::Delivery>(icr >> 8 & 7);
    auto const vector = static_cast<std::uint8_t>(icr);
    switch (icr >> 18 & 3) {  // shorthand
        case 0:
            return deliver(static_cast<std::uint32_t>(from.x2apic() ? icr >> 32 : icr >> 56), icr & 1u << 11,
                           mode, vector, false);
        case 1:
            return from.deliver(mode, vector, false);
        default:
            for (LocalApic* const apic : apics_)
                if (apic != &from || (icr >> 18 & 3) == 2) apic->deliver(mode, vector, false);
    }
}

void ApicBus::deliver(std::uint32_t destination, bool logical, LocalApic::Delivery mode, std::uint8_t vector,
                      bool level) {
    LocalApic* least_busy = nullptr;
    for (LocalApic* const apic : apics_) {
        if (!apic->addressed_by(destination, logical)) continue;
        if (mode != LocalApic::lowest_priority)
            apic->deliver(mode, vector, level);
        else if (apic->takes_interrupts() &&
                 (!least_busy || apic->processor_priority() >> 4 < least_busy->processor_priority() >> 4))
            least_busy = apic;  // the first of equals
    }
    if (least_busy) least_busy->deliver(mode, vector, level);
}

}  // namespace sim::devices
