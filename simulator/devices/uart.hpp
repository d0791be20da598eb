// SPDX-License-Identifier: GPL-2.0-or-later
//
// The serial line: a 16550A UART. [16550]
//
// Sending takes no time: the transmitter is always empty. What is typed waits
// outside the chip's 16-byte FIFO until there is room, as with flow control.
//
// A PC's wiring lets the interrupt through only while MCR.OUT2 is set. QEMU's
// does not look at it, and small kernels written there leave it clear: it is let
// through here, too, and told when it is for a received byte.
#pragma once

#include <deque>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class Uart final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t com1_port = 0x3F8;
    static constexpr unsigned com1_irq = 4;

    Uart(std::string name, machine::Surroundings& board, unsigned irq)
        : Device(std::move(name)), board_(board), irq_(irq) {
        reset();
    }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    void on_input(machine::InputKind, std::span<std::uint8_t const>) override;
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("ier", self.ier_);
        visit("fcr", self.fcr_);
        visit("lcr", self.lcr_);
        visit("mcr", self.mcr_);
        visit("scr", self.scr_);
        visit("divisor", self.divisor_);
        visit("overrun", self.overrun_);
        visit("thr_interrupt", self.thr_interrupt_);
        visit("received", self.received_);
        visit("waiting", self.waiting_);
    }

private:
    std::uint8_t read_register(unsigned offset);
    void write_register(unsigned offset, std::uint8_t value);
    void receive(std::uint8_t byte);
    void refill();
    bool fifo_enabled() const;
    std::uint8_t interrupt_identification() const;
    std::uint8_t line_status() const;
    std::uint8_t modem_status() const;
    void update_interrupt();

    machine::Surroundings& board_;
    unsigned irq_;
    std::uint8_t ier_, fcr_, lcr_, mcr_, scr_;
    std::uint16_t divisor_;
    bool overrun_;                       // LSR.OE, until read
    bool thr_interrupt_;                 // "transmitter empty" has not been acknowledged
    std::deque<std::uint8_t> received_;  // the chip's FIFO: at most 16, or 1 when off
    std::deque<std::uint8_t> waiting_;   // typed, not yet in the chip
};

}  // namespace sim::devices
