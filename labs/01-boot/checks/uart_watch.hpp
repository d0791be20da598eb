// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1: every access of the kernel's to the first serial port, and what it made of
// the chip. A register that nobody wrote holds anything.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "simulator/machine/machine.hpp"

namespace lab::boot {

class UartWatch final : private sim::machine::AccessObserver {
public:
    explicit UartWatch(sim::machine::Machine& machine) : machine_(machine) {
        machine_.add_access_observer(*this);
    }
    ~UartWatch() { stop(); }
    UartWatch(UartWatch const&) = delete;
    UartWatch& operator=(UartWatch const&) = delete;

    // What the machine does from now on is not watched.
    void stop() { machine_.remove_access_observer(*this); }

    unsigned sent() const { return sent_; }
    // What is wrong with the settings; empty: nothing. As they were when the first
    // byte was sent, or as they are, if none was.
    std::string wrong_settings() const;
    sim::machine::Moment first_sent() const { return first_sent_; }
    std::uint8_t first_byte() const { return first_byte_; }

    // The first byte that was written although nobody had seen the transmitter empty.
    struct Unasked {
        sim::machine::Moment at;
        unsigned number = 0;  // from 1
        std::uint8_t byte = 0;
        bool looked = false;  // the status was read, but said no
    };
    std::optional<Unasked> const& unasked() const { return unasked_; }

private:
    struct Settings {
        std::optional<std::uint8_t> ier, lcr, mcr, fcr, divisor_low, divisor_high;
    };
    void on_access(sim::machine::Machine&, sim::machine::Access const&) override;
    void write(unsigned offset, std::uint8_t value);
    void send(std::uint8_t byte);
    bool divisor_is_open() const { return now_.lcr.value_or(0) >> 7 & 1; }

    sim::machine::Machine& machine_;
    Settings now_;
    std::optional<Settings> at_first_;
    bool too_early_ = false;               // port 1 was written before LCR
    std::uint8_t cleared_ = 0;             // FIFOs: all clear bits that were ever written
    bool looked_ = false, empty_ = false;  // since the last byte: the status was read; it said "empty"
    unsigned sent_ = 0;
    std::uint8_t first_byte_ = 0;
    sim::machine::Moment first_sent_;
    std::optional<Unasked> unasked_;
};

}  // namespace lab::boot
