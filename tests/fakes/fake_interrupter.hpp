// SPDX-License-Identifier: MIT
//
// What the small devices of several tests have in common: the first port arms a
// timer, so many microseconds ahead, and when it fires interrupt 0x40 is pending.
#pragma once

#include <string>

#include "simulator/machine/machine.hpp"

namespace fakes {

class FakeInterrupter : public sim::machine::Device,
                        public sim::machine::IoHandler,
                        public sim::machine::ProcessorInterrupts {
public:
    FakeInterrupter(sim::machine::Machine& machine, std::string name)
        : Device(std::move(name)), machine_(machine) {}

    void reset() override { pending_ = false; }
    void save(sim::machine::StateWriter& w) const override { w("pending", pending_); }
    void load(sim::machine::StateReader& r) override { r("pending", pending_); }
    void on_timer(std::uint32_t) override { raise(); }
    std::uint64_t io_read(unsigned, std::uint64_t, unsigned) override { return 0; }
    void io_write(unsigned, std::uint64_t port, unsigned, std::uint64_t value) override {
        if (port == 0) machine_.arm(*this, 0, machine_.now() + value * 1000);
    }

    bool pending() const override { return pending_; }
    std::uint8_t acknowledge() override {
        pending_ = false;
        machine_.set_interrupt_line(0, false);
        return 0x40;
    }
    std::uint64_t task_priority() const override { return 0; }
    void set_task_priority(std::uint64_t) override {}
    std::optional<std::uint64_t> msr_read(std::uint32_t) override { return std::nullopt; }
    bool msr_write(std::uint32_t, std::uint64_t) override { return false; }

protected:
    void raise() {
        pending_ = true;
        machine_.set_interrupt_line(0, true);
    }
    sim::machine::Machine& machine_;
    bool pending_ = false;
};

}  // namespace fakes
