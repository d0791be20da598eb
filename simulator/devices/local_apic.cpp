// SPDX-License-Identifier: GPL-2.0-or-later
//
// Interrupts: how they come in, which is the most urgent, how they end. The
// registers are in local_apic_registers.cpp, the timer in local_apic_timer.cpp.
#include "simulator/devices/local_apic.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/devices/local_apic_registers.hpp"

namespace sim::devices {

using namespace apic;

void LocalApic::reset() {
    apic_base_ = base_address | base_enable | (cpu_ == 0 ? base_bootstrap : 0);
    reset_registers();
}

// After power-up, INIT, or switching the whole APIC off. [sdm-3a §10.4.7.1]
void LocalApic::reset_registers() {
    tpr_ = 0;
    ldr_ = 0;
    dfr_ = 0xFFFF'FFFF;
    svr_ = 0xFF;
    isr_ = tmr_ = irr_ = {};
    esr_ = errors_ = 0;
    icr_ = 0;
    lvt_.fill(masked);
    initial_count_ = divide_ = 0;
    timer_start_ns_ = 0;
    timer_running_ = false;
    tsc_deadline_ = 0;
    forget_faults();
}

void LocalApic::forget_faults() {
    lose_source_.fill(0);
    lose_left_.fill(0);
    late_ns_.fill(0);
    held_.fill(0);
}

void LocalApic::set_virtual_wire_mode() {
    svr_ |= 1u << 8;
    lvt_[lvt_lint0] = ext_int << 8;
    lvt_[lvt_lint1] = nmi << 8;
}

// --- In ---

void LocalApic::deliver_lvt(unsigned which) {
    if (lvt_[which] & masked) return;
    // An illegal vector is no request that could be lost: it is an error at once.
    auto const vector = static_cast<std::uint8_t>(lvt_[which]);
    if (which == lvt_timer && vector >= 16 && lost(machine::lost_timer, vector, false)) return;
    // The timer and error entries have no delivery mode: always fixed.
    auto const mode =
        which == lvt_timer || which == lvt_error ? fixed : static_cast<Delivery>(lvt_[which] >> 8 & 7);
    deliver(mode, vector, false);
}

void LocalApic::deliver(Delivery delivery, std::uint8_t vector, bool level_triggered) {
    // Off by IA32_APIC_BASE, the processor is as one without an APIC. Off by
    // software it still takes NMI, INIT and start-up. [sdm-3a §10.4.3, §10.4.7.2]
    if (!hardware_enabled()) return;
    switch (delivery) {
        case fixed:
        case lowest_priority:
            if (!software_enabled()) return;
            if (vector >= 16 && lost(vector, vector, level_triggered)) return;
            return request(vector, level_triggered);
        case nmi:
            return board_.nmi(cpu_);
        case init:
            // The mode (xAPIC or x2APIC) and the identifier stay. [sdm-3a §10.4.7.3, §10.12.5.1]
            reset_registers();
            for (unsigned timer = 0; timer <= losses; ++timer) board_.disarm(*this, timer);
            update();
            return board_.init(cpu_);
        case start_up:
            return board_.start_up(cpu_, vector);
        default:
            return board_.report(name(),
                                 fmt::format("message with delivery mode {}: ignored", unsigned{delivery}));
    }
}

void LocalApic::on_input(machine::InputKind kind, std::span<std::uint8_t const> bytes) {
    if (kind == machine::InputKind::interrupt && bytes.size() == 1) return deliver(fixed, bytes[0], false);
    bool const late = kind == machine::InputKind::late && bytes.size() == 18;
    if (!late && (kind != machine::InputKind::lose || bytes.size() != 10))
        return board_.report(name(), "an input that means nothing here; ignored");
    auto const number = [&](std::size_t at, unsigned size) {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{bytes[at + i]} << (8 * i);
        return value;
    };
    for (unsigned i = 0; i < losses; ++i) {
        if (lose_left_[i] != 0 || held_[i] != 0) continue;
        lose_source_[i] = static_cast<std::uint16_t>(number(0, 2));
        lose_left_[i] = number(2, 8);
        late_ns_[i] = late ? number(10, 8) : 0;
        return;
    }
    board_.report(name(), "more lost interrupts than can be kept in mind; ignored");
}

// Nothing holds it up any more. Vectors below 16 are reserved, and so are their bits.
void LocalApic::request(std::uint8_t vector, bool level_triggered) {
    if (vector < 16) return error(error_receive_illegal_vector);
    set(irr_, vector);
    if (level_triggered)
        set(tmr_, vector);
    else
        clear(tmr_, vector);
    update();
}

// A request arrives: is it the one that gets lost, or held up? Every fault that
// counts this source counts it.
bool LocalApic::lost(std::uint16_t source, std::uint8_t vector, bool level_triggered) {
    bool gone = false;
    for (unsigned i = 0; i < losses; ++i) {
        if (lose_left_[i] == 0 || lose_source_[i] != source || --lose_left_[i] != 0) continue;
        // Later than the end of time is lost, and its place is free again.
        std::uint64_t const at = board_.now() + std::min(late_ns_[i], machine::end_of_time_ns);
        if (late_ns_[i] != 0 && !gone && at < machine::end_of_time_ns) {
            held_[i] = static_cast<std::uint16_t>(vector | (level_triggered ? 0x100 : 0));
            board_.arm(*this, 1 + i, at);
        }
        gone = true;
    }
    return gone;
}

bool LocalApic::addressed_by(std::uint32_t destination, bool logical) const {
    if (x2apic()) {  // [sdm-3a §10.12.9, §10.12.10]
        if (destination == 0xFFFF'FFFF) return true;
        if (!logical) return destination == cpu_;
        return destination >> 16 == logical_id() >> 16 && (destination & logical_id() & 0xFFFF);
    }
    if (destination == 0xFF || destination == 0xFFFF'FFFF) return true;
    if (!logical) return destination == cpu_;
    std::uint32_t const mine = ldr_ >> 24;
    bool const flat = dfr_ >> 28 == 0xF;
    if (flat) return destination & mine;
    return destination >> 4 == mine >> 4 && (destination & mine & 0xF);
}

void LocalApic::error(std::uint32_t bit) {
    bool const news = !(errors_ & bit);
    errors_ |= bit;
    // An illegal vector in the error entry itself must not loop for ever.
    if (news && (lvt_[lvt_error] & 0xFF) >= 16) deliver_lvt(lvt_error);
}

// --- Out ---

// Class of the most urgent of what is running and what the task tolerates.
std::uint8_t LocalApic::processor_priority() const {
    int const in_service = highest(isr_);
    std::uint8_t const serving = in_service < 0 ? 0 : static_cast<std::uint8_t>(in_service & 0xF0);
    return tpr_ >> 4 >= serving >> 4 ? tpr_ : serving;
}

bool LocalApic::pending() const {
    if (hardware_enabled() && software_enabled()) {
        int const requested = highest(irr_);
        if (requested >= 0 && requested >> 4 > processor_priority() >> 4) return true;
    }
    // The PIC comes through LINT0 when that is open for it, or past a disabled APIC.
    bool const open = !hardware_enabled() || (lvt_[lvt_lint0] & (masked | 0x700)) == ext_int << 8;
    return external_ && open && external_->output();
}

std::uint8_t LocalApic::acknowledge() {
    int const requested = hardware_enabled() && software_enabled() ? highest(irr_) : -1;
    if (requested >= 0 && requested >> 4 > processor_priority() >> 4) {
        clear(irr_, static_cast<unsigned>(requested));
        set(isr_, static_cast<unsigned>(requested));
        update();
        return static_cast<std::uint8_t>(requested);
    }
    if (external_ && pending()) {
        std::uint8_t const vector = external_->acknowledge();
        update();
        return vector;
    }
    update();
    return static_cast<std::uint8_t>(svr_);  // spurious [sdm-3a §10.9]
}

void LocalApic::end_of_interrupt() {
    int const finished = highest(isr_);
    if (finished < 0) return;
    clear(isr_, static_cast<unsigned>(finished));
    if (test(tmr_, static_cast<unsigned>(finished)) && end_of_interrupt_)
        end_of_interrupt_(static_cast<std::uint8_t>(finished));
    update();
}

void LocalApic::set_task_priority(std::uint64_t value) {
    tpr_ = static_cast<std::uint8_t>((value & 0xF) << 4);
    update();
}

// --- To other processors ---

// What the low half of the command register can hold: vector, delivery mode,
// destination mode, level, trigger, shorthand. [sdm-3a §10.6.1, figure 10-28]
void LocalApic::write_icr(std::uint64_t value) {
    icr_ = value & (0xFFFF'FFFF'0000'0000 | icr_writable);
    send(icr_);
}

void LocalApic::send(std::uint64_t icr) {
    auto const mode = static_cast<Delivery>(icr >> 8 & 7);
    unsigned const shorthand = icr >> 18 & 3;
    bool const level = icr & 1u << 15, assert_level = icr & 1u << 14;
    // Only old bus APICs knew what to do with the end of an INIT.
    if (mode == init && level && !assert_level) return;
    if ((mode == fixed || mode == lowest_priority) && (icr & 0xFF) < 16)
        return error(error_send_illegal_vector);
    // [sdm-3a table 10-3]
    bool const to_self = shorthand == 1 || shorthand == 2;
    if (mode == ext_int || mode == smi || mode == 3 || (to_self && mode != fixed))
        return board_.report(name(),
                             fmt::format("interrupt command {:#x}: a delivery mode that is not valid there; "
                                         "nothing is sent",
                                         icr));
    if (send_) send_(icr);
}

}  // namespace sim::devices
