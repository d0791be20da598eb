// SPDX-License-Identifier: GPL-2.0-or-later
//
// A processor's local APIC: it collects interrupts from the IOAPIC, from MSI
// writes, from other processors and from its own timer, and presents the most
// urgent one. [sdm-3a §10]
//
// Two faces of the same registers: memory at 0xFEE0'0000 (xAPIC), and MSRs from
// 0x800 (x2APIC), as IA32_APIC_BASE says. The timer counts virtual nanoseconds
// divided by the divide register; in TSC-deadline mode it fires when virtual
// time reaches the deadline.
//
// The code: local_apic.cpp (interrupts in and out), local_apic_registers.cpp
// (both faces), local_apic_timer.cpp.
#pragma once

#include <array>
#include <functional>

#include "simulator/machine/machine.hpp"

namespace sim::devices {

// The old interrupt controller, seen from the local APIC's LINT0 pin.
class ExternalInterrupts {
public:
    virtual ~ExternalInterrupts() = default;
    virtual bool output() const = 0;
    virtual std::uint8_t acknowledge() = 0;
};

class LocalApic final : public machine::Device,
                        public machine::IoHandler,
                        public machine::ProcessorInterrupts {
public:
    static constexpr std::uint64_t base_address = 0xFEE0'0000;
    static constexpr std::uint64_t window = 0x1000;

    LocalApic(machine::Surroundings& board, unsigned cpu)
        : Device("lapic" + std::to_string(cpu)), board_(board), cpu_(cpu) {
        reset();
    }

    // Wired by the board.
    void attach(ExternalInterrupts& pic) { external_ = &pic; }
    void on_end_of_interrupt(std::function<void(std::uint8_t vector)> told) {
        end_of_interrupt_ = std::move(told);
    }
    void on_interprocessor(std::function<void(std::uint64_t icr)> send) { send_ = std::move(send); }

    // As a PC's firmware leaves the boot processor: on, the PIC through LINT0,
    // NMI at LINT1. [sdm-3a §10.5.1; mp-1.4 §3.6.2.2]
    void set_virtual_wire_mode();

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    void on_timer(std::uint32_t) override;
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) override;

    RegisterName register_name(unsigned, std::uint64_t offset, unsigned size, bool write) const override;
    RegisterName register_name(machine::AccessSpace, std::uint64_t number) const override;

    bool pending() const override;
    bool enabled() const override { return hardware_enabled(); }
    std::uint8_t acknowledge() override;
    std::uint64_t task_priority() const override { return tpr_ >> 4; }
    void set_task_priority(std::uint64_t value) override;
    std::optional<std::uint64_t> msr_read(std::uint32_t) override;
    bool msr_write(std::uint32_t, std::uint64_t) override;
    // Faults: a vector out of nowhere (InputKind::interrupt), a request that is
    // lost on its way here (InputKind::lose) or held up on it (InputKind::late).
    void on_input(machine::InputKind, std::span<std::uint8_t const>) override;

    // A message for this processor: an IOAPIC line, an MSI, an IPI.
    enum Delivery : std::uint8_t {
        fixed = 0,
        lowest_priority = 1,
        smi = 2,
        nmi = 4,
        init = 5,
        start_up = 6,
        ext_int = 7
    };
    void deliver(Delivery, std::uint8_t vector, bool level_triggered);
    // Is it meant by this destination? [sdm-3a §10.6.2]
    bool addressed_by(std::uint32_t destination, bool logical) const;
    bool x2apic() const { return apic_base_ & base_x2apic; }
    // Who of several takes an interrupt with lowest priority. [sdm-3a §10.6.2.4]
    std::uint8_t processor_priority() const;
    bool takes_interrupts() const { return hardware_enabled() && software_enabled(); }
    // The PIC's output may have changed.
    void update() { board_.set_interrupt_line(cpu_, pending()); }

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("apic_base", self.apic_base_);
        visit("tpr", self.tpr_);
        visit("ldr", self.ldr_);
        visit("dfr", self.dfr_);
        visit("svr", self.svr_);
        visit("isr", self.isr_);
        visit("tmr", self.tmr_);
        visit("irr", self.irr_);
        visit("esr", self.esr_);
        visit("errors", self.errors_);
        visit("icr", self.icr_);
        visit("lvt", self.lvt_);
        visit("initial_count", self.initial_count_);
        visit("divide", self.divide_);
        visit("timer_start_ns", self.timer_start_ns_);
        visit("timer_running", self.timer_running_);
        visit("tsc_deadline", self.tsc_deadline_);
        visit("lose_source", self.lose_source_);
        visit("lose_left", self.lose_left_);
        visit("late_ns", self.late_ns_);
        visit("held", self.held_);
    }

