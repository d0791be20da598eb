// SPDX-License-Identifier: MIT
//
// The kernel drives its local APIC as CPUID tells it to: by memory or by MSRs,
// its timer by counts or by deadlines. All four ways must work.
#include "simulator/devices/local_apic.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/scenario/concealing.hpp"

namespace scenario {
namespace {

using namespace sim;

constexpr std::uint32_t x2apic_bit = 1u << 21, deadline_bit = 1u << 24;  // CPUID leaf 1, ECX

class Ways : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Kernel, Ways,
                         testing::Values(0u, x2apic_bit, deadline_bit, x2apic_bit | deadline_bit));

TEST_P(Ways, to_drive_the_local_apic_end_well) {
    std::uint32_t const concealed = GetParam();
    for (char const* const name : {"hello", "threads"}) {
        std::ifstream file(std::string(std::getenv("VIV_BUILD")) + "/images/" + name + ".elf",
                           std::ios::binary);
        ASSERT_TRUE(file) << name;
        machine::MachineConfig config;
        config.image = {name, "",
                        std::make_shared<std::vector<std::uint8_t> const>(
                            std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>())};
        std::unique_ptr<Concealing> wiring;
        auto const pc = make_concealing_pc(config, concealed, false, wiring);
        machine::RunResult const result = pc->run({.virtual_ns = 60'000'000'000});
        EXPECT_EQ(result.stop, machine::RunStop::exited) << name << ": " << result.message;
        EXPECT_EQ(result.status, 0u) << name;
        bool const x2apic = !(concealed & x2apic_bit), deadline = !(concealed & deadline_bit);
        EXPECT_EQ(dynamic_cast<devices::LocalApic*>(pc->find_device("lapic0"))->x2apic(), x2apic);
        EXPECT_EQ(wiring->used_x2apic, x2apic);
        if (std::string(name) == "threads") {
            EXPECT_EQ(wiring->deadlines > 0, deadline);
        }
    }
}

}  // namespace
}  // namespace scenario
