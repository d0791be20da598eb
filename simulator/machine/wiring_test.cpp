// SPDX-License-Identifier: GPL-2.0-or-later
//
// One processor's connection to the board: who answers, and who is told.
#include "simulator/machine/wiring.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_cpu.hpp"
#include "tests/fakes/fake_interrupter.hpp"

namespace sim::machine {
namespace {

using fakes::Op;

// A machine that computes, and a device.
struct Rig {
    Rig() { machine->start(); }
    std::unique_ptr<Machine> machine = std::make_unique<Machine>(
        MachineConfig{.memory_bytes = 1 << 20}, fakes::fake_cpu({{Op::add, 1}, {Op::jump, 0}}, 0));
    fakes::FakeInterrupter& timer = machine->add<fakes::FakeInterrupter>(*machine, "timer");
};

// Two processors have a controller each at one address; everybody's is told.
TEST(Wiring, accesses_to_a_processors_own_registers_are_told) {
    Rig rig;
    struct Told final : AccessObserver {
        std::vector<std::string> lines;
        void on_access(Machine&, Access const& a) override {
            lines.push_back(std::to_string(a.cpu) + (a.write ? " writes " : " reads ") + a.name().device);
        }
    } told;
    CpuWiring wiring(*rig.machine, 1);
    wiring.map(0xFEE0'0000, 0x1000, rig.timer);
    rig.machine->add_access_observer(told);
    wiring.mmio_read(0xFEE0'0020, 4);
    wiring.mmio_write(0xFEE0'0002, 4, 'a');
    EXPECT_EQ(told.lines, (std::vector<std::string>{"1 reads timer", "1 writes timer"}));
}

TEST(Wiring, everybody_who_listens_is_told_and_nobody_hears_after_the_end) {
    Rig rig;
    struct Count final : AccessObserver {
        unsigned accesses = 0;
        void on_access(Machine&, Access const&) override { ++accesses; }
    } first, second, third;
    CpuWiring wiring(*rig.machine, 0);
    for (Count* const each : {&first, &second, &third}) rig.machine->add_access_observer(*each);
    wiring.port_read(0x10, 1);
    rig.machine->remove_access_observer(second);  // not the last one that came
    wiring.port_read(0x10, 1);
    rig.machine->remove_access_observer(first);
    wiring.port_read(0x10, 1);
    EXPECT_EQ(first.accesses, 2u);
    EXPECT_EQ(second.accesses, 1u);
    EXPECT_EQ(third.accesses, 3u);
}

// Its registers are MSRs, too, and its priority is CR8; the time stamp counter is
// no device's; an MSR of nobody's is written before it is refused.
TEST(Wiring, accesses_to_the_interrupt_controller_by_msr_and_cr8_are_told) {
    struct Controller final : ProcessorInterrupts {
        std::uint64_t last = 0;
        bool pending() const override { return false; }
        std::uint8_t acknowledge() override { return 0; }
        std::uint64_t task_priority() const override { return 9; }
        void set_task_priority(std::uint64_t value) override { last = value; }
        std::optional<std::uint64_t> msr_read(std::uint32_t index) override {
            return index == 0x999 ? std::nullopt : std::optional<std::uint64_t>(5);
        }
        bool msr_write(std::uint32_t index, std::uint64_t value) override {
            return last = value, index != 0x999;
        }
        IoHandler::RegisterName register_name(AccessSpace space, std::uint64_t number) const override {
            if (number == 0x999) return {"nobody", ""};
            return {"apic", (space == AccessSpace::msr ? "MSR " : "CR") + std::to_string(number)};
        }
    } controller;
    struct Told final : AccessObserver {
        Controller& controller;
        std::vector<std::string> lines;
        explicit Told(Controller& c) : controller(c) {}
        void on_access(Machine&, Access const& a) override {
            auto const what = a.name();
            lines.push_back((a.write ? "write " : "read ") + what.device + " " + what.name + " " +
                            std::to_string(a.value));
            if (a.write && controller.last == a.value) lines.push_back("told too late");
        }
        void on_clock_read(Machine&) override { ++clock; }
        unsigned clock = 0;
    } told(controller);
    Rig rig;
    CpuWiring wiring(*rig.machine, 0);
    wiring.attach(controller);
    rig.machine->add_access_observer(told);
    wiring.msr_write(0x80B, 1);
    wiring.msr_read(0x802);
    wiring.msr_write(0x1B, 2);
    wiring.msr_read(0x6E0);
    wiring.cr8_write(3);
    wiring.cr8_read();
    wiring.msr_write(0x10, 4);
    wiring.msr_read(0x10);
    EXPECT_FALSE(wiring.msr_write(0x999, 6));
    EXPECT_EQ(told.lines,
              (std::vector<std::string>{"write apic MSR 2059 1", "read apic MSR 2050 5",
                                        "write apic MSR 27 2", "read apic MSR 1760 5", "write apic CR8 3",
                                        "read apic CR8 9", "write nobody  6"}));
    EXPECT_EQ(told.clock, 1u);
}

// The time stamp counter may be set to anything, and a deadline is its value.
TEST(Wiring, deadlines_of_the_counter_do_not_wrap) {
    struct Timer final : ProcessorInterrupts {
        std::uint64_t deadline = 0;
        bool pending() const override { return false; }
        std::uint8_t acknowledge() override { return 0; }
        std::uint64_t task_priority() const override { return 0; }
        void set_task_priority(std::uint64_t) override {}
        std::optional<std::uint64_t> msr_read(std::uint32_t) override { return deadline; }
        bool msr_write(std::uint32_t, std::uint64_t value) override { return deadline = value, true; }
    } timer;
    Rig rig;
    rig.machine->run({.moment = {1000, 0}});
    CpuWiring wiring(*rig.machine, 0);
    wiring.attach(timer);
    wiring.msr_write(0x6E0, 5000);
    EXPECT_EQ(timer.deadline, 5000u);
    wiring.msr_write(0x6E0, 7);
    EXPECT_EQ(timer.deadline, 1000u) << "passed: due now";
    wiring.msr_write(0x10, 0);  // the counter begins again, 1000 ns late
    for (std::uint64_t const far : {UINT64_MAX, UINT64_MAX - 500}) {
        wiring.msr_write(0x6E0, far);
        EXPECT_GE(timer.deadline, end_of_time_ns);
    }
    wiring.msr_write(0x10, UINT64_MAX - 10);  // about to wrap
    wiring.msr_write(0x6E0, UINT64_MAX);
    EXPECT_EQ(timer.deadline, 1010u);
}

}  // namespace
}  // namespace sim::machine
