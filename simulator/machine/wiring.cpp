// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/wiring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/machine/access_space.hpp"
#include "simulator/machine/cpuid.hpp"

namespace sim::machine {
namespace {

// [sdm-4 §2.1]
constexpr std::uint32_t msr_time_stamp_counter = 0x10;  // IA32_TIME_STAMP_COUNTER
constexpr std::uint32_t msr_apic_base = 0x1B;           // IA32_APIC_BASE
constexpr std::uint32_t msr_tsc_deadline = 0x6E0;       // IA32_TSC_DEADLINE: in the counter's time
// x2APIC: where the register at offset 16 n in memory is MSR 0x800 + n. [sdm-3a §10.12.1.2]
constexpr std::uint32_t msr_x2apic_first = 0x800, msr_x2apic_last = 0x8FF;
constexpr std::uint64_t tpr_offset = 0x80;  // CR8 is its upper half [sdm-3a §10.8.6]

std::uint64_t all_ones(unsigned size) { return size >= 8 ? ~0ull : (1ull << (8 * size)) - 1; }

}  // namespace

IoHandler::RegisterName Access::name() const {
    if (!entry || !entry->handler) return {"nobody", ""};
    AccessSpace const space = space_of(*this);
    std::uint64_t offset = address - entry->start;
    unsigned region = entry->region;
    if (space == AccessSpace::control_register) offset = tpr_offset, region = 0;
    if (space == AccessSpace::msr)
        offset = address < msr_x2apic_first ? 0 : (address - msr_x2apic_first) * 16, region = 0;
    IoHandler::RegisterName result = entry->handler->register_name(region, offset, size, write);
    if (space == AccessSpace::msr && address < msr_x2apic_first)
        result.name = address == msr_apic_base ? "IA32_APIC_BASE" : "IA32_TSC_DEADLINE";
    if (result.device.empty())
        if (auto const* const device = dynamic_cast<Device const*>(entry->handler))
            result.device = device->name();
    return result;
}

// Somebody may want to know.
void CpuWiring::tell(bool port, bool write, std::uint64_t address, unsigned size, std::uint64_t value,
                     Bus::Entry const& entry) {
    if (AccessObserver* const observer = machine_.access_observer())
        observer->on_access(machine_, {port, write, cpu_, address, value, size, &entry});
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
    tell(false, false, address, size, value, entry);
    return value;
}

void CpuWiring::mmio_write(PhysAddr address, unsigned size, std::uint64_t value) {
    Bus::Entry const entry = find_mmio(address, size);
    tell(false, true, address, size, value, entry);
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
    tell(true, false, port, size, value, entry);
    return static_cast<std::uint32_t>(value);
}

void CpuWiring::port_write(std::uint16_t port, unsigned size, std::uint32_t value) {
    Bus::Entry const entry = machine_.ports().find(port, size);
    tell(true, true, port, size, value, entry);
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

std::uint64_t CpuWiring::time_stamp_counter() { return machine_.now() + tsc_offset_; }

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

// An access to the interrupt controller, or to an MSR of nobody's, that is on no bus.
void CpuWiring::tell_register(unsigned region, bool write, std::uint64_t number, std::uint64_t value) {
    if (!machine_.access_observer()) return;
    bool const its = region == control_register_region || number == msr_apic_base ||
                     number == msr_tsc_deadline || (number >= msr_x2apic_first && number <= msr_x2apic_last);
    tell(false, write, number, 8, value,
         {0, 0, its ? dynamic_cast<IoHandler*>(interrupts_) : nullptr, region});
}

// The counter is the processor's own, as for RDTSC: no access to a device.
std::optional<std::uint64_t> CpuWiring::msr_read(std::uint32_t index) {
    if (index == msr_time_stamp_counter) return time_stamp_counter();
    auto const value = read_msr(index);
    if (value) tell_register(msr_region, false, index, *value);
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
    tell_register(msr_region, true, index, value);
    if (index == msr_tsc_deadline && value != 0) value = deadline_ns(value);
    if (interrupts_ && interrupts_->msr_write(index, value)) return true;
    machine_.report("cpu", fmt::format("WRMSR of {:#x}: no such register or value; #GP", index));
    return false;
}

std::uint8_t CpuWiring::acknowledge_interrupt() { return interrupts_ ? interrupts_->acknowledge() : 0; }

std::uint64_t CpuWiring::cr8_read() {
    if (!interrupts_) return 0;
    std::uint64_t const value = interrupts_->task_priority();
    tell_register(control_register_region, false, 8, value);
    return value;
}

void CpuWiring::cr8_write(std::uint64_t value) {
    if (!interrupts_) return;
    tell_register(control_register_region, true, 8, value);
    interrupts_->set_task_priority(value);
}

}  // namespace sim::machine
