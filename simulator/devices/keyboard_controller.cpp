// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/keyboard_controller.hpp"

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

// The command byte.
constexpr std::uint8_t interrupt_on = 1 << 0, system_flag = 1 << 2, first_off = 1 << 4, second_off = 1 << 5,
                       translate = 1 << 6;
// The status.
constexpr std::uint8_t output_full = 1 << 0, last_was_command = 1 << 3, not_locked = 1 << 4,
                       time_out = 1 << 6;
// The output port.
constexpr std::uint8_t line_not_reset = 1 << 0, line_a20 = 1 << 1, line_interrupt = 1 << 4;

enum : std::uint8_t {
    read_memory = 0x20,  // to 0x3F
    write_memory = 0x60,
    second_disable = 0xA7,
    second_enable = 0xA8,
    second_test = 0xA9,
    self_test = 0xAA,
    first_test = 0xAB,
    first_disable = 0xAD,
    first_enable = 0xAE,
    read_input_port = 0xC0,
    read_output_port = 0xD0,
    write_output_port = 0xD1,
    as_from_first = 0xD2,
    as_from_second = 0xD3,
    to_second = 0xD4,
    a20_off = 0xDD,
    a20_on = 0xDF,
    read_test_inputs = 0xE0,
    pulse = 0xF0,  // to 0xFF: a zero bit pulses that line
};
enum : std::uint8_t {
    key_leds = 0xED,
    key_echo = 0xEE,
    key_scan_set = 0xF0,
    key_identify = 0xF2,
    key_rate = 0xF3,
    key_enable = 0xF4,
    key_disable = 0xF5,
    key_defaults = 0xF6,
    key_resend = 0xFE,
    key_reset = 0xFF,
};
constexpr std::uint8_t acknowledged = 0xFA, again = 0xFE, self_test_passed = 0xAA;

}  // namespace

void KeyboardController::reset() {
    memory_ = {};
    // As firmware leaves it: interrupt on, tested, scan codes translated to set 1.
    command_byte() = interrupt_on | system_flag | second_off | translate;
    output_port_ = line_not_reset | line_a20;
    parameter_of_ = key_parameter_of_ = 0;
    command_was_last_ = timed_out_ = false;
    answers_.clear();
    last_ = 0;
    scan_set_ = 2;
}

void KeyboardController::load(machine::StateReader& reader) {
    fields(*this, reader);
    bool const writes_memory = parameter_of_ >= write_memory && parameter_of_ < write_memory + memory_.size();
    bool const right = answers_.size() <= most_waiting && scan_set_ >= 1 && scan_set_ <= 3 &&
                       (parameter_of_ == 0 || writes_memory ||
                        (parameter_of_ >= write_output_port && parameter_of_ <= to_second));
    if (!right) throw machine::StateError(name() + ": an impossible state");
}

bool KeyboardController::translates() const { return command_byte() & translate; }

std::uint8_t KeyboardController::status() const {
    return static_cast<std::uint8_t>((answers_.empty() ? 0 : output_full) | (command_byte() & system_flag) |
                                     (command_was_last_ ? last_was_command : 0) | not_locked |
                                     (timed_out_ ? time_out : 0));
}

// A new byte is a new edge.
void KeyboardController::update_wire() {
    board_.set_interrupt_wire(irq, false);
    if (!answers_.empty() && (command_byte() & interrupt_on)) board_.set_interrupt_wire(irq, true);
}

void KeyboardController::answer(std::initializer_list<std::uint8_t> bytes) {
    bool const was_empty = answers_.empty();
    for (std::uint8_t const byte : bytes)
        if (answers_.size() < most_waiting) answers_.push_back(byte);
    if (was_empty) update_wire();
}

std::uint64_t KeyboardController::io_read(unsigned region, std::uint64_t, unsigned) {
    if (region == command) return status();
    if (answers_.empty()) return last_;
    last_ = answers_.front();
    answers_.pop_front();
    timed_out_ = false;
    update_wire();
    return last_;
}

void KeyboardController::io_write(unsigned region, std::uint64_t, unsigned, std::uint64_t value) {
    auto const byte = static_cast<std::uint8_t>(value);
    command_was_last_ = region == command;
    if (region == command) {
        parameter_of_ = 0;
        take_command(byte);
    } else if (parameter_of_ != 0) {
        take_parameter(byte);
    } else {
        command_byte() &= static_cast<std::uint8_t>(~first_off);
        to_keyboard(byte);
    }
}

