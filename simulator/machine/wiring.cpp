// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/wiring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/machine/cpuid.hpp"

namespace sim::machine {
namespace {

// [sdm-4 §2.1]
constexpr std::uint32_t msr_time_stamp_counter = 0x10;  // IA32_TIME_STAMP_COUNTER
constexpr std::uint32_t msr_tsc_deadline = 0x6E0;       // IA32_TSC_DEADLINE: in the counter's time

std::uint64_t all_ones(unsigned size) { return size >= 8 ? ~0ull : (1ull << (8 * size)) - 1; }

}  // namespace

IoHandler::RegisterName Access::name() const {
    if (controller) return controller->register_name(space, address);
    if (!entry || !entry->handler) return {"nobody", ""};
    IoHandler::RegisterName result =
        entry->handler->register_name(entry->region, address - entry->start, size, write);
    if (result.device.empty())
        if (auto const* const device = dynamic_cast<Device const*>(entry->handler))
            result.device = device->name();
    return result;
}

// Somebody may want to know.
void CpuWiring::tell(Access const& access) {
    for (AccessObserver* const observer : machine_.access_observers()) observer->on_access(machine_, access);
}

void CpuWiring::tell(AccessSpace space, bool write, std::uint64_t address, unsigned size, std::uint64_t value,
                     Bus::Entry const& entry) {
    tell({space, write, cpu_, address, value, size, &entry, nullptr});
}

// An access to the interrupt controller, or to an MSR of nobody's, that is on no bus.
void CpuWiring::tell_register(AccessSpace space, bool write, std::uint64_t number, std::uint64_t value) {
    tell({space, write, cpu_, number, value, 8, nullptr, interrupts_});
}

Bus::Entry CpuWiring::find_mmio(PhysAddr address, unsigned size) const {
    if (address - own_.start < own_.length) return own_;
    return machine_.mmio().find(address, size);
}

std::uint64_t CpuWiring::mmio_read(PhysAddr address, unsigned size) {
    Bus::Entry const entry = find_mmio(address, size);
    std::uint64_t value = all_ones(size);
    if (entry.handler)
        value &= entry.handler->io_read(entry.region, address - entry.start, size);
    else
        machine_.report("memory", fmt::format("read of {:#x}: nothing is there; answered all ones", address));
    tell(AccessSpace::memory, false, address, size, value, entry);
    return value;
}

void CpuWiring::mmio_write(PhysAddr address, unsigned size, std::uint64_t value) {
    Bus::Entry const entry = find_mmio(address, size);
    tell(AccessSpace::memory, true, address, size, value, entry);
    if (entry.handler) return entry.handler->io_write(entry.region, address - entry.start, size, value);
    machine_.report("memory", fmt::format("write to {:#x}: nothing is there; ignored", address));
}

std::uint32_t CpuWiring::port_read(std::uint16_t port, unsigned size) {
    Bus::Entry const entry = machine_.ports().find(port, size);
    std::uint64_t value = all_ones(size);
    if (entry.handler)
        value &= entry.handler->io_read(entry.region, port - entry.start, size);
    else
        machine_.report("ports",
                        fmt::format("read of port {:#x}: nothing is there; answered all ones", port));
    tell(AccessSpace::port, false, port, size, value, entry);
    return static_cast<std::uint32_t>(value);
}

void CpuWiring::port_write(std::uint16_t port, unsigned size, std::uint32_t value) {
    Bus::Entry const entry = machine_.ports().find(port, size);
    tell(AccessSpace::port, true, port, size, value, entry);
    if (entry.handler) return entry.handler->io_write(entry.region, port - entry.start, size, value);
    machine_.report("ports", fmt::format("write to port {:#x}: nothing is there; ignored", port));
}

// FERR# is IRQ 13 of a PC. IGNNE# is never active: port 0xF0, which would make
// it so, is not there, and a handler that clears the exception needs none.
bool CpuWiring::numeric_error(bool pending) {
    constexpr unsigned irq = 13;
    machine_.set_interrupt_wire(irq, pending);
    return false;
}

std::uint64_t CpuWiring::time_stamp_counter() {
    for (AccessObserver* const observer : machine_.access_observers()) observer->on_clock_read(machine_);
    return machine_.now() + tsc_offset_;
}

engine::CpuidResult CpuWiring::cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
    return machine::cpuid(
        leaf, subleaf,
        {cpu_, machine_.config().processors, interrupts_ == nullptr || interrupts_->enabled()});
}

// The virtual time at which the counter reaches a value; one that it has
// passed is due now. Never 0, which would disarm; and one so far away that its
// time does not fit into 64 bits never comes.
std::uint64_t CpuWiring::deadline_ns(std::uint64_t counter) const {
    std::uint64_t const now = machine_.now();
    std::uint64_t const present = now + tsc_offset_;  // the counter wraps, as it may
    if (counter <= present) return std::max<std::uint64_t>(now, 1);
    return counter - present > UINT64_MAX - now ? UINT64_MAX : now + (counter - present);
}

// The counter is the processor's own, as for RDTSC: no access to a device.
std::optional<std::uint64_t> CpuWiring::msr_read(std::uint32_t index) {
    if (index == msr_time_stamp_counter) return time_stamp_counter();
    auto const value = read_msr(index);
    if (value) tell_register(AccessSpace::msr, false, index, *value);
    return value;
}

std::optional<std::uint64_t> CpuWiring::read_msr(std::uint32_t index) {
    if (interrupts_)
        if (auto const value = interrupts_->msr_read(index))
            return index == msr_tsc_deadline && *value != 0 ? *value + tsc_offset_ : *value;
    machine_.report("cpu", fmt::format("RDMSR of {:#x}: there is no such register; #GP", index));
    return std::nullopt;
}

bool CpuWiring::msr_write(std::uint32_t index, std::uint64_t value) {
    if (index == msr_time_stamp_counter) {
        // A deadline is a value of the counter: it is nearer or farther now.
        std::uint64_t const deadline = interrupts_ ? interrupts_->msr_read(msr_tsc_deadline).value_or(0) : 0;
        std::uint64_t const in_counter = deadline + tsc_offset_;
        tsc_offset_ = value - machine_.now();
        if (deadline != 0) interrupts_->msr_write(msr_tsc_deadline, deadline_ns(in_counter));
        return true;
    }
    tell_register(AccessSpace::msr, true, index, value);
    if (index == msr_tsc_deadline && value != 0) value = deadline_ns(value);
    if (interrupts_ && interrupts_->msr_write(index, value)) return true;
    machine_.report("cpu", fmt::format("WRMSR of {:#x}: no such register or value; #GP", index));
    return false;
}

std::uint8_t CpuWiring::acknowledge_interrupt() { return interrupts_ ? interrupts_->acknowledge() : 0; }

std::uint64_t CpuWiring::cr8_read() {
    if (!interrupts_) return 0;
    std::uint64_t const value = interrupts_->task_priority();
    tell_register(AccessSpace::control_register, false, 8, value);
    return value;
}

void CpuWiring::cr8_write(std::uint64_t value) {
    if (!interrupts_) return;
    tell_register(AccessSpace::control_register, true, 8, value);
    interrupts_->set_task_priority(value);
}

}  // namespace sim::machine