private:
    using Vectors = std::array<std::uint32_t, 8>;  // one bit for each of 256 vectors
    enum Lvt : unsigned {
        lvt_timer,
        lvt_thermal,
        lvt_performance,
        lvt_lint0,
        lvt_lint1,
        lvt_error,
        lvt_count
    };
    enum class TimerMode { one_shot, periodic, tsc_deadline };

    // Bits of IA32_APIC_BASE. [sdm-3a §10.4.4]
    static constexpr std::uint64_t base_bootstrap = 1u << 8, base_x2apic = 1u << 10, base_enable = 1u << 11;
    // Of the interrupt command register: vector, delivery mode, destination
    // mode, level, trigger, shorthand.
    static constexpr std::uint32_t icr_writable = 0xC'CFFF;

    bool hardware_enabled() const { return apic_base_ & base_enable; }
    bool software_enabled() const { return svr_ & 1u << 8; }
    void reset_registers();
    std::uint32_t logical_id() const;  // of x2APIC mode
    std::optional<std::uint32_t> read_register(std::uint32_t index) const;
    void write_register(std::uint32_t index, std::uint32_t value);
    void write_icr(std::uint64_t value);
    void send(std::uint64_t icr);
    void write_lvt(unsigned which, std::uint32_t value);
    void end_of_interrupt();
    void error(std::uint32_t bit);
    void deliver_lvt(unsigned which);
    bool lost(std::uint16_t source, std::uint8_t vector, bool level_triggered);
    void request(std::uint8_t vector, bool level_triggered);
    void forget_faults();
    bool set_apic_base(std::uint64_t value);

    TimerMode timer_mode() const;
    std::uint64_t divisor() const;
    std::uint32_t current_count() const;
    void start_timer();
    void set_divide(std::uint32_t value);
    void set_deadline(std::uint64_t value);
    void disarm_timer();

    machine::Surroundings& board_;
    unsigned cpu_;
    ExternalInterrupts* external_ = nullptr;
    std::function<void(std::uint8_t)> end_of_interrupt_;
    std::function<void(std::uint64_t)> send_;

    std::uint64_t apic_base_;
    std::uint8_t tpr_;
    std::uint32_t ldr_, dfr_, svr_;
    Vectors isr_, tmr_, irr_;     // in service, trigger mode (1: level), requested
    std::uint32_t esr_, errors_;  // what a read shows; what has been gathered since the last write
    std::uint64_t icr_;
    std::array<std::uint32_t, lvt_count> lvt_;
    std::uint32_t initial_count_, divide_;
    std::uint64_t timer_start_ns_;  // when the count began at its initial value
    bool timer_running_;
    std::uint64_t tsc_deadline_;

    // Requests that will be lost or late: of which source, the how-many-eth from
    // now (0: none any more), and by how much (0: lost). `held` is the late
    // request itself while it waits: its vector, bit 8 level-triggered.
    static constexpr unsigned losses = 4;
    std::array<std::uint16_t, losses> lose_source_;
    std::array<std::uint64_t, losses> lose_left_, late_ns_;
    std::array<std::uint16_t, losses> held_;
};

}  // namespace sim::devices