void KeyboardController::take_command(std::uint8_t byte) {
    if (byte >= read_memory && byte < read_memory + memory_.size())
        return answer({memory_[byte - read_memory]});
    if (byte >= write_memory && byte < write_memory + memory_.size()) {
        parameter_of_ = byte;
        return;
    }
    if (byte >= pulse) {
        if (!(byte & line_not_reset)) reset_control_.reset_machine("the keyboard controller's port 0x64");
        return;
    }
    switch (byte) {
        case second_disable:
        case second_enable:
            return;  // there is none, and its bit in the command byte stays
        case second_test:
            return answer({0x01});  // its clock is stuck: nothing is there
        case self_test:
            command_byte() |= system_flag;
            return answer({0x55});
        case first_test:
            return answer({0x00});
        case first_disable:
            command_byte() |= first_off;
            return;
        case first_enable:
            command_byte() &= static_cast<std::uint8_t>(~first_off);
            return;
        case read_input_port:
            return answer({0x80});  // the key lock is open
        case read_output_port:
            return answer(
                {static_cast<std::uint8_t>(output_port_ | (answers_.empty() ? 0 : line_interrupt))});
        case write_output_port:
        case as_from_first:
        case as_from_second:
        case to_second:
            parameter_of_ = byte;
            return;
        case a20_off:
            output_port_ &= static_cast<std::uint8_t>(~line_a20);
            return;
        case a20_on:
            output_port_ |= line_a20;
            return;
        case read_test_inputs:
            return answer({0x00});
        default:
            return board_.report(name(), fmt::format("command {:#x}: there is none", byte));
    }
}

void KeyboardController::take_parameter(std::uint8_t byte) {
    std::uint8_t const of = parameter_of_;
    parameter_of_ = 0;
    switch (of) {
        case write_output_port:
            output_port_ = byte;
            if (!(byte & line_not_reset))
                reset_control_.reset_machine("the keyboard controller's output port");
            return;
        case as_from_first:
            return answer({byte});
        case as_from_second:
            return;
        case to_second:
            timed_out_ = true;  // nobody took the byte
            return answer({again});
        default:
            memory_[of - write_memory] = byte;
            command_byte() |= second_off;
            return update_wire();
    }
}

void KeyboardController::to_keyboard(std::uint8_t byte) {
    if (std::uint8_t const of = key_parameter_of_; of != 0) {
        key_parameter_of_ = 0;
        if (of != key_scan_set) return answer({acknowledged});
        if (byte == 0) {
            constexpr std::uint8_t translated[] = {0x43, 0x41, 0x3F};
            std::uint8_t const set = translates() ? translated[scan_set_ - 1] : scan_set_;
            return answer({acknowledged, set});
        }
        if (byte > 3) return answer({again});
        scan_set_ = byte;
        return answer({acknowledged});
    }
    switch (byte) {
        case key_leds:
        case key_scan_set:
        case key_rate:
            key_parameter_of_ = byte;
            return answer({acknowledged});
        case key_echo:
            return answer({key_echo});
        case key_identify:  // an MF2 keyboard: AB 83
            return answer({acknowledged, 0xAB, static_cast<std::uint8_t>(translates() ? 0x41 : 0x83)});
        case key_enable:
            return answer({acknowledged});
        case key_disable:
        case key_defaults:
            scan_set_ = 2;
            return answer({acknowledged});
        case key_resend:
            return answer({last_});
        case key_reset:
            scan_set_ = 2;
            return answer({acknowledged, self_test_passed});
        default:
            return answer({again});
    }
}

machine::IoHandler::RegisterName KeyboardController::register_name(unsigned region, std::uint64_t, unsigned,
                                                                   bool write) const {
    return {name(), region == data ? "data" : write ? "command" : "status"};
}

machine::StateNode KeyboardController::describe() const {
    return {
        name(),
        "",
        "8042 with a keyboard of which no key is pressed",
        {bits("status", status(), "",
              {{0, "a byte to read"}, {2, "tested"}, {3, "the last write was a command"}, {6, "time-out"}}),
         bits(
             "command byte", command_byte(), "",
             {{0, "interrupt 1"}, {4, "first port off"}, {5, "second port off"}, {6, "translates to set 1"}}),
         hex("output port", output_port_, "bit 0: not reset, bit 1: A20"),
         number("to read", answers_.size(), "bytes that wait")}};
}

}  // namespace sim::devices
