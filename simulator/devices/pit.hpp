// SPDX-License-Identifier: GPL-2.0-or-later
//
// The old interval timer, an 8254: three counters at 1.193182 MHz. Counter 0 is
// ISA IRQ 0; counter 2 can be started and watched through port 0x61, which is
// how kernels calibrate faster clocks. All six modes as far as count, output and
// period go; a count that is written while another runs begins at once. [8254]
#pragma once

#include <array>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class Pit final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t port = 0x40, control_b_port = 0x61;
    static constexpr std::uint64_t frequency_hz = 1'193'182;

    explicit Pit(machine::Surroundings& board) : Device("pit0"), board_(board) { reset(); }

    // The HPET may take interrupt 0 for itself.
    void connect_interrupt(bool connected);

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override {
        fields(*this, r);
        for (Counter const& c : counters_)
            if (c.reload == 0 || c.reload > 0x1'0000) throw machine::StateError("pit0: impossible count");
    }
    void on_timer(std::uint32_t) override;
    machine::StateNode describe() const override;

    // Region 0: the timer's four ports; 1: port 0x61.
    std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("counters", self.counters_);
        visit("control_b", self.control_b_);
        visit("refresh", self.refresh_);
        visit("connected", self.connected_);
    }

private:
    struct Counter {
        std::uint32_t reload = 0x1'0000;
        std::uint8_t mode = 0, access = 3;  // access 1: low byte, 2: high, 3: low then high
        bool bcd = false;
        bool started = false, gate = true;           // started: a whole count was written
        bool write_high = false, read_high = false;  // the second half comes next
        std::uint8_t written_low = 0;
        bool running = false;          // it counts now
        std::uint64_t start_ns = 0;    // since when
        std::uint64_t done_ticks = 0;  // before that, until the gate closed
        bool latched = false, status_latched = false;
        std::uint16_t latch = 0;
        std::uint8_t status = 0;

        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("reload", self.reload);
            visit("mode", self.mode);
            visit("access", self.access);
            visit("bcd", self.bcd);
            visit("started", self.started);
            visit("gate", self.gate);
            visit("write_high", self.write_high);
            visit("read_high", self.read_high);
            visit("written_low", self.written_low);
            visit("running", self.running);
            visit("start_ns", self.start_ns);
            visit("done_ticks", self.done_ticks);
            visit("latched", self.latched);
            visit("status_latched", self.status_latched);
            visit("latch", self.latch);
            visit("status", self.status);
        }
    };

    static bool periodic(Counter const& c) { return c.mode == 2 || c.mode == 3; }
    static bool triggered_by_gate(Counter const& c) { return c.mode == 1 || c.mode == 5; }
    std::uint64_t ticks(Counter const&) const;
    std::uint16_t count(Counter const&) const;
    bool output(Counter const&) const;
    std::uint8_t read_counter(Counter&);
    void write_counter(unsigned index, std::uint8_t value);
    void control(std::uint8_t value);
    void start(unsigned index);
    void set_gate(Counter&, bool gate);
    void set_wire(bool level);
    void arm_next();

    machine::Surroundings& board_;
    std::array<Counter, 3> counters_;
    std::uint8_t control_b_;  // port 0x61 bits 0 (gate of counter 2) and 1 (speaker)
    bool connected_;
    bool refresh_;  // port 0x61 bit 4 toggles at every read, as the DRAM refresh did
};

}  // namespace sim::devices
