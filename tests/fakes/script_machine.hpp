// SPDX-License-Identifier: MIT
//
// For tests: a machine whose processor is a script. Fast, and every moment is
// known by heart.
#pragma once

#include "simulator/debug/session.hpp"
#include "simulator/machine/world.hpp"
#include "tests/fakes/fake_cpu.hpp"
#include "tests/fakes/fake_interrupter.hpp"

namespace sim::debug::script {

using fakes::Op;
using machine::Machine;

// Port 1: prints a byte. Port 2: sends a frame of so many bytes. Port 3: exit.
class Gadget final : public fakes::FakeInterrupter {
public:
    explicit Gadget(Machine& machine) : FakeInterrupter(machine, "uart0") {}
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("pending", self.pending_);
        visit("received", self.received_);
    }
    void on_input(machine::InputKind, std::span<std::uint8_t const> bytes) override {
        received_ += bytes.size();
        raise();
    }
    std::uint64_t io_read(unsigned, std::uint64_t, unsigned) override { return received_; }
    void io_write(unsigned cpu, std::uint64_t port, unsigned size, std::uint64_t value) override {
        FakeInterrupter::io_write(cpu, port, size, value);
        std::vector<std::uint8_t> const bytes(port == 2 ? value : 1, static_cast<std::uint8_t>(value));
        if (port == 1) machine_.output(*this, machine::OutputKind::console, bytes);
        if (port == 2) {  // two at one moment
            machine_.output(*this, machine::OutputKind::frame, bytes);
            machine_.output(*this, machine::OutputKind::frame, bytes);
        }
        if (port == 3) machine_.exit(static_cast<std::uint32_t>(value));
    }
    machine::StateNode describe() const override {
        return {"gadget", "", "", {{"received", std::to_string(received_), "", {}}}};
    }

private:
    std::uint64_t received_ = 0;
};

// A timer tick every 5 us, a letter and two frames for each.
inline std::vector<Op> const ticking = {
    {Op::sti},           {Op::out, 0x10, 5},                                                 // 1: arm
    {Op::add, 3},        {Op::add_tsc},          {Op::store, 0x4000}, {Op::out, 0x11, 'a'},  // 5: print
    {Op::out, 0x12, 60},                                                                     // 6: send
    {Op::hlt},                                                                               // 7
    {Op::jump, 1},                                                                           // 8
    {Op::add, 7},                                                                            // 9: handler
    {Op::store, 0x5000}, {Op::interrupt_return},
};
inline std::vector<Op> const ending = {
    {Op::nop}, {Op::nop}, {Op::out, 0x11, 'z'}, {Op::out, 0x13, 7}, {Op::nop}};

inline std::unique_ptr<Machine> make(std::vector<Op> const& program = ticking, std::uint64_t handler = 9,
                                     std::string image = "script") {
    auto m = std::make_unique<Machine>(
        machine::MachineConfig{.image = {std::move(image), std::string(64, '5'), nullptr}, .memory_bytes = 1 << 20},
        fakes::fake_cpu(program, handler));
    Gadget& gadget = m->add<Gadget>(*m);
    m->ports().map(0x10, 4, gadget);
    m->attach_processor_interrupts(0, gadget);
    m->set_checkpoint_interval(500);
    m->start();
    return m;
}

inline Subject subject(std::vector<Op> const& program = ticking, std::uint64_t handler = 9,
                       std::string image = "script") {
    Subject s;
    s.title = "a script";
    s.world = std::make_unique<machine::World>();
    s.world->add(make(program, handler, std::move(image)));
    return s;
}

}  // namespace sim::debug::script
