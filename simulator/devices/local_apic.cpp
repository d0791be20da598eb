// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/local_apic.hpp"

#include <bit>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

// Registers by index: memory offset / 16, and MSR number - 0x800. [sdm-3a table 10-1, table 10-6]
enum Register : std::uint32_t {
    reg_id = 0x02,
    reg_version = 0x03,
    reg_tpr = 0x08,
    reg_apr = 0x09,
    reg_ppr = 0x0A,
    reg_eoi = 0x0B,
    reg_ldr = 0x0D,
    reg_dfr = 0x0E,
    reg_svr = 0x0F,
    reg_isr = 0x10,
    reg_tmr = 0x18,
    reg_irr = 0x20,
    reg_esr = 0x28,
    reg_lvt_cmci = 0x2F,
    reg_icr_low = 0x30,
    reg_icr_high = 0x31,
    reg_lvt_timer = 0x32,
    reg_lvt_error = 0x37,
    reg_initial_count = 0x38,
    reg_current_count = 0x39,
    reg_divide = 0x3E,
    reg_self_ipi = 0x3F,  // x2APIC only
};

constexpr std::uint32_t version = 0x14 | 5u << 16;  // integrated APIC, six LVT entries
constexpr std::uint32_t masked = 1u << 16;
constexpr std::uint32_t error_send_illegal_vector = 1u << 5;
constexpr std::uint32_t error_receive_illegal_vector = 1u << 6;
constexpr std::uint32_t error_illegal_register = 1u << 7;

constexpr std::uint32_t msr_apic_base = 0x1B;
constexpr std::uint32_t msr_tsc_deadline = 0x6E0;
constexpr std::uint32_t msr_x2apic_first = 0x800, msr_x2apic_last = 0x83F;
constexpr std::uint64_t base_bootstrap = 1u << 8, base_x2apic = 1u << 10, base_enable = 1u << 11;

// What may be written to each LVT entry: vector, delivery mode, polarity and
// trigger where there is a pin, mask, timer mode.
constexpr std::uint32_t lvt_writable[] = {0x7'00FF, 0x1'07FF, 0x1'07FF, 0x1'A7FF,
                                          0x1'A7FF, 0x1'00FF, 0x1'07FF};

void set(std::array<std::uint32_t, 8>& vectors, unsigned v) { vectors[v / 32] |= 1u << v % 32; }
void clear(std::array<std::uint32_t, 8>& vectors, unsigned v) { vectors[v / 32] &= ~(1u << v % 32); }
bool test(std::array<std::uint32_t, 8> const& vectors, unsigned v) { return vectors[v / 32] >> v % 32 & 1; }

int highest(std::array<std::uint32_t, 8> const& vectors) {
    for (int i = 7; i >= 0; --i)
        if (vectors[i] != 0) return i * 32 + 31 - std::countl_zero(vectors[i]);
    return -1;
}

}  // namespace

void LocalApic::reset() {
    apic_base_ = base_address | base_enable | (cpu_ == 0 ? base_bootstrap : 0);
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
    lose_source_.fill(0);
    lose_left_.fill(0);
}

// --- Registers ---

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
    if (index == reg_self_ipi || !write_register(index, static_cast<std::uint32_t>(value)))
        error(error_illegal_register);
}

