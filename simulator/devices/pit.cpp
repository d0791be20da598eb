// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/pit.hpp"

#include "simulator/devices/describe.hpp"
#include "simulator/devices/ticks.hpp"

namespace sim::devices {
namespace {

constexpr unsigned irq = 0;
constexpr std::uint64_t bcd_range = 10'000;

}  // namespace

void Pit::reset() {
    counters_ = {};
    counters_[2].gate = false;
    control_b_ = 0;
    connected_ = true;
    refresh_ = false;
}

void Pit::connect_interrupt(bool connected) {
    if (connected_) board_.set_interrupt_wire(irq, false);
    connected_ = connected;
}

void Pit::set_wire(bool level) {
    if (connected_) board_.set_interrupt_wire(irq, level);
}

std::uint64_t Pit::ticks(Counter const& c) const {
    if (!c.running) return c.done_ticks;
    return c.done_ticks + ticks_in(board_.now() - c.start_ns, frequency_hz);
}

std::uint16_t Pit::count(Counter const& c) const {
    std::uint64_t const gone = ticks(c);
    std::uint64_t left = c.reload - gone;
    if (periodic(c)) {
        std::uint64_t const in_period = gone % c.reload;
        // Mode 3 counts down by two, twice a period.
        left = c.reload - (c.mode == 3 ? in_period * 2 % c.reload : in_period);
    }
    if (!c.bcd) return static_cast<std::uint16_t>(left);
    // Beyond zero it goes on from 9999.
    left = periodic(c) ? left % bcd_range : (c.reload + bcd_range - gone % bcd_range) % bcd_range;
    return static_cast<std::uint16_t>(left / 1000 << 12 | left / 100 % 10 << 8 | left / 10 % 10 << 4 |
                                      left % 10);
}

// [8254 "Mode Definitions"]
bool Pit::output(Counter const& c) const {
    std::uint64_t const gone = ticks(c);
    switch (c.mode) {
        case 0:
            return c.started && gone >= c.reload;
        case 1:
            return !c.running || gone >= c.reload;
        case 2:
            return !c.running || gone % c.reload != c.reload - 1;
        case 3:
            return !c.running || gone % c.reload < (c.reload + 1) / 2;
        default:  // one tick low at the end
            return !c.running || gone != c.reload;
    }
}

// A whole count has been written.
void Pit::start(unsigned index) {
    Counter& c = counters_[index];
    c.started = true;
    c.start_ns = board_.now();
    c.done_ticks = 0;
    c.running = c.gate && !triggered_by_gate(c);
    if (index != 0) return;
    set_wire(false);
    if (c.running) arm_next();
}

// Closed it stops the count, and modes 2 and 3 begin anew when it opens; in
// modes 1 and 5 its opening is the trigger. Only counter 2 has a gate that moves.
void Pit::set_gate(Counter& c, bool gate) {
    if (gate == c.gate) return;
    bool const restarts = periodic(c) || triggered_by_gate(c);
    if (!gate && !triggered_by_gate(c)) {
        c.done_ticks = periodic(c) ? 0 : ticks(c);
        c.running = false;
    }
    c.gate = gate;
    if (!gate || !c.started) return;
    if (restarts) c.done_ticks = 0;
    c.start_ns = board_.now();
    c.running = true;
}

void Pit::arm_next() {
    Counter const& c = counters_[0];
    std::uint64_t const due = periodic(c) ? (ticks(c) / c.reload + 1) * c.reload : c.reload;
    board_.arm(*this, 0, c.start_ns + end_of_ticks(due, frequency_hz));
}

void Pit::on_timer(std::uint32_t) {
    set_wire(true);
    if (!periodic(counters_[0])) return;  // mode 0: the output stays high
    set_wire(false);
    arm_next();
}

std::uint64_t Pit::io_read(unsigned region, std::uint64_t offset, unsigned) {
    if (region == 0) return offset < 3 ? read_counter(counters_[offset]) : 0xFF;
    refresh_ = !refresh_;
    return control_b_ | (refresh_ ? 1u << 4 : 0u) | (output(counters_[2]) ? 1u << 5 : 0u);
}

void Pit::io_write(unsigned region, std::uint64_t offset, unsigned, std::uint64_t value) {
    auto const byte = static_cast<std::uint8_t>(value);
    if (region == 0) return offset < 3 ? write_counter(static_cast<unsigned>(offset), byte) : control(byte);
    control_b_ = byte & 3;
    set_gate(counters_[2], byte & 1);
}

void Pit::control(std::uint8_t value) {
    unsigned const index = value >> 6, access = value >> 4 & 3;
    if (index == 3) {  // read-back [8254 "Read-Back Command"]
        for (unsigned i = 0; i < 3; ++i) {
            if (!(value >> (1 + i) & 1)) continue;
            Counter& c = counters_[i];
            if (!(value & 0x20) && !c.latched) {
                c.latch = count(c);
                c.latched = true;
            }
            if (!(value & 0x10) && !c.status_latched) {
                c.status = static_cast<std::uint8_t>((output(c) ? 0x80 : 0) | (c.started ? 0 : 0x40) |
                                                     c.access << 4 | c.mode << 1);
                c.status_latched = true;
            }
        }
        return;
    }
    Counter& c = counters_[index];
    if (access == 0) {
        if (!c.latched) c.latch = count(c);
        c.latched = true;
        return;
    }
    bool const gate = c.gate;
    c = {};
    c.gate = gate;
    c.access = static_cast<std::uint8_t>(access);
    unsigned const mode = value >> 1 & 7;
    c.mode = static_cast<std::uint8_t>(mode > 5 ? mode & 3 : mode);  // 6 and 7 are 2 and 3
    c.bcd = value & 1;
    if (index == 0) {
        board_.disarm(*this, 0);
        set_wire(c.mode != 0);
    }
}

void Pit::write_counter(unsigned index, std::uint8_t value) {
    Counter& c = counters_[index];
    if (c.access == 3 && !c.write_high) {
        c.written_low = value;
        c.write_high = true;
        return;
    }
    std::uint32_t reload = c.access == 1 ? value : c.access == 2 ? value << 8 : value << 8 | c.written_low;
    c.write_high = false;
    if (c.bcd)
        reload = (reload >> 12) * 1000 + (reload >> 8 & 15) * 100 + (reload >> 4 & 15) * 10 + (reload & 15);
    if (reload == 0) reload = c.bcd ? bcd_range : 0x1'0000;
    if (periodic(c) && reload == 1) reload = 2;  // illegal in these modes
    c.reload = reload;
    start(index);
}

std::uint8_t Pit::read_counter(Counter& c) {
    if (c.status_latched) {
        c.status_latched = false;
        return c.status;
    }
    std::uint16_t const value = c.latched ? c.latch : count(c);
    bool const high = c.access == 2 || (c.access == 3 && c.read_high);
    if (c.access == 3) c.read_high = !c.read_high;
    if (c.access != 3 || high) c.latched = false;
    return static_cast<std::uint8_t>(high ? value >> 8 : value);
}

machine::IoHandler::RegisterName Pit::register_name(unsigned region, std::uint64_t offset, unsigned,
                                                    bool) const {
    if (region == 1) return {name(), "port B"};
    return {name(), offset == 3 ? "control word" : fmt::format("counter {}", offset)};
}

machine::StateNode Pit::describe() const {
    machine::StateNode node{name(), "", "the old interval timer, 1.193182 MHz", {}};
    for (unsigned i = 0; i < 3; ++i) {
        Counter const& c = counters_[i];
        node.children.push_back({fmt::format("counter {}", i),
                                 fmt::format("{}", count(c)),
                                 c.started ? fmt::format("mode {}, from {}", c.mode, c.reload) : "stopped",
                                 {}});
    }
    return node;
}

}  // namespace sim::devices
