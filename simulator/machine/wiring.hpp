// SPDX-License-Identifier: GPL-2.0-or-later
//
// One processor's connection to the board: its accesses find their device here,
// and what nobody answers is answered as hardware would and reported.
#pragma once

#include "simulator/engine/cpu.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::machine {

class CpuWiring final : public engine::Wiring {
public:
    CpuWiring(Machine& machine, unsigned cpu) : machine_(machine), cpu_(cpu) {}

    std::uint64_t mmio_read(PhysAddr address, unsigned size) override;
    void mmio_write(PhysAddr address, unsigned size, std::uint64_t value) override;
    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, unsigned size, std::uint32_t value) override;
    std::uint64_t time_stamp_counter() override;
    engine::CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf) override;
    std::optional<std::uint64_t> msr_read(std::uint32_t index) override;
    bool msr_write(std::uint32_t index, std::uint64_t value) override;
    std::uint8_t acknowledge_interrupt() override;
    bool numeric_error(bool pending) override;
    std::uint64_t cr8_read() override;
    void cr8_write(std::uint64_t value) override;

    void attach(ProcessorInterrupts& interrupts) { interrupts_ = &interrupts; }
    ProcessorInterrupts* interrupts() { return interrupts_; }
    // What this processor alone finds there.
    void map(PhysAddr start, std::uint64_t length, IoHandler& handler) {
        own_ = {start, length, &handler, 0};
    }

    // What the guest added to the time stamp counter by writing it: saved with the machine.
    std::uint64_t& tsc_offset() { return tsc_offset_; }

private:
    void tell(AccessSpace, bool write, std::uint64_t address, unsigned size, std::uint64_t value,
              Bus::Entry const& entry);
    void tell_register(AccessSpace, bool write, std::uint64_t number, std::uint64_t value);
    void tell(Access const&);
    std::optional<std::uint64_t> read_msr(std::uint32_t index);
    std::uint64_t deadline_ns(std::uint64_t counter) const;
    Bus::Entry find_mmio(PhysAddr address, unsigned size) const;

    Machine& machine_;
    unsigned cpu_;
    ProcessorInterrupts* interrupts_ = nullptr;
    Bus::Entry own_;
    std::uint64_t tsc_offset_ = 0;
};

}  // namespace sim::machine
