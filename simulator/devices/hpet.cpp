// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/hpet.hpp"

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

// [hpet-1.0a §2.3.2]
enum : std::uint64_t {
    general_capabilities = 0x000,
    general_config = 0x010,
    interrupt_status = 0x020,
    main_counter = 0x0F0,
    first_timer = 0x100,
    timer_bytes = 0x20,
    timer_config = 0x00,
    timer_comparator = 0x08,
};

// Tn_CONF. [hpet-1.0a §2.3.8]
constexpr std::uint64_t level = 1 << 1, interrupt_on = 1 << 2, periodic = 1 << 3, periodic_capable = 1 << 4,
                        is_64_bit = 1 << 5, set_value = 1 << 6, force_32_bit = 1 << 8;
constexpr unsigned route_shift = 9;
constexpr std::uint64_t route_mask = 31 << route_shift;
constexpr std::uint64_t writable = level | interrupt_on | periodic | set_value | force_32_bit | route_mask;
constexpr std::uint64_t routes = 1u << 2 | 1u << 8 | 0xFu << 16;

constexpr unsigned pit_irq = 0, rtc_irq = 8;

}  // namespace

void Hpet::reset() {
    config_ = status_ = base_count_ = base_ns_ = 0;
    timers_ = {};
}

std::uint64_t Hpet::counter() const {
    return running() ? base_count_ + (board_.now() - base_ns_) / tick_ns : base_count_;
}

// --- Registers: 64 bits each, read and written whole or by halves ---

std::uint64_t Hpet::io_read(unsigned, std::uint64_t offset, unsigned size) {
    return size < 4 || offset % size != 0 ? 0 : read_register(offset & ~7ull) >> (8 * (offset & 4));
}

std::uint64_t Hpet::read_register(std::uint64_t offset) const {
    switch (offset) {
        case general_capabilities:
            return capabilities;
        case general_config:
            return config_;
        case interrupt_status:
            return status_;
        case main_counter:
            return counter();
        default:
            break;
    }
    if (offset < first_timer || offset >= first_timer + timers * timer_bytes) return 0;
    Timer const& timer = timers_[(offset - first_timer) / timer_bytes];
    switch ((offset - first_timer) % timer_bytes) {
        case timer_config:
            return timer.config | periodic_capable | is_64_bit | routes << 32;
        case timer_comparator:
            return timer.config & force_32_bit ? timer.comparator & 0xFFFF'FFFF : timer.comparator;
        default:
            return 0;  // FSB delivery is not there
    }
}

void Hpet::io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (size < 4 || offset % size != 0)
        return board_.report(name(), fmt::format("write of {} bytes at {:#x}: ignored", size, offset));
    write_register(offset & ~7ull, value, static_cast<unsigned>(8 * (offset & 4)), size);
}

void Hpet::write_register(std::uint64_t offset, std::uint64_t value, unsigned shift, unsigned size) {
    // What a half does not touch stays.
    std::uint64_t const mask = size == 8 ? ~0ull : 0xFFFF'FFFFull << shift;
    auto const merged = [&](std::uint64_t now) { return (now & ~mask) | (value << shift & mask); };
    unsigned const index = static_cast<unsigned>((offset - first_timer) / timer_bytes);
    if (offset == general_config) return write_config(merged(config_));
    if (offset == interrupt_status) return write_status(merged(0));
    if (offset == main_counter) {
        base_count_ = merged(counter());
        base_ns_ = board_.now();
        return arm_all();
    }
    if (offset < first_timer || index >= timers) return;
    if ((offset - first_timer) % timer_bytes == timer_config)
        write_timer_config(index, merged(timers_[index].config));
    else if ((offset - first_timer) % timer_bytes == timer_comparator)
        write_comparator(index, mask, value << shift & mask);
}

void Hpet::write_config(std::uint64_t value) {
    std::uint64_t const count = counter();
    bool const was_legacy = legacy();
    if (was_legacy != bool(value & 2))
        for (unsigned i = 0; i < timers; ++i) board_.set_interrupt_wire(wire_of(i), false);
    config_ = value & 3;
    base_count_ = count;
    base_ns_ = board_.now();
    if (legacy() != was_legacy && legacy_changed_) legacy_changed_(legacy());
    arm_all();
    for (unsigned i = 0; i < timers; ++i) update_wire(i);
}

// Writing a one acknowledges.
void Hpet::write_status(std::uint64_t value) {
    std::uint64_t const gone = status_ & value;
    status_ &= ~value;
    for (unsigned i = 0; i < timers; ++i)
        if (gone >> i & 1) update_wire(i);
}

void Hpet::write_timer_config(unsigned index, std::uint64_t value) {
    Timer& timer = timers_[index];
    if (timer.config & interrupt_on) board_.set_interrupt_wire(wire_of(index), false);
    std::uint64_t const route = value >> route_shift & 31;
    timer.config = value & writable;
    // A pin that the capability does not list is not taken.
    if (!(routes >> route & 1)) timer.config &= ~route_mask;
    if (!(timer.config & level)) status_ &= ~(1ull << index);
    arm(index);
    update_wire(index);
}

