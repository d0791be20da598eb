// SPDX-License-Identifier: GPL-2.0-or-later
//
// Faults of the board as inputs: delivered when given, logged, and the same when
// the log is run again.
#include <gtest/gtest.h>

#include "simulator/machine/machine.hpp"
#include "tests/fakes/fake_cpu.hpp"

namespace sim::machine {
namespace {

using fakes::Op;
using Bytes = std::vector<std::uint8_t>;

Bytes number(std::uint64_t value) {
    Bytes bytes;
    for (unsigned i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return bytes;
}

Bytes with_register(std::uint8_t number_of, std::uint64_t value) {
    Bytes bytes = number(value);
    bytes.insert(bytes.begin(), number_of);
    return bytes;
}

// Port 0x10 arms a timer so many microseconds ahead; it notes when it fired.
class Alarm final : public Device, public IoHandler {
public:
    explicit Alarm(Machine& machine) : Device("alarm"), machine_(machine) {}
    void reset() override { when_ = 0; }
    void save(StateWriter& w) const override { w("when", when_); }
    void load(StateReader& r) override { r("when", when_); }
    void on_timer(std::uint32_t) override { when_ = machine_.now(); }
    std::uint64_t io_read(unsigned, std::uint64_t, unsigned) override { return 0; }
    void io_write(unsigned, std::uint64_t, unsigned, std::uint64_t value) override {
        machine_.arm(*this, 0, machine_.now() + value * 1000);
    }
    std::uint64_t when() const { return when_; }

private:
    Machine& machine_;
    std::uint64_t when_ = 0;
};

struct Rig {
    std::unique_ptr<Machine> machine;
    Alarm* alarm;
    Rig() {
        std::vector<Op> const program = {
            {Op::out, 0x10, 5}, {Op::add, 3}, {Op::store, 0x4000}, {Op::jump, 1}};
        machine =
            std::make_unique<Machine>(MachineConfig{.memory_bytes = 1 << 20}, fakes::fake_cpu(program, 0));
        alarm = &machine->add<Alarm>(*machine);
        machine->ports().map(0x10, 1, *alarm);
        machine->start();
    }
};

TEST(Faults, a_stall_takes_time_and_no_instruction_and_makes_timers_late) {
    Rig rig;
    rig.machine->run({.moment = {100, 0}});
    rig.machine->give({"clock", InputKind::stall, number(7000)});
    EXPECT_EQ(rig.machine->virtual_ns(), 7100u);
    EXPECT_EQ(rig.machine->moment(), (Moment{100, 1}));
    rig.machine->run({.moment = {100, 2}});
    EXPECT_EQ(rig.alarm->when(), 7100u) << "due at 5000, late";
    rig.machine->run({.moment = {200, 0}});
    EXPECT_EQ(rig.machine->virtual_ns(), 7200u);
}

TEST(Faults, a_register_changes_and_the_rest_stays) {
    Rig rig;
    rig.machine->run({.moment = {101, 0}});
    auto const before = rig.machine->cpu().state();
    std::vector<engine::TlbEntry> const tlb{{.page = 0x5000, .frame = 0x6000}};
    rig.machine->cpu().set_tlb(tlb);
    rig.machine->give({"cpu0", InputKind::set_register, with_register(3, 0x1234)});
    EXPECT_EQ(rig.machine->cpu().tlb(), tlb);
    auto after = rig.machine->cpu().state();
    EXPECT_EQ(after.gpr[3], 0x1234u);
    EXPECT_EQ(rig.machine->moment().retired, 101u);
    after.gpr[3] = before.gpr[3];
    EXPECT_EQ(after, before);
}

TEST(Faults, the_log_repeats_them_exactly) {
    Rig live;
    live.machine->run({.moment = {100, 0}});
    live.machine->give({"clock", InputKind::stall, number(7000)});
    live.machine->run({.moment = {300, 0}});
    live.machine->give({"cpu0", InputKind::set_register, with_register(0, 77)});
    live.machine->run({.moment = {1000, 0}});

    Rig again;
    again.machine->set_log(live.machine->log());
    again.machine->set_replay_only(true);
    again.machine->run({.moment = {1000, 0}});
    EXPECT_EQ(again.machine->hash(), live.machine->hash());
    again.machine->seek({200, 0});
    again.machine->seek({1000, 0});
    EXPECT_EQ(again.machine->hash(), live.machine->hash());
}

TEST(Faults, malformed_ones_are_ignored) {
    Rig rig, untouched;
    rig.machine->run({.moment = {100, 0}});
    untouched.machine->run({.moment = {100, 0}});
    auto const state = rig.machine->cpu().state();
    for (Bytes const& bytes : {Bytes{}, Bytes{1}, number(0), number(UINT64_MAX), Bytes(100, 1)})
        rig.machine->give({"clock", InputKind::stall, bytes});
    for (Bytes const& bytes : {Bytes{}, number(1), with_register(18, 1), with_register(255, 1)})
        rig.machine->give({"cpu0", InputKind::set_register, bytes});
    for (char const* target : {"cpu", "cpu1", "cpux", "cpu4294967296", ""})
        rig.machine->give({target, InputKind::set_register, with_register(0, 1)});
    EXPECT_EQ(rig.machine->cpu().state(), state);
    EXPECT_EQ(rig.machine->virtual_ns(), untouched.machine->virtual_ns());
}

}  // namespace
}  // namespace sim::machine
