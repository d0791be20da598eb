// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/dsdt.hpp"

#include <fmt/format.h>

#include "simulator/devices/aml.hpp"
#include "simulator/devices/fw_cfg.hpp"
#include "simulator/devices/hpet.hpp"
#include "simulator/devices/ioapic.hpp"
#include "simulator/devices/keyboard_controller.hpp"
#include "simulator/devices/local_apic.hpp"
#include "simulator/devices/lpc.hpp"
#include "simulator/devices/pci.hpp"
#include "simulator/devices/pic.hpp"
#include "simulator/devices/pit.hpp"
#include "simulator/devices/pm_timer.hpp"
#include "simulator/devices/rtc.hpp"
#include "simulator/devices/uart.hpp"

namespace sim::devices {
namespace {

using namespace aml;

Term hid(char const* id) { return name("_HID", eisa_id(id)); }

Term crs(Term const& descriptors) { return name("_CRS", resources(descriptors)); }

// Four entries a slot: {slot and any function, pin, no link device, interrupt}. [acpi-6.5 §6.2.13]
template <class Interrupt>
Term routing(Interrupt const& interrupt_of_pirq) {
    std::vector<Term> entries;
    for (unsigned slot = 1; slot < 31; ++slot)
        for (unsigned pin = 0; pin < 4; ++pin)
            entries.push_back(package({integer(slot << 16 | 0xFFFF), integer(pin), integer(0),
                                       integer(interrupt_of_pirq(PciBus::pirq_of(slot, pin)))}));
    return package(entries);
}

Term pci_root() {
    constexpr std::uint16_t config_ports = PciBus::config_port;
    Term root = hid("PNP0A08") + name("_CID", eisa_id("PNP0A03")) + name("_UID", integer(0)) +
                name("_BBN", integer(0)) + name("_SEG", integer(0));
    root += crs(bus_range(0, 255) + ports(config_ports, 8) + port_range(0, config_ports - 1) +
                port_range(config_ports + 8, 0xFFFF) +
                memory_range(static_cast<std::uint32_t>(machine::hole_start),
                             static_cast<std::uint32_t>(PciBus::ecam_base - 1)));
    // With the IOAPIC every PIRQ has a pin; with the 8259s two interrupts, as the
    // ISA bridge is set up when the machine starts.
    root += name("PRTA", routing([](unsigned pirq) { return LpcBridge::first_gsi + pirq; }));
    root += name("PRTP", routing([](unsigned pirq) { return LpcBridge::first_isa_irq(pirq); }));
    root +=
        method("_PRT", 0, if_true("PICF", return_value(reference("PRTA"))) + return_value(reference("PRTP")));
    return root;
}

Term isa_devices(AcpiBoard const& board) {
    Term isa = name("_ADR", integer(31u << 16));
    isa += device("PIC_", hid("PNP0000") + crs(ports(Pic::master_port, 2) + ports(Pic::slave_port, 2) +
                                               ports(Pic::edge_port, 2) + interrupt(2)));
    isa += device("TIMR", hid("PNP0100") + crs(ports(Pit::port, 4) + interrupt(0)));
    isa += device("RTC_", hid("PNP0B00") + crs(ports(Rtc::port, 2) + interrupt(Rtc::irq)));
    isa += device("SPKR", hid("PNP0800") + crs(ports(Pit::control_b_port, 1)));
    isa += device("KBD_", hid("PNP0303") + crs(ports(KeyboardController::data_port, 1) +
                                               ports(KeyboardController::command_port, 1) +
                                               interrupt(KeyboardController::irq)));
    isa += device("COM1", hid("PNP0501") + name("_UID", integer(1)) +
                              crs(ports(Uart::com1_port, 8) + interrupt(Uart::com1_irq)));
    if (board.fw_cfg)
        isa += device("FWCF", name("_HID", string("QEMU0002")) + name("_STA", integer(0xB)) +
                                  crs(ports(FwCfg::port, FwCfg::ports)));
    return isa;
}

// What belongs to the board and must not be given to anybody.
Term reserved() {
    return hid("PNP0C02") + name("_UID", integer(1)) +
           crs(memory(static_cast<std::uint32_t>(PciBus::ecam_base),
                      static_cast<std::uint32_t>(PciBus::ecam_size)) +
               memory(static_cast<std::uint32_t>(Ioapic::base_address), Ioapic::window) +
               memory(static_cast<std::uint32_t>(LocalApic::base_address), LocalApic::window) +
               ports(PmTimer::base_port, PmTimer::ports));
}

}  // namespace

std::vector<std::uint8_t> dsdt_aml(AcpiBoard const& board) {
    Term code = name("\\_S5_", package({integer(PmTimer::sleep_type_off), integer(PmTimer::sleep_type_off),
                                        integer(0), integer(0)}));
    code += name("\\PICF", integer(0)) + method("\\_PIC", 1, store_argument(0, "PICF"));

    Term system = device("PCI0", pci_root() + device("ISA_", isa_devices(board)));
    system += device("MRES", reserved());
    if (board.hpet)
        system +=
            device("HPET", hid("PNP0103") + name("_UID", integer(0)) +
                               crs(memory(static_cast<std::uint32_t>(Hpet::base_address), Hpet::window)));
    for (unsigned cpu = 0; cpu < board.processors; ++cpu)
        system += device(fmt::format("C{:03X}", cpu),
                         name("_HID", string("ACPI0007")) + name("_UID", integer(cpu)));
    for (unsigned i = 0; i < board.virtio_mmio.size(); ++i) {
        auto const& place = board.virtio_mmio[i];
        system += device(fmt::format("VR{:02X}", i),
                         name("_HID", string("LNRO0005")) + name("_UID", integer(i)) +
                             crs(memory(place.base, 0x200) + level_interrupt(place.irq)));
    }
    code += scope("\\_SB_", system);
    return code.bytes();
}

}  // namespace sim::devices
