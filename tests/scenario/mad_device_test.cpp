// SPDX-License-Identifier: MIT
//
// Whole guests with a device that does whatever comes to its mind (mad_rings.hpp).
// Whatever it does: no panic, no triple fault, time goes on, and the other devices
// work. A failure names the seed; the long test has many more of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "simulator/board/pc.hpp"
#include "simulator/devices/pci.hpp"
#include "simulator/recording/images.hpp"
#include "tests/scenario/cable.hpp"
#include "tests/scenario/console.hpp"
#include "tests/scenario/mad_rings.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using namespace sim::machine;
using testing::HasSubstr;
using testing::Not;

unsigned seeds() {
    char const* const more = std::getenv("VIV_MAD_SEEDS");
    return more == nullptr ? 12 : static_cast<unsigned>(std::atoi(more));
}

class MadDevice : public testing::Test {
protected:
    MadDevice() { write_file(folder / "disk", std::string(1 << 20, '\0')); }

    std::unique_ptr<Machine> machine(std::string const& app, std::string const& words,
                                     VirtioBus bus = VirtioBus::pci) {
        MachineConfig config;
        config.virtio = bus;
        config.image =
            sim::recording::read_blob(std::string(std::getenv("VIV_BUILD")) + "/images/" + app + ".elf");
        config.command_line = words;
        if (bus == VirtioBus::mmio)
            for (char const* window :
                 {"0xfeb00000:5", "0xfeb00200:6", "0xfeb00400:7", "0xfeb00600:12", "0xfeb00800:14"})
                config.command_line += std::string(" virtio_mmio.device=512@") + window;
        for (int i = 0; i < 2; ++i) config.disks.push_back({sim::recording::read_blob(folder / "disk")});
        config.console = true;
        auto made = sim::board::make_pc(config);
        made->set_checkpoint_interval(0);
        made->add_observer(console);
        return made;
    }

    // Runs in pieces of any length with something mad between them; then a quiet
    // minute, in which whoever waits for an answer loses patience.
    static RunResult drive(Machine& machine, MadRings& mad, unsigned acts) {
        for (unsigned done = 0, pieces = 0; done < acts && pieces < 20'000; ++pieces) {
            std::uint64_t const length = 1 + mad.below(1ull << mad.below(15));
            RunResult const result = machine.run(
                {.moment = {machine.moment().retired + length, 0}, .happenings = 1 + mad.below(3)});
            if (machine.ended()) return result;
            done += mad.act();
        }
        return quiet_minute(machine);
    }

