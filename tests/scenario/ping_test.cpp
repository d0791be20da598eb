// SPDX-License-Identifier: MIT
//
// The guest gets its address and answers pings: in the simulator, twice with
// the same life, and in QEMU.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "simulator/board/pc.hpp"
#include "simulator/recording/images.hpp"
#include "tests/scenario/cable.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using namespace sim::machine;

std::string image() { return std::string(std::getenv("VIV_BUILD")) + "/images/http.elf"; }

// Sizes at the borders: nothing, one byte, an odd one, ping's usual, the MTU.
std::vector<Bytes> payloads() {
    std::vector<Bytes> result;
    for (std::size_t size : {0u, 1u, 55u, 56u, 1000u, 1472u}) {
        Bytes bytes(size);
        for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(7 * i + size);
        result.push_back(bytes);
    }
    return result;
}

std::uint64_t hash_after_pings() {
    MachineConfig config;
    config.image = sim::recording::read_blob(image());
    auto machine = sim::board::make_pc(config);
    PingingHost host(payloads(), 3);
    Cable cable(host);
    machine->set_outside(&cable);
    auto const result = machine->run({.virtual_ns = 5'000'000'000});
    EXPECT_EQ(result.stop, RunStop::reached) << result.message;
    EXPECT_EQ(host.answered(), payloads().size());
    EXPECT_STREQ(host.complaint(), "");
    return machine->hash().total;
}

TEST(Ping, is_answered_in_the_simulator_and_always_the_same_way) {
    EXPECT_EQ(hash_after_pings(), hash_after_pings());
}

class PingInQemu : public testing::TestWithParam<char const*> {};

TEST_P(PingInQemu, is_answered) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    Program qemu({"qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-machine",
                  std::string(GetParam()) + ",accel=tcg", "-m", "64", "-kernel", image(), "-netdev",
                  "dgram,id=net0,local.type=fd,local.str=" + std::to_string(ends[1]), "-device",
                  "virtio-net-pci,netdev=net0,romfile="});
    close(ends[1]);
    PingingHost host(payloads(), 3);
    // Half a minute of silence is a failure; no verdict depends on speed.
    while (!host.done()) {
        pollfd ready{ends[0], POLLIN, 0};
        ASSERT_GT(poll(&ready, 1, 30'000), 0)
            << "the guest has fallen silent after " << host.answered() << " answers";
        Bytes frame(65536);
        ssize_t const size = recv(ends[0], frame.data(), frame.size(), 0);
        ASSERT_GT(size, 0) << "QEMU has gone";
        for (auto const& answer : host.on_frame({frame.data(), static_cast<std::size_t>(size)}))
            ASSERT_EQ(send(ends[0], answer.data(), answer.size(), 0), static_cast<ssize_t>(answer.size()));
    }
    EXPECT_STREQ(host.complaint(), "");
    close(ends[0]);
}

INSTANTIATE_TEST_SUITE_P(Machines, PingInQemu, testing::Values("q35", "pc"));

}  // namespace
}  // namespace scenario
