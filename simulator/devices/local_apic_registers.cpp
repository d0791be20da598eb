// SPDX-License-Identifier: GPL-2.0-or-later
//
// The registers and their two faces: memory (xAPIC) and MSRs (x2APIC).
#include "simulator/devices/local_apic_registers.hpp"

#include <fmt/format.h>

#include "simulator/devices/local_apic.hpp"

namespace sim::devices {

using namespace apic;

namespace {

constexpr std::uint32_t version = 0x14 | 5u << 16;  // integrated APIC, six LVT entries

// What may be written to each LVT entry: vector, delivery mode, polarity and
// trigger where there is a pin, mask, timer mode.
constexpr std::uint32_t lvt_writable[] = {0x7'00FF, 0x1'07FF, 0x1'07FF, 0x1'A7FF, 0x1'A7FF, 0x1'00FF};
// Delivery status and remote IRR: a write of what was read is no offence.
constexpr std::uint32_t lvt_read_only = 1u << 12 | 1u << 14;

// The bits that exist in a register that can be written; 0: it cannot.
std::uint32_t writable(std::uint32_t index) {
    switch (index) {
        case reg_tpr:
            return 0xFF;
        case reg_svr:
            return 0x1FF;
        case reg_initial_count:
            return 0xFFFF'FFFF;
        case reg_divide:
            return 0b1011;
        default:
            if (index >= reg_lvt_timer && index <= reg_lvt_error)
                return lvt_writable[index - reg_lvt_timer] | lvt_read_only;
            return 0;
    }
}

}  // namespace

// Cluster in the upper half, one bit for the processor in the lower. [sdm-3a §10.12.10.2]
std::uint32_t LocalApic::logical_id() const { return (cpu_ >> 4) << 16 | 1u << (cpu_ & 15); }

std::optional<std::uint32_t> LocalApic::read_register(std::uint32_t index) const {
    switch (index) {
        case reg_id:
            return x2apic() ? cpu_ : cpu_ << 24;
        case reg_version:
            return version;
        case reg_tpr:
            return tpr_;
        case reg_apr:
        case reg_ppr:
            return processor_priority();
        case reg_eoi:
            return 0;
        case reg_ldr:
            return x2apic() ? logical_id() : ldr_;
        case reg_dfr:
            return dfr_;
        case reg_svr:
            return svr_;
        case reg_esr:
            return esr_;
        case reg_icr_low:
            return static_cast<std::uint32_t>(icr_);
        case reg_icr_high:
            return static_cast<std::uint32_t>(icr_ >> 32);
        case reg_initial_count:
            return initial_count_;
        case reg_current_count:
            return current_count();
        case reg_divide:
            return divide_;
        default:
            if (index >= reg_isr && index < reg_isr + 8) return isr_[index - reg_isr];
            if (index >= reg_tmr && index < reg_tmr + 8) return tmr_[index - reg_tmr];
            if (index >= reg_irr && index < reg_irr + 8) return irr_[index - reg_irr];
            if (index >= reg_lvt_timer && index <= reg_lvt_error) return lvt_[index - reg_lvt_timer];
            return std::nullopt;
    }
}

void LocalApic::write_register(std::uint32_t index, std::uint32_t value) {
    switch (index) {
        case reg_tpr:
            tpr_ = static_cast<std::uint8_t>(value);
            return update();
        case reg_eoi:
            return end_of_interrupt();
        case reg_ldr:
            ldr_ = value & 0xFF00'0000;
            return;
        case reg_dfr:
            dfr_ = value | 0x0FFF'FFFF;
            return;
        case reg_svr:
            svr_ = value & 0x1FF;
            if (!software_enabled())  // the LVT is masked while the APIC is off [sdm-3a §10.4.7.2]
                for (std::uint32_t& entry : lvt_) entry |= masked;
            return update();
        case reg_esr:  // a write shows what was gathered [sdm-3a §10.5.3]
            esr_ = errors_;
            errors_ = 0;
            return;
        case reg_icr_low:
            return write_icr((icr_ & 0xFFFF'FFFF'0000'0000) | value);
        case reg_icr_high:
            icr_ = (icr_ & 0xFFFF'FFFF) | std::uint64_t{value & 0xFF00'0000} << 32;
            return;
        case reg_initial_count:
            if (timer_mode() == TimerMode::tsc_deadline) return;  // ignored [sdm-3a §10.5.4.1]
            initial_count_ = value;
            return start_timer();
        case reg_divide:
            return set_divide(value);
        default:
            if (index >= reg_lvt_timer && index <= reg_lvt_error) write_lvt(index - reg_lvt_timer, value);
            return;  // the others cannot be written
    }
}

void LocalApic::write_lvt(unsigned which, std::uint32_t value) {
    TimerMode const before = timer_mode();
    lvt_[which] = value & lvt_writable[which];
    if (!software_enabled()) lvt_[which] |= masked;
    if (which == lvt_timer && timer_mode() != before &&
        (timer_mode() == TimerMode::tsc_deadline || before == TimerMode::tsc_deadline))
        disarm_timer();
    update();  // LINT0 may now let the PIC through
}

// --- Memory ---

std::uint64_t LocalApic::io_read(unsigned, std::uint64_t offset, unsigned size) {
    if (!hardware_enabled() || x2apic()) return ~0ull;
    // 32-bit registers on 16-byte boundaries; narrower reads give a part of them.
    if ((offset & 15) + size > 4) {
        board_.report(
            name(),
            fmt::format("read of {} bytes at {:#x}: registers are 4 bytes at multiples of 16", size, offset));
        return 0;
    }
    auto const value = read_register(static_cast<std::uint32_t>(offset >> 4));
    if (!value) {
        error(error_illegal_register);
        return 0;
    }
    return *value >> (8 * (offset & 3));
}

void LocalApic::io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (!hardware_enabled() || x2apic()) return;
    if ((offset & 15) != 0 || size != 4) {
        board_.report(
            name(), fmt::format("write of {} bytes at {:#x}: registers are 4 bytes at multiples of 16", size,
                                offset));
        return;
    }
    std::uint32_t const index = static_cast<std::uint32_t>(offset >> 4);
    if (!read_register(index)) return error(error_illegal_register);  // there is none
    write_register(index, static_cast<std::uint32_t>(value));
}

// --- MSRs ---

// Not every change of mode is legal. [sdm-3a §10.12.5, table 10-5]
bool LocalApic::set_apic_base(std::uint64_t value) {
    constexpr std::uint64_t known = 0xFF'FFFF'F000 | base_enable | base_x2apic | base_bootstrap;
    bool const enable = value & base_enable, x2 = value & base_x2apic;
    if (value & ~known) return false;
    if (x2 && !enable) return false;              // no such mode
    if (x2apic() && enable && !x2) return false;  // x2APIC ends only by switching off
    if (!hardware_enabled() && x2) return false;  // from off to xAPIC first
    if ((value & 0xFF'FFFF'F000) != base_address)
        board_.report(name(), "IA32_APIC_BASE: the registers stay at 0xfee00000");
    if (hardware_enabled() && !enable) {
        reset_registers();
        for (unsigned timer = 0; timer <= losses; ++timer) board_.disarm(*this, timer);
    }
    if (x2 && !x2apic()) icr_ &= 0xFFFF'FFFF;  // the destination has another form now
    std::uint64_t const bootstrap = apic_base_ & base_bootstrap;
    apic_base_ = base_address | bootstrap | (value & (base_enable | base_x2apic));
    update();
    return true;
}

std::optional<std::uint64_t> LocalApic::msr_read(std::uint32_t msr) {
    if (msr == msr_apic_base) return apic_base_;
    if (msr == msr_tsc_deadline) return tsc_deadline_;
    if (msr < msr_x2apic_first || msr > msr_x2apic_last || !x2apic()) return std::nullopt;
    std::uint32_t const index = msr - msr_x2apic_first;
    if (index == reg_icr_low) return icr_;
    // Gone, or write-only. [sdm-3a table 10-6]
    if (index == reg_icr_high || index == reg_dfr || index == reg_apr || index == reg_eoi)
        return std::nullopt;
    return read_register(index);
}

// Reserved bits and registers that cannot be written: #GP. [sdm-3a §10.12.1.2, §10.12.1.3]
bool LocalApic::msr_write(std::uint32_t msr, std::uint64_t value) {
    if (msr == msr_apic_base) return set_apic_base(value);
    if (msr == msr_tsc_deadline) {
        set_deadline(value);
        return true;
    }
    if (msr < msr_x2apic_first || msr > msr_x2apic_last || !x2apic()) return false;
    std::uint32_t const index = msr - msr_x2apic_first;
    switch (index) {
        case reg_icr_low:
            if (value & 0xFFFF'FFFF & ~std::uint64_t{icr_writable}) return false;
            write_icr(value);
            return true;
        case reg_self_ipi:
            if (value >> 8) return false;
            send(1ull << 18 | value);  // shorthand: self; the command register keeps its content
            return true;
        case reg_eoi:
        case reg_esr:
            if (value != 0) return false;
            write_register(index, 0);
            return true;
        default:
            if (writable(index) == 0 || (value & ~std::uint64_t{writable(index)})) return false;
            write_register(index, static_cast<std::uint32_t>(value));
            return true;
    }
}

}  // namespace sim::devices
