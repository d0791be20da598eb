// SPDX-License-Identifier: GPL-2.0-or-later
//
// The timer: one-shot and periodic counts of virtual nanoseconds, and deadlines
// of the time stamp counter. [sdm-3a §10.5.4]
#include <utility>

#include "simulator/devices/local_apic.hpp"
#include "simulator/devices/local_apic_registers.hpp"

namespace sim::devices {

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

void LocalApic::set_divide(std::uint32_t value) {
    std::uint32_t const left = current_count();
    divide_ = value & 0b1011;
    if (timer_running_ && timer_mode() != TimerMode::tsc_deadline) {
        // The count goes on from where it is, at the new pace.
        timer_start_ns_ = board_.now() - std::uint64_t{initial_count_ - left} * divisor();
        board_.arm(*this, 0, timer_start_ns_ + std::uint64_t{initial_count_} * divisor());
    }
}

void LocalApic::set_deadline(std::uint64_t value) {
    if (timer_mode() != TimerMode::tsc_deadline) return;  // ignored [sdm-3a §10.5.4.1]
    tsc_deadline_ = value;
    timer_running_ = value != 0;
    if (timer_running_)
        board_.arm(*this, 0, value);
    else
        board_.disarm(*this, 0);
}

// To or from deadlines: the timer is disarmed. [sdm-3a §10.5.4.1]
void LocalApic::disarm_timer() {
    timer_running_ = false;
    tsc_deadline_ = 0;
    initial_count_ = 0;
    board_.disarm(*this, 0);
}

void LocalApic::on_timer(std::uint32_t which) {
    if (which != 0) {  // a request that was held up arrives at last
        if (which > losses) return;
        std::uint16_t const held = std::exchange(held_[which - 1], std::uint16_t{0});
        if (held != 0 && takes_interrupts()) request(static_cast<std::uint8_t>(held), held & 0x100);
        return;
    }
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

}  // namespace sim::devices
