// SPDX-License-Identifier: MIT
//
// The kernel drives its local APIC as CPUID tells it to: by memory or by MSRs,
// its timer by counts or by deadlines. All four ways must work.
#include "simulator/devices/local_apic.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "simulator/board/pc.hpp"

namespace scenario {
namespace {

using namespace sim;

constexpr std::uint32_t x2apic_bit = 1u << 21, deadline_bit = 1u << 24;  // CPUID leaf 1, ECX

// A processor whose CPUID conceals some features.
class Concealing final : public engine::Wiring {
public:
    Concealing(engine::Wiring& board, std::uint32_t concealed) : board_(board), concealed_(concealed) {}
    engine::CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf) override {
        engine::CpuidResult result = board_.cpuid(leaf, subleaf);
        if (leaf == 1) result.ecx &= ~concealed_;
        return result;
    }
    std::uint64_t mmio_read(engine::PhysAddr a, unsigned n) override { return board_.mmio_read(a, n); }
    void mmio_write(engine::PhysAddr a, unsigned n, std::uint64_t v) override { board_.mmio_write(a, n, v); }
    std::uint32_t port_read(std::uint16_t p, unsigned n) override { return board_.port_read(p, n); }
    void port_write(std::uint16_t p, unsigned n, std::uint32_t v) override { board_.port_write(p, n, v); }
    std::uint64_t time_stamp_counter() override { return board_.time_stamp_counter(); }
    std::optional<std::uint64_t> msr_read(std::uint32_t i) override {
        used_x2apic |= i >= 0x800 && i < 0x840;
        return board_.msr_read(i);
    }
    bool msr_write(std::uint32_t i, std::uint64_t v) override {
        used_x2apic |= i >= 0x800 && i < 0x840;
        deadlines += i == 0x6E0 && v != 0;
        return board_.msr_write(i, v);
    }
    std::uint8_t acknowledge_interrupt() override { return board_.acknowledge_interrupt(); }
    std::uint64_t cr8_read() override { return board_.cr8_read(); }
    void cr8_write(std::uint64_t v) override { board_.cr8_write(v); }

    bool used_x2apic = false;
    int deadlines = 0;

private:
    engine::Wiring& board_;
    std::uint32_t concealed_;
};

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
        auto const pc =
            board::make_pc(config, [&](engine::Wiring& board, std::vector<engine::RamRegion> ram) {
                wiring = std::make_unique<Concealing>(board, concealed);
                return engine::make_cpu(*wiring, std::move(ram));
            });
        pc->set_checkpoint_interval(0);
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
