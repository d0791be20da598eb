// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/lpc.hpp"

#include "simulator/devices/describe.hpp"
#include "simulator/devices/pm_timer.hpp"

namespace sim::devices {
namespace {

// [ich9 §13.1]
constexpr unsigned pm_base = 0x40, acpi_control = 0x44, pirq_a = 0x60, pirq_e = 0x68;
constexpr std::uint8_t not_routed = 0x80;
// The ISA interrupts that a PIRQ may become: not 0, 1, 2, 8, 13.
constexpr std::uint16_t allowed = 0xDEF8;

constexpr unsigned routing_register(unsigned pirq) { return pirq < 4 ? pirq_a + pirq : pirq_e + pirq - 4; }

}  // namespace

LpcBridge::LpcBridge(machine::Surroundings& board) : PciFunction("isabridge", board, {31, 0}) {
    set_initial(pci_config::vendor, 2, 0x8086);
    set_initial(pci_config::device, 2, 0x2918);
    set_initial(pci_config::command, 2, 7);
    set_initial(pci_config::revision, 1, 2);
    set_initial(pci_config::class_code, 3, 0x060100);
    set_initial(pci_config::subsystem_vendor, 4, 0x1100'1AF4);
    set_initial(pm_base, 4, PmTimer::base_port | 1);  // bit 0: these are ports
    set_initial(acpi_control, 1, 0x80);               // they answer, and the SCI is on 9
    for (unsigned pirq = 0; pirq < 8; ++pirq) {
        set_initial(routing_register(pirq), 1, first_isa_irq(pirq));
        set_writable(routing_register(pirq), 1, 0x8F);
    }
    LpcBridge::reset();
}

void LpcBridge::reset() {
    PciFunction::reset();
    pirqs_ = 0;
    isa_driven_ = 0;
}

unsigned LpcBridge::isa_irq(unsigned pirq) const {
    std::uint8_t const route = config_byte(routing_register(pirq));
    return route & not_routed || !(allowed >> (route & 15) & 1) ? 0 : route & 15;
}

void LpcBridge::set_pirqs(std::uint8_t levels) {
    std::uint8_t const changed = pirqs_ ^ levels;
    pirqs_ = levels;
    for (unsigned pirq = 0; pirq < 8; ++pirq)
        if (changed >> pirq & 1) board_.set_interrupt_wire(first_gsi + pirq, levels >> pirq & 1);
    if (changed != 0) drive();
}

void LpcBridge::config_written(unsigned, unsigned) { drive(); }

// Only interrupts that change, so that a device of ISA's own on another is left alone.
void LpcBridge::drive() {
    unsigned wanted = 0;
    for (unsigned pirq = 0; pirq < 8; ++pirq)
        if (pirqs_ >> pirq & 1) wanted |= 1u << isa_irq(pirq);
    wanted &= ~1u;
    unsigned const changed = wanted ^ isa_driven_;
    isa_driven_ = static_cast<std::uint16_t>(wanted);
    for (unsigned irq = 1; irq < 16; ++irq)
        if (changed >> irq & 1) board_.set_interrupt_wire(irq, wanted >> irq & 1);
}

machine::StateNode LpcBridge::describe() const {
    machine::StateNode node = describe_config();
    node.note = "bridge to ISA: " + node.note;
    for (unsigned pirq = 0; pirq < 8; ++pirq)
        node.children.push_back({fmt::format("PIRQ {}", static_cast<char>('A' + pirq)),
                                 pirqs_ >> pirq & 1 ? "high" : "low",
                                 fmt::format("IOAPIC pin {}, ISA interrupt {}", first_gsi + pirq,
                                             isa_irq(pirq) ? std::to_string(isa_irq(pirq)) : "none"),
                                 {}});
    return node;
}

}  // namespace sim::devices
