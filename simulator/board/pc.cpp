// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/board/pc.hpp"

#include <stdexcept>

#include "simulator/board/bios_data.hpp"
#include "simulator/board/pci_resources.hpp"
#include "simulator/devices/acpi.hpp"
#include "simulator/devices/crt_controller.hpp"
#include "simulator/devices/debug_exit.hpp"
#include "simulator/devices/fw_cfg.hpp"
#include "simulator/devices/hpet.hpp"
#include "simulator/devices/ioapic.hpp"
#include "simulator/devices/keyboard_controller.hpp"
#include "simulator/devices/local_apic.hpp"
#include "simulator/devices/lpc.hpp"
#include "simulator/devices/message.hpp"
#include "simulator/devices/pci.hpp"
#include "simulator/devices/pic.hpp"
#include "simulator/devices/pit.hpp"
#include "simulator/devices/pm_timer.hpp"
#include "simulator/devices/reset_control.hpp"
#include "simulator/devices/rtc.hpp"
#include "simulator/devices/test_device.hpp"
#include "simulator/devices/uart.hpp"
#include "simulator/devices/virtio_blk.hpp"
#include "simulator/devices/virtio_console.hpp"
#include "simulator/devices/virtio_mmio.hpp"
#include "simulator/devices/virtio_net.hpp"
#include "simulator/devices/virtio_pci.hpp"
#include "simulator/devices/virtio_rng.hpp"
#include "simulator/loader/load.hpp"