    // Waiting costs few instructions; a guest that looks at the device again and again does not end.
    static RunResult quiet_minute(Machine& machine) {
        std::uint64_t const end = machine.virtual_ns() + 60'000'000'000;
        RunResult const result =
            machine.run({.moment = {machine.moment().retired + 50'000'000, 0}, .virtual_ns = end});
        EXPECT_TRUE(machine.ended() || machine.virtual_ns() + 1'000'000'000 > end)
            << std::hex << "it is busy for nothing, at " << machine.cpu().state().rip;
        return result;
    }

    Folder folder;
    Console console;
};

// The application asks two disks, the source of randomness and the console.
class MadOne : public MadDevice, public testing::WithParamInterface<std::pair<char const*, VirtioBus>> {};

TEST_P(MadOne, harms_neither_the_kernel_nor_the_other_devices) {
    std::string const name = GetParam().first;
    for (unsigned seed = 1; seed <= seeds(); ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        console.text.clear();
        auto const guest = machine("virtio", "scribble", GetParam().second);
        MadRings mad(*guest, name, seed);
        RunResult const result = drive(*guest, mad, 200);
        ASSERT_EQ(result.stop, RunStop::exited) << result.message << console.text;
        EXPECT_LE(result.status, 3u) << console.text;
        EXPECT_THAT(console.text, Not(HasSubstr("panic")));
        for (auto const& [device, says] : {std::pair<std::string, char const*>{"disk0", "disk 0 keeps"},
                                           {"disk1", "disk 1 keeps what is written"},
                                           {"rng0", "randomness comes"},
                                           {"console0", "hello from the virtio console"}})
            EXPECT_TRUE(device == name || console.text.find(says) != std::string::npos) << says;
        if (HasFailure()) FAIL() << console.text;
    }
}

INSTANTIATE_TEST_SUITE_P(Device, MadOne, testing::ValuesIn([] {
                             std::vector<std::pair<char const*, VirtioBus>> all;
                             for (char const* device : {"disk0", "rng0", "console0"})
                                 for (VirtioBus bus : {VirtioBus::pci, VirtioBus::mmio})
                                     all.emplace_back(device, bus);
                             return all;
                         }()),
                         [](auto const& each) {
                             return std::string(each.param.first) +
                                    (each.param.second == VirtioBus::mmio ? "_mmio" : "_pci");
                         });

// The server, with pings coming in: either the card still works at the end, or the
// driver has said that it does not.
class MadCard : public MadDevice, public testing::WithParamInterface<VirtioBus> {};

TEST_P(MadCard, leaves_a_kernel_that_lives_on) {
    unsigned given_up = 0;
    for (unsigned seed = 1; seed <= seeds(); ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        console.text.clear();
        auto const guest = machine("http", "", GetParam());
        PingingHost host(std::vector<Bytes>(60, Bytes(200, 1)), 3);
        Cable cable(host);
        guest->set_outside(&cable);
        MadRings mad(*guest, "net0", seed);
        RunResult const result = drive(*guest, mad, 200);
        ASSERT_EQ(result.stop, RunStop::reached) << result.message << console.text;
        ASSERT_THAT(console.text, Not(HasSubstr("panic")));
        std::uint64_t const before = guest->moment().retired;
        guest->run({.virtual_ns = guest->virtual_ns() + 3'000'000'000});
        EXPECT_GT(guest->moment().retired, before + 100) << "its thread looks at the card each second";
        bool const said = console.text.find("It is no longer used") != std::string::npos;
        given_up += said;
        EXPECT_TRUE(said || host.done()) << "it fell silent without a word\n" << console.text;
    }
    EXPECT_GT(given_up, 0u) << "nothing mad enough happened";
}

INSTANTIATE_TEST_SUITE_P(Bus, MadCard, testing::Values(VirtioBus::pci, VirtioBus::mmio),
                         [](auto const& each) {
                             return std::string(each.param == VirtioBus::mmio ? "mmio" : "pci");
                         });

// It was shown buffers, or frames, and asked too late to hear of them: the driver has passed
// what it asks for, and no rule lets it notify again. [virtio-1.2 §2.7.10.1]
class Oversight : public MadDevice, public testing::WithParamInterface<unsigned> {};

TEST_P(Oversight, of_a_card_is_made_good) {
    auto const guest = machine("http", "");
    // All that nobody answers comes at once, and is more than there are buffers for.
    PingingHost host(std::vector<Bytes>(3, Bytes(40, 1)), 400);
    Cable cable(host);
    guest->set_outside(&cable);
    MadRings mad(*guest, "net0", 1);
    bool overlooked = false;
    for (unsigned i = 0; i < 100'000 && !overlooked && !host.done(); ++i) {
        guest->run({.moment = {guest->moment().retired + 200, 0}, .happenings = 1});
        overlooked = mad.overlook(GetParam());
    }
    ASSERT_TRUE(overlooked) << "it never asked for anything" << console.text;
    guest->run({.virtual_ns = guest->virtual_ns() + 20'000'000'000});
    EXPECT_TRUE(host.done()) << host.answered() << " answers\n" << console.text;
}

INSTANTIATE_TEST_SUITE_P(Queue, Oversight, testing::Values(0u, 1u), [](auto const& each) {
    return std::string(each.param == 0 ? "receive" : "transmit");
});

// Interrupts without end leave no time for anything else, unless somebody stops them.
TEST_F(MadDevice, a_storm_of_interrupts_is_ended) {
    auto const guest = machine("virtio", "scribble");
    auto const started = [&] { return console.text.find("disk 0 has") != std::string::npos; };
    for (unsigned i = 0; i < 10'000 && !started(); ++i)
        guest->run({.moment = {guest->moment().retired + 1000, 0}});
    ASSERT_TRUE(started());
    std::string const storm = "interrupt spurious 0";
    auto const ended = [&] { return console.text.find("interrupts without end") != std::string::npos; };
    for (unsigned i = 0; i < 20'000 && !ended(); ++i) {
        guest->give({"disk0", InputKind::device_fault, {storm.begin(), storm.end()}});
        guest->run({.moment = {guest->moment().retired + 20, 0}});
    }
    ASSERT_TRUE(ended()) << console.text;
    quiet_minute(*guest);
    ASSERT_TRUE(guest->ended()) << console.text;
    EXPECT_THAT(console.text, HasSubstr("disk 1 keeps what is written"));
}

// Configuration space before the guest starts: a device that says where its registers are.
class Claims : public MadDevice {
protected:
    static constexpr unsigned registers = 4;  // the BAR

    void claim(std::string const& device, std::uint32_t address) {
        auto& function = dynamic_cast<sim::devices::PciFunction&>(*guest->find_device(device + ".pci"));
        using namespace sim::devices::pci_config;
        function.config_write(bar0 + 4 * registers, 4, address);
        function.config_write(command, 2, command_memory);
        ASSERT_EQ(function.config_read(bar0 + 4 * registers, 4) & ~0xfu, address);
    }
    void run() {
        quiet_minute(*guest);
        ASSERT_TRUE(guest->ended()) << console.text;
        EXPECT_THAT(console.text, Not(HasSubstr("panic")));
        EXPECT_THAT(console.text, HasSubstr("pci: some registers had no place of their own"));
        EXPECT_THAT(console.text, HasSubstr("disk 1 keeps what is written"));
        EXPECT_THAT(console.text, HasSubstr("hello from the virtio console"));
    }
    std::unique_ptr<Machine> guest = machine("virtio", "scribble");
};

TEST_F(Claims, all_that_claim_the_same_addresses_get_their_own) {
    for (char const* device : {"disk0", "disk1", "rng0", "console0"}) claim(device, 0xd000'0000);
    run();
    EXPECT_THAT(console.text, HasSubstr("disk 0 keeps what is written"));
    EXPECT_THAT(console.text, HasSubstr("randomness comes"));
}

// What the kernel itself uses: memory, the interrupt controllers, the clock, configuration space.
TEST_F(Claims, one_that_claims_what_the_kernel_uses_is_not_used) {
    for (std::uint32_t const address : {0x0010'0000u, 0xfec0'0000u, 0xfee0'0000u, 0xfed0'0000u, 0xe000'0000u}) {
        SCOPED_TRACE(testing::Message() << std::hex << address);
        console.text.clear();
        guest = machine("virtio", "scribble");
        claim("disk0", address);
        run();
        EXPECT_THAT(console.text, HasSubstr("virtio: the device at 00:0"));
        EXPECT_THAT(console.text, Not(HasSubstr("disk 0 has")));
        EXPECT_THAT(console.text, HasSubstr("randomness comes"));
    }
}

}  // namespace
}  // namespace scenario
