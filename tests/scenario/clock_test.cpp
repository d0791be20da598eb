// SPDX-License-Identifier: MIT
//
// The kernel's time: measured against whatever clock there is, right for a hundred
// years, and silent while nothing happens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "simulator/recording/images.hpp"
#include "tests/scenario/boot.hpp"
#include "tests/scenario/cable.hpp"
#include "tests/scenario/concealing.hpp"
#include "tests/scenario/console.hpp"

namespace scenario {
namespace {

using namespace sim::machine;
using testing::HasSubstr;

struct Pc {
    explicit Pc(std::string const& app, bool conceals_rates = false, bool hpet = true) {
        MachineConfig config;
        config.image = sim::recording::read_blob(image(app));
        config.hpet = hpet;
        machine = make_concealing_pc(config, 0, conceals_rates, wiring);
        machine->add_observer(console);
    }
    Console console;
    std::unique_ptr<Concealing> wiring;
    std::unique_ptr<Machine> machine;
};

TEST(Clock, is_measured_against_what_there_is) {
    // The simulator's processor runs at 1 GHz exactly.
    for (auto const& [conceals, hpet, says] :
         {std::tuple{false, true, "processor: 1000 MHz by CPUID, timer 1000 MHz"},
          {true, true, "processor: 1000 MHz by the HPET, timer 1000 MHz"},
          {true, false, "MHz by the ACPI timer, timer"}}) {
        Pc pc("hello", conceals, hpet);
        EXPECT_EQ(pc.machine->run({}).stop, RunStop::exited);
        EXPECT_THAT(pc.console.text, HasSubstr(says));
        std::size_t const at = pc.console.text.find("processor: ") + 11;
        EXPECT_NEAR(std::stoi(pc.console.text.substr(at)), 1000, 1) << "its counts are 279 ns long, of 5 ms";
    }
    // QEMU's says nothing about itself; it can leave out one clock after the other.
    for (auto const& [machine, says] : {std::pair{"q35", "MHz by the HPET, timer"},
                                        {"q35,hpet=off", "MHz by the ACPI timer, timer"},
                                        {"pc,hpet=off", "MHz by the ACPI timer, timer"},
                                        {"pc,hpet=off,acpi=off", "MHz by the PIT, timer"}}) {
        Result const result = qemu({"-machine", machine, "-m", "64M", "-kernel", image("hello")});
        EXPECT_EQ(result.status, guest_said_0) << machine << result.out << result.err;
        EXPECT_THAT(result.out, HasSubstr(says)) << machine;
    }
}

// Below the processor's own leaves lies the one that hypervisors have agreed upon.
TEST(Clock, believes_a_hypervisor_whose_processor_says_nothing) {
    Pc pc("hello");
    pc.wiring->conceals_own_rates = true;
    EXPECT_EQ(pc.machine->run({}).stop, RunStop::exited);
    EXPECT_THAT(pc.console.text, HasSubstr("processor: 1000 MHz by the hypervisor, timer 1000 MHz"));
}

// What was asked for is still pending afterwards, so nothing is lost; and an end of
// interrupt would end somebody else's. The shell prints the counts by vector.
TEST(Interrupts, that_are_spurious_are_counted_and_lose_nothing) {
    Pc pc("shell");
    auto const type = [&](std::string const& text) {
        pc.machine->give({"uart0", InputKind::console, {text.begin(), text.end()}});
        pc.machine->run({.virtual_ns = pc.machine->virtual_ns() + 50'000'000});
    };
    pc.machine->run({.virtual_ns = 2'000'000'000});
    ASSERT_THAT(pc.console.text, HasSubstr("> "));
    type("irq\n");
    EXPECT_THAT(pc.console.text, testing::Not(HasSubstr("   111  ")));
    pc.wiring->spurious_vector = 111;
    pc.wiring->spurious = 3;
    type("irq\n");
    EXPECT_EQ(pc.wiring->spurious, 0u);
    type("irq\n");
    EXPECT_THAT(pc.console.text, HasSubstr("   111  3\r\n"));
    type("halt\n");
    EXPECT_EQ(pc.machine->run({.virtual_ns = pc.machine->virtual_ns() + 1'000'000'000}).stop,
              RunStop::exited);
}

// LEG_RT_CAP. [hpet-1.0a §2.3.4]
TEST(Clock, puts_the_hpet_in_the_place_of_the_old_timers_only_if_it_can) {
    for (bool const can : {true, false}) {
        Pc pc("hello");
        pc.wiring->conceals_replacement = !can;
        EXPECT_EQ(pc.machine->run({}).stop, RunStop::exited);
        EXPECT_EQ(pc.wiring->replaced_old_timers, can);
    }
}

// The server gets its address for a while. A hundred years later it has noticed that the
// while is over, has a new one, and answers.
TEST(Clock, goes_on_after_a_hundred_years) {
    constexpr std::uint64_t century = 100ull * 365 * 86'400 * 1'000'000'000;
    Pc pc("http");
    PingingHost host(std::vector<Bytes>(3, Bytes(56, 1)), 0);
    Cable cable(host);
    pc.machine->set_outside(&cable);
    pc.machine->run({.virtual_ns = 3'000'000'000});
    EXPECT_TRUE(host.done()) << pc.console.text;
    EXPECT_THAT(pc.console.text, HasSubstr("[0.00"));

    pc.console.text.clear();
    pc.wiring->ahead = century;
    host = PingingHost(std::vector<Bytes>(3, Bytes(56, 1)), 0);
    RunResult const result = pc.machine->run({.virtual_ns = 200'000'000'000});
    EXPECT_EQ(result.stop, RunStop::reached) << result.message << pc.console.text;
    EXPECT_THAT(pc.console.text, HasSubstr("[3153600"));
    EXPECT_TRUE(host.done()) << pc.console.text;
}

TEST(Clock, an_idle_server_wakes_less_than_twenty_times_a_second) {
    Pc pc("http");
    PingingHost host(std::vector<Bytes>(3, Bytes(56, 1)), 0);
    Cable cable(host);
    pc.machine->set_outside(&cable);
    pc.machine->run({.virtual_ns = 5'000'000'000});
    struct Wakes final : MachineObserver {
        void on_halt(Machine&) override { ++halts; }
        unsigned halts = 0;
    } wakes;
    pc.machine->add_observer(wakes);
    constexpr unsigned seconds = 60;
    pc.machine->run({.virtual_ns = pc.machine->virtual_ns() + seconds * 1'000'000'000ull});
    EXPECT_GE(wakes.halts, seconds / 2) << "it looks at the card now and then";
    EXPECT_LT(wakes.halts, 3 * seconds) << "20 a second are allowed";
}

}  // namespace
}  // namespace scenario