// In periodic mode a write is the period; with VAL_SET the next match, too. By
// halves, each keeps its own other half, and VAL_SET is set before each. [hpet-1.0a §2.3.9.2.2]
void Hpet::write_comparator(unsigned index, std::uint64_t mask, std::uint64_t bits) {
    Timer& timer = timers_[index];
    auto const put = [&](std::uint64_t& value) {
        value = (value & ~mask) | bits;
        if (timer.config & force_32_bit) value &= 0xFFFF'FFFF;
    };
    if (!(timer.config & periodic) || (timer.config & set_value)) put(timer.comparator);
    if (timer.config & periodic) put(timer.period);
    timer.config &= ~set_value;
    arm(index);
}

// --- Time ---

void Hpet::arm_all() {
    for (unsigned i = 0; i < timers; ++i) arm(i);
}

// For the tick at which the counter becomes equal to the comparator.
void Hpet::arm(unsigned index) {
    Timer const& timer = timers_[index];
    std::uint64_t const now = counter();
    std::uint64_t away = timer.comparator - now;
    if (timer.config & force_32_bit) away = away & 0xFFFF'FFFF ? away & 0xFFFF'FFFF : 1ull << 32;
    std::uint64_t const since_base = now - base_count_;
    constexpr std::uint64_t far = 1ull << 60;  // decades away: nobody will see it
    if (!running() || !(timer.config & interrupt_on) || away == 0 || away > far / tick_ns)
        return board_.disarm(*this, index);
    board_.arm(*this, index, base_ns_ + (since_base + away) * tick_ns);
}

void Hpet::on_timer(std::uint32_t index) {
    if (index >= timers) return;
    Timer& timer = timers_[index];
    if (timer.config & level) {
        status_ |= 1ull << index;
        update_wire(index);
    } else if (timer.config & interrupt_on) {
        board_.set_interrupt_wire(wire_of(index), true);
        board_.set_interrupt_wire(wire_of(index), false);
    }
    if (!(timer.config & periodic) || timer.period == 0) {
        if (timer.config & force_32_bit) arm(index);  // the counter comes round again
        return;
    }
    // After a time in which nothing ran the counter is beyond several matches: they
    // were one interrupt, and the next match lies ahead.
    std::uint64_t const mask = timer.config & force_32_bit ? 0xFFFF'FFFF : ~0ull;
    std::uint64_t const late = (counter() - timer.comparator) & mask;
    timer.comparator = (timer.comparator + (late / timer.period + 1) * timer.period) & mask;
    arm(index);
}

unsigned Hpet::wire_of(unsigned index) const {
    if (legacy() && index == 0) return pit_irq;
    if (legacy() && index == 1) return rtc_irq;
    auto const route = static_cast<unsigned>(timers_[index].config >> route_shift & 31);
    return route == 2 ? pit_irq : route;  // IOAPIC pin 2 is where interrupt 0 ends
}

void Hpet::update_wire(unsigned index) {
    if (!(timers_[index].config & level)) return;
    bool const on = running() && (timers_[index].config & interrupt_on) && (status_ >> index & 1);
    board_.set_interrupt_wire(wire_of(index), on);
}

machine::IoHandler::RegisterName Hpet::register_name(unsigned, std::uint64_t offset, unsigned, bool) const {
    switch (offset & ~7ull) {
        case general_capabilities:
            return {name(), "GCAP_ID"};
        case general_config:
            return {name(), "GEN_CONF"};
        case interrupt_status:
            return {name(), "GINTR_STA"};
        case main_counter:
            return {name(), "MAIN_CNT"};
        default:
            break;
    }
    if (offset < first_timer || offset >= first_timer + timers * timer_bytes) return {name(), ""};
    std::uint64_t const in_timer = (offset - first_timer) % timer_bytes;
    return {name(), fmt::format("T{}_{}", (offset - first_timer) / timer_bytes,
                                in_timer < 8    ? "CONF"
                                : in_timer < 16 ? "CMP"
                                                : "FSB")};
}

machine::StateNode Hpet::describe() const {
    machine::StateNode node{
        name(), running() ? "running" : "stopped", "high precision event timer, 100 MHz", {}};
    node.children.push_back(
        bits("GEN_CONF", config_, "", {{0, "the counter runs"}, {1, "replaces PIT and RTC interrupts"}}));
    node.children.push_back(hex("GINTR_STA", status_, "level interrupts not acknowledged"));
    node.children.push_back(number("counter", counter(), "ticks of 10 ns"));
    for (unsigned i = 0; i < timers; ++i)
        node.children.push_back(
            {fmt::format("comparator {}", i),
             fmt::format("{}", timers_[i].comparator),
             !(timers_[i].config & interrupt_on) ? "off"
             : timers_[i].config & periodic
                 ? fmt::format("every {} ticks, to interrupt {}", timers_[i].period, wire_of(i))
                 : fmt::format("once, to interrupt {}", wire_of(i)),
             {}});
    return node;
}

}  // namespace sim::devices