std::optional<std::uint32_t> LocalApic::read_register(std::uint32_t index) {
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
            return x2apic() ? (cpu_ >> 4) << 16 | 1u << (cpu_ & 15) : ldr_;
        case reg_dfr:
            return dfr_;
        case reg_svr:
            return svr_;
        case reg_esr:
            return esr_;
        case reg_lvt_cmci:
            return lvt_[lvt_cmci];
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

bool LocalApic::write_register(std::uint32_t index, std::uint32_t value) {
    switch (index) {
        case reg_tpr:
            tpr_ = static_cast<std::uint8_t>(value);
            update();
            return true;
        case reg_eoi:
            end_of_interrupt();
            return true;
        case reg_ldr:
            ldr_ = value & 0xFF00'0000;
            return true;
        case reg_dfr:
            dfr_ = value | 0x0FFF'FFFF;
            return true;
        case reg_svr:
            svr_ = value & 0x1FF;
            if (!software_enabled())  // the LVT is masked while the APIC is off [sdm-3a §10.4.7.2]
                for (std::uint32_t& entry : lvt_) entry |= masked;
            update();
            return true;
        case reg_esr:  // a write shows what was gathered [sdm-3a §10.5.3]
            esr_ = errors_;
            errors_ = 0;
            return true;
        case reg_lvt_cmci:
            write_lvt(lvt_cmci, value);
            return true;
        case reg_icr_low:
            write_icr((icr_ & 0xFFFF'FFFF'0000'0000) | value);
            return true;
        case reg_icr_high:
            icr_ = (icr_ & 0xFFFF'FFFF) | std::uint64_t{value & 0xFF00'0000} << 32;
            return true;
        case reg_initial_count:
            if (timer_mode() == TimerMode::tsc_deadline) return true;  // ignored [sdm-3a §10.5.4.1]
            initial_count_ = value;
            start_timer();
            return true;
        case reg_divide: {
            std::uint32_t const left = current_count();
            divide_ = value & 0b1011;
            if (timer_running_ && timer_mode() != TimerMode::tsc_deadline) {
                // The count goes on from where it is, at the new pace.
                timer_start_ns_ = board_.now() - std::uint64_t{initial_count_ - left} * divisor();
                board_.arm(*this, 0, timer_start_ns_ + std::uint64_t{initial_count_} * divisor());
            }
            return true;
        }
        default:
            if (index >= reg_lvt_timer && index <= reg_lvt_error) {
                write_lvt(index - reg_lvt_timer, value);
                return true;
            }
            return false;
    }
}

void LocalApic::write_lvt(unsigned which, std::uint32_t value) {
    TimerMode const before = timer_mode();
    lvt_[which] = value & lvt_writable[which];
    if (!software_enabled()) lvt_[which] |= masked;
    if (which == lvt_timer && timer_mode() != before &&
        (timer_mode() == TimerMode::tsc_deadline || before == TimerMode::tsc_deadline)) {
        // To or from deadlines: the timer is disarmed. [sdm-3a §10.5.4.1]
        timer_running_ = false;
        tsc_deadline_ = 0;
        initial_count_ = 0;
        board_.disarm(*this, 0);
    }
    update();  // LINT0 may now let the PIC through
}

// --- Timer ---

LocalApic::TimerMode LocalApic::timer_mode() const {
    switch (lvt_[lvt_timer] >> 17 & 3) {
        case 1:
            return TimerMode::periodic;
        case 2:
            return TimerMode::tsc_deadline;
        default:
            return TimerMode::one_shot;
    }
}

// Bits 3, 1, 0: 000 is 2, 001 is 4, ... 110 is 128, 111 is 1. [sdm-3a figure 10-10]
std::uint64_t LocalApic::divisor() const {
    unsigned const code = (divide_ >> 1 & 4) | (divide_ & 3);
    return code == 7 ? 1 : 2ull << code;
}

std::uint32_t LocalApic::current_count() const {
    if (!timer_running_ || timer_mode() == TimerMode::tsc_deadline) return 0;
    std::uint64_t const gone = (board_.now() - timer_start_ns_) / divisor();
    return gone >= initial_count_ ? 0 : static_cast<std::uint32_t>(initial_count_ - gone);
}

void LocalApic::start_timer() {
    timer_running_ = initial_count_ != 0;
    timer_start_ns_ = board_.now();
    if (timer_running_)
        board_.arm(*this, 0, timer_start_ns_ + std::uint64_t{initial_count_} * divisor());
    else
        board_.disarm(*this, 0);
}

void LocalApic::on_timer(std::uint32_t) {
    switch (timer_mode()) {
        case TimerMode::periodic:
            timer_start_ns_ += std::uint64_t{initial_count_} * divisor();
            board_.arm(*this, 0, timer_start_ns_ + std::uint64_t{initial_count_} * divisor());
            break;
        case TimerMode::one_shot:
            timer_running_ = false;
            break;
        case TimerMode::tsc_deadline:
            timer_running_ = false;
            tsc_deadline_ = 0;
            break;
    }
    deliver_lvt(lvt_timer);
}

// --- Interrupts ---

void LocalApic::deliver_lvt(unsigned which) {
    if (lvt_[which] & masked) return;
    if (which == lvt_timer && lost(machine::lost_timer)) return;
    // The timer and error entries have no delivery mode: always fixed.
    auto const mode =
        which == lvt_timer || which == lvt_error ? fixed : static_cast<Delivery>(lvt_[which] >> 8 & 7);
    deliver(mode, static_cast<std::uint8_t>(lvt_[which]), false);
}

void LocalApic::deliver(Delivery delivery, std::uint8_t vector, bool level_triggered) {
    switch (delivery) {
        case fixed:
        case lowest_priority:
            if (!software_enabled() || !hardware_enabled()) return;
            if (vector < 16) return error(error_receive_illegal_vector);
            if (lost(vector)) return;
            set(irr_, vector);
            if (level_triggered)
                set(tmr_, vector);
            else
                clear(tmr_, vector);
            return update();
        case nmi:
            return board_.nmi(cpu_);
        case init:
        case start_up:
            return board_.report(name(), "INIT or start-up message: there is one processor, and it runs");
        default:
            return board_.report(name(),
                                 fmt::format("message with delivery mode {}: ignored", unsigned{delivery}));
    }
}

void LocalApic::on_input(machine::InputKind kind, std::span<std::uint8_t const> bytes) {
    if (kind == machine::InputKind::interrupt && bytes.size() == 1) return deliver(fixed, bytes[0], false);
    if (kind != machine::InputKind::lose || bytes.size() != 10)
        return board_.report(name(), "an input that means nothing here; ignored");
    auto const source = static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
    std::uint64_t count = 0;
    for (unsigned i = 0; i < 8; ++i) count |= std::uint64_t{bytes[2 + i]} << (8 * i);
    for (unsigned i = 0; i < losses; ++i) {
        if (lose_left_[i] != 0) continue;
        lose_source_[i] = source;
        lose_left_[i] = count;
        return;
    }
    board_.report(name(), "more lost interrupts than can be kept in mind; ignored");
}

// A request arrives: is it the one that gets lost? Every loss that counts this
// source counts it.
bool LocalApic::lost(std::uint16_t source) {
    bool gone = false;
    for (unsigned i = 0; i < losses; ++i)
        if (lose_left_[i] != 0 && lose_source_[i] == source && --lose_left_[i] == 0) gone = true;
    return gone;
}

bool LocalApic::addressed_by(std::uint32_t destination, bool logical) const {
    if (x2apic()) {
        if (destination == 0xFFFF'FFFF || destination == 0xFF) return true;
        if (!logical) return destination == cpu_;
        return destination >> 16 == cpu_ >> 4 && (destination & 1u << (cpu_ & 15));
    }
    if (destination == 0xFF) return true;
    if (!logical) return destination == cpu_;
    std::uint32_t const mine = ldr_ >> 24;
    bool const flat = dfr_ >> 28 == 0xF;
    if (flat) return destination & mine;
    return destination >> 4 == mine >> 4 && (destination & mine & 0xF);
}

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

void LocalApic::error(std::uint32_t bit) {
    bool const news = !(errors_ & bit);
    errors_ |= bit;
    // An illegal vector in the error entry itself must not loop for ever.
    if (news && (lvt_[lvt_error] & 0xFF) >= 16) deliver_lvt(lvt_error);
}

void LocalApic::write_icr(std::uint64_t value) {
    icr_ = value & ~(1ull << 12);  // delivery status: always idle
    unsigned const mode = value >> 8 & 7;
    if ((mode == fixed || mode == lowest_priority) && (value & 0xFF) < 16)
        return error(error_send_illegal_vector);
    if (send_) send_(icr_);
}

void LocalApic::set_task_priority(std::uint64_t value) {
    tpr_ = static_cast<std::uint8_t>((value & 0xF) << 4);
    update();
}

// --- MSRs ---

bool LocalApic::set_apic_base(std::uint64_t value) {
    constexpr std::uint64_t known = 0xFF'FFFF'F000 | base_enable | base_x2apic | base_bootstrap;
    bool const enable = value & base_enable, x2 = value & base_x2apic;
    if (value & ~known) return false;
    // Not every change of mode is legal. [sdm-3a §10.12.5]
    if (x2 && !enable) return false;
    if (x2apic() && enable && !x2) return false;
    if (!hardware_enabled() && x2) return false;
    if ((value & 0xFF'FFFF'F000) != base_address)
        board_.report(name(), "IA32_APIC_BASE: the registers stay at 0xfee00000");
    bool const now_off = hardware_enabled() && !enable;
    std::uint64_t const bootstrap = apic_base_ & base_bootstrap;
    if (now_off) {
        reset();
        board_.disarm(*this, 0);
    }
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
    if (index == reg_icr_high || index == reg_dfr || index == reg_apr || index == reg_eoi)
        return std::nullopt;
    return read_register(index);
}

bool LocalApic::msr_write(std::uint32_t msr, std::uint64_t value) {
    if (msr == msr_apic_base) return set_apic_base(value);
    if (msr == msr_tsc_deadline) {
        if (timer_mode() != TimerMode::tsc_deadline) return true;  // ignored [sdm-3a §10.5.4.1]
        tsc_deadline_ = value;
        timer_running_ = value != 0;
        if (timer_running_)
            board_.arm(*this, 0, value);
        else
            board_.disarm(*this, 0);
        return true;
    }
    if (msr < msr_x2apic_first || msr > msr_x2apic_last || !x2apic()) return false;
    std::uint32_t const index = msr - msr_x2apic_first;
    switch (index) {
        case reg_icr_low:
            write_icr(value);
            return true;
        case reg_self_ipi:
            if (value >> 8) return false;
            write_icr(1ull << 18 | value);  // shorthand: self
            return true;
        case reg_eoi:
        case reg_esr:
            if (value != 0) return false;
            break;
        case reg_icr_high:
        case reg_dfr:
        case reg_ldr:
            return false;
        default:
            if (value >> 32) return false;
    }
    return write_register(index, static_cast<std::uint32_t>(value));
}

machine::StateNode LocalApic::describe() const {
    machine::StateNode node{name(),
                            !hardware_enabled() ? "off"
                            : x2apic()          ? "x2APIC"
                                                : "xAPIC",
                            "local interrupt controller of the processor",
                            {}};
    auto& c = node.children;
    auto const vectors = [](Vectors const& set_of) {
        std::string text;
        for (unsigned v = 0; v < 256; ++v)
            if (test(set_of, v)) text += fmt::format("{}{:#x}", text.empty() ? "" : " ", v);
        return text.empty() ? std::string("none") : text;
    };
    c.push_back({"IRR", vectors(irr_), "requested: waiting to be taken", {}});
    c.push_back({"ISR", vectors(isr_), "in service: taken, no EOI yet", {}});
    c.push_back({"TMR", vectors(tmr_), "level-triggered ones", {}});
    c.push_back(hex("TPR", tpr_, "classes up to bits 7..4 are held back"));
    c.push_back(hex("PPR", processor_priority(), "the higher of TPR and what is in service"));
    c.push_back(bits("SVR", svr_, "spurious vector in bits 7..0", {{8, "APIC on by software"}}));
    c.push_back(hex("ESR", esr_ | errors_, "errors"));
    c.push_back(hex("ICR", icr_, "last interrupt sent to processors"));
    static constexpr char const* lvt_names[] = {"LVT timer", "LVT thermal", "LVT performance", "LVT LINT0",
                                                "LVT LINT1", "LVT error",   "LVT CMCI"};
    for (unsigned i = 0; i < lvt_count; ++i)
        c.push_back(hex(lvt_names[i], lvt_[i],
                        (lvt_[i] & masked) ? "masked" : fmt::format("vector {:#x}", lvt_[i] & 0xFF)));
    static constexpr char const* modes[] = {"one-shot", "periodic", "TSC deadline"};
    machine::StateNode timer{
        "timer", modes[static_cast<int>(timer_mode())], timer_running_ ? "running" : "stopped", {}};
    timer.children.push_back(number("initial count", initial_count_));
    timer.children.push_back(number("current count", current_count()));
    timer.children.push_back(number("divided by", divisor(), "of 1 GHz"));
    timer.children.push_back(number("TSC deadline", tsc_deadline_));
    c.push_back(std::move(timer));
    return node;
}

}  // namespace sim::devices