namespace sim::board {

using namespace devices;
using machine::Machine;

namespace {

// Interrupts: wires end at the PIC and the IOAPIC, messages at the local APICs.
Pic& add_interrupt_controllers(Machine& pc) {
    std::vector<LocalApic*> lapics;
    for (unsigned cpu = 0; cpu < pc.processors(); ++cpu) lapics.push_back(&pc.add<LocalApic>(pc, cpu));
    LocalApic& lapic = *lapics.front();  // the old controller ends at the boot processor
    auto& ioapic = pc.add<Ioapic>(pc);
    auto& pic = pc.add<Pic>();
    auto messages = std::make_unique<ApicBus>();
    lapic.attach(pic);
    lapic.set_virtual_wire_mode();
    pic.on_change([&lapic] { lapic.update(); });
    for (unsigned cpu = 0; cpu < pc.processors(); ++cpu) {
        LocalApic& one = *lapics[cpu];
        messages->add(one);
        one.on_end_of_interrupt([&ioapic](std::uint8_t vector) { ioapic.end_of_interrupt(vector); });
        one.on_interprocessor([&one, bus = messages.get()](std::uint64_t icr) { bus->send(one, icr); });
        pc.attach_processor_interrupts(cpu, one);
        // One address, and each processor finds its own there.
        if (cpu > 0) pc.map_for_processor(cpu, LocalApic::base_address, LocalApic::window, one);
    }
    pc.attach_wires(ioapic);
    pc.attach_wires(pic);
    pc.attach_messages(std::move(messages));

    pc.mmio().map(LocalApic::base_address, LocalApic::window, lapic);
    pc.mmio().map(Ioapic::base_address, Ioapic::window, ioapic);
    pc.ports().map(Pic::master_port, 2, pic, 0);
    pc.ports().map(Pic::slave_port, 2, pic, 1);
    pc.ports().map(Pic::edge_port, 2, pic, 2);
    return pic;
}

// As firmware leaves it: the SCI, what PIRQs are routed to, and virtio outside PCI.
void set_levels(Pic& pic, std::vector<AcpiBoard::MmioDevice> const& outside_pci) {
    unsigned levels = 1u << PmTimer::sci_irq | 1u << 10 | 1u << 11;
    for (auto const& device : outside_pci) levels |= 1u << device.irq;
    pic.io_write(2, 0, 1, levels & 0xFF);
    pic.io_write(2, 1, 1, levels >> 8);
}

void add_clocks(Machine& pc) {
    auto& pit = pc.add<Pit>(pc);
    auto& rtc = pc.add<Rtc>(pc, pc.config().rtc_base, pc.config().memory_bytes);
    auto& pm_timer = pc.add<PmTimer>(pc);
    pc.ports().map(Pit::port, 4, pit, 0);
    pc.ports().map(Pit::control_b_port, 1, pit, 1);
    pc.ports().map(Rtc::port, 2, rtc);
    pc.ports().map(PmTimer::base_port, PmTimer::ports, pm_timer);
    if (!pc.config().hpet) return;
    auto& hpet = pc.add<Hpet>(pc);
    hpet.on_legacy_replacement([&pit, &rtc](bool on) {
        pit.connect_interrupt(!on);
        rtc.connect_interrupt(!on);
    });
    pc.mmio().map(Hpet::base_address, Hpet::window, hpet);
}

void add_serial_and_exit(Machine& pc) {
    auto& uart = pc.add<Uart>("uart0", pc, Uart::com1_irq);
    auto& exit = pc.add<DebugExit>(pc);
    pc.ports().map(Uart::com1_port, 8, uart);
    pc.ports().map(DebugExit::port, 4, exit);
    if (pc.config().fw_cfg) pc.ports().map(FwCfg::port, FwCfg::ports, pc.add<FwCfg>(pc, pc.config()));
}

// PCI, without what hangs on it: its numbers are in pc.hpp.
PciBus& add_pci(Machine& pc) {
    auto& pci = pc.add<PciBus>(pc);
    auto& lpc = pc.add<LpcBridge>(pc);
    pci.add(pc.add<HostBridge>(pc));
    pci.add(lpc);
    pci.attach(lpc);
    pc.ports().map(PciBus::config_port, 8, pci, PciBus::ports);
    pc.ports().set_fallback(pci, PciBus::io);
    pc.mmio().map(PciBus::ecam_base, PciBus::ecam_size, pci, PciBus::ecam);
    pc.mmio().set_fallback(pci, PciBus::memory);
    return pci;
}

ResetControl& add_reset_control(Machine& pc, PciBus& pci) {
    auto& reset = pc.add<ResetControl>(pc);
    pci.attach_reset_control(reset);
    pc.ports().map(ResetControl::fast_port, 1, reset, ResetControl::fast);
    pc.ports().map(ResetControl::diagnostic_port, 1, reset, ResetControl::diagnostic);
    return reset;
}

void add_keyboard(Machine& pc, ResetControl& reset) {
    auto& keyboard = pc.add<KeyboardController>(pc, reset);
    pc.ports().map(KeyboardController::data_port, 1, keyboard, KeyboardController::data);
    pc.ports().map(KeyboardController::command_port, 1, keyboard, KeyboardController::command);
}

void add_test_device(Machine& pc) {
    auto& device = pc.add<TestDevice>(pc);
    pc.ports().map(TestDevice::data_port, 4, device, TestDevice::data);
    pc.ports().map(TestDevice::flush_port, 4, device, TestDevice::flush);
    pc.ports().map(TestDevice::data_again_port, 4, device, TestDevice::data);
    pc.ports().map(TestDevice::wire_ports, TestDevice::wires, device, TestDevice::wire);
    pc.mmio().map(TestDevice::memory_address, TestDevice::memory_bytes, device, TestDevice::memory);
}

std::vector<AcpiBoard::MmioDevice> add_virtio(Machine& pc, PciBus& pci) {
    auto const& config = pc.config();
    std::vector<AcpiBoard::MmioDevice> outside_pci;
    auto const plug = [&](VirtioDevice& device, std::size_t slot) {
        using machine::VirtioBus;
        if (config.virtio == VirtioBus::pci || config.virtio == VirtioBus::transitional) {
            PciFunction::Address const address{static_cast<std::uint8_t>(slot), 0};
            pci.add(pc.add<VirtioPci>(pc, device, address, config.virtio == VirtioBus::transitional));
            return;
        }
        std::size_t const n = outside_pci.size();
        auto const base = static_cast<std::uint32_t>(virtio_mmio_base + n * VirtioMmio::window);
        unsigned const irq = virtio_mmio_irqs[n];
        pc.mmio().map(base, VirtioMmio::window,
                      pc.add<VirtioMmio>(pc, device, irq, config.virtio == VirtioBus::mmio_legacy));
        outside_pci.push_back({base, irq});
    };
    MacAddress mac{};
    for (std::size_t i = 0; i < mac.size(); ++i)
        mac[i] = static_cast<std::uint8_t>(config.mac >> (40 - 8 * i));
    if (config.network) plug(pc.add<VirtioNet>("net0", pc, mac), net_slot);
    if (config.entropy) plug(pc.add<VirtioRng>("rng0", pc, config.seed), rng_slot);
    if (config.console) plug(pc.add<VirtioConsole>("console0", pc), console_slot);
    for (std::size_t i = 0; i < config.disks.size(); ++i)
        plug(pc.add<VirtioBlk>("disk" + std::to_string(i), pc, config.disks[i]), first_disk_slot + i);
    return outside_pci;
}

}  // namespace

std::unique_ptr<Machine> make_pc(machine::MachineConfig config) {
    return make_pc(std::move(config), engine::make_cpu);
}

std::unique_ptr<Machine> make_pc(machine::MachineConfig config, machine::CpuFactory const& factory) {
    auto result = std::make_unique<Machine>(std::move(config), factory);
    Machine& pc = *result;
    Pic& pic = add_interrupt_controllers(pc);
    add_clocks(pc);
    add_serial_and_exit(pc);
    PciBus& pci = add_pci(pc);
    ResetControl& reset = add_reset_control(pc, pci);
    auto const outside_pci = add_virtio(pc, pci);
    add_keyboard(pc, reset);
    pc.ports().map(CrtController::index_port, 2, pc.add<CrtController>());
    if (pc.config().test_device) add_test_device(pc);
    set_levels(pic, outside_pci);

    auto const acpi = make_acpi_tables(loader::acpi_address, {.processors = pc.processors(),
                                                              .hpet = pc.config().hpet,
                                                              .fw_cfg = pc.config().fw_cfg,
                                                              .virtio_mmio = outside_pci});
    write_bios_data(pc.memory());
    loader::Entry const entry = loader::load(pc.config(), pc.memory(), acpi.rsdp);
    if (!pc.memory().write(acpi.start, acpi.bytes))
        throw loader::LoadError(
            "the machine's memory is too small for its firmware tables; give it 2 MiB or more");
    if (entry.after_bios) assign_resources(pci.functions());
    loader::enter(pc.cpu(), entry);
    pc.start();
    return result;
}

}  // namespace sim::board
