// SPDX-License-Identifier: MIT
#include "kernel/devices/interrupt_lines.hpp"

#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/ioapic.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/memory/memory.hpp"

namespace devices {
namespace {

constinit AcpiTables const* the_tables = nullptr;

// Where a PC has its I/O APIC when no table says otherwise. [82093aa §3.1]
constexpr IoApicEntry usual{0, base::PhysAddr(0xfec0'0000), 0};
constexpr unsigned most_lines = 240;  // more than that is no such controller

struct Routed {
    std::uint32_t line, line_of_controller;
    base::VirtAddr registers;
};
constexpr unsigned most_routed = 64;
constinit Routed routed[most_routed] = {};
constinit unsigned routed_count = 0;
// Where the registers of each controller are mapped, once one of its lines was asked for.
constinit base::VirtAddr mapped[std::tuple_size_v<decltype(AcpiTables::io_apics.entries)>] = {};

}  // namespace

void init_interrupt_lines(AcpiTables const& tables) { the_tables = &tables; }

namespace {

bool route(std::uint32_t line, void (*handler)(void*), void* context, bool active_low, bool level) {
    auto const try_controller = [&](IoApicEntry const& entry, base::VirtAddr& registers) {
        if (line < entry.first_interrupt) return false;
        if (registers == base::VirtAddr()) {
            auto const now = memory::map_device(entry.registers, base::page_size);
            if (!now) return false;
            registers = now.value();
        }
        arch::IoApic const controller(registers);
        unsigned const lines = controller.lines();
        if (lines > most_lines || line - entry.first_interrupt >= lines) return false;
        if (routed_count == most_routed) return false;
        auto const vector = arch::allocate_vector(handler, context);
        if (!vector) return false;
        routed[routed_count++] = {line, line - entry.first_interrupt, registers};
        controller.route(line - entry.first_interrupt, vector.value(), arch::apic_id(), active_low, level);
        return true;
    };
    for (std::size_t i = 0; i < the_tables->io_apics.count; ++i)
        if (try_controller(the_tables->io_apics.entries[i], mapped[i])) return true;
    return the_tables->io_apics.count == 0 && try_controller(usual, mapped[0]);
}

}  // namespace

bool route_line(std::uint32_t line, void (*handler)(void*), void* context) {
    return route(line, handler, context, false, true);
}

bool route_isa_line(std::uint8_t line, void (*handler)(void*), void* context) {
    InterruptOverride const arrives = the_tables->isa_line(line);
    return route(arrives.interrupt, handler, context, arrives.active_low, arrives.level_triggered);
}

void mask_line(std::uint32_t line) {
    for (unsigned i = 0; i < routed_count; ++i)
        if (routed[i].line == line) arch::IoApic(routed[i].registers).mask(routed[i].line_of_controller);
}

}  // namespace devices
