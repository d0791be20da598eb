// SPDX-License-Identifier: MIT
//
// A processor whose CPUID conceals some features, and whose time stamp counter can
// jump ahead. Everything else is the board's.
#pragma once

#include "simulator/board/pc.hpp"

namespace scenario {

class Concealing final : public sim::engine::Wiring {
public:
    // `features`: bits of CPUID leaf 1, ECX. `rates`: the leaves that say how fast the clocks run.
    Concealing(sim::engine::Wiring& board, std::uint32_t features, bool rates)
        : board_(board), features_(features), rates_(rates) {}

    sim::engine::CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf) override {
        sim::engine::CpuidResult result = board_.cpuid(leaf, subleaf);
        if (leaf == 1) result.ecx &= ~features_;
        if (rates_ && (leaf == 0x15 || leaf == 0x16 || leaf == 0x4000'0010)) result = {};
        if (conceals_own_rates && (leaf == 0x15 || leaf == 0x16)) result = {};
        return result;
    }
    std::uint64_t mmio_read(sim::engine::PhysAddr a, unsigned n) override {
        std::uint64_t const value = board_.mmio_read(a, n);
        return a == hpet && conceals_replacement ? value & ~(1ull << 15) : value;
    }
    void mmio_write(sim::engine::PhysAddr a, unsigned n, std::uint64_t v) override {
        replaced_old_timers |= a == hpet + 0x10 && (v & 2);
        board_.mmio_write(a, n, v);
    }
    std::uint32_t port_read(std::uint16_t p, unsigned n) override { return board_.port_read(p, n); }
    void port_write(std::uint16_t p, unsigned n, std::uint32_t v) override { board_.port_write(p, n, v); }
    std::uint64_t time_stamp_counter() override { return board_.time_stamp_counter() + ahead; }
    std::optional<std::uint64_t> msr_read(std::uint32_t i) override {
        used_x2apic |= i >= 0x800 && i < 0x840;
        return board_.msr_read(i);
    }
    bool msr_write(std::uint32_t i, std::uint64_t v) override {
        used_x2apic |= i >= 0x800 && i < 0x840;
        bool const deadline = i == 0x6E0 && v != 0;
        deadlines += deadline;
        if (deadline) v = v > ahead ? v - ahead : 1;  // the board knows nothing of our jump
        return board_.msr_write(i, v);
    }
    // A spurious one leaves what was asked for pending. [sdm-3a §10.9]
    std::uint8_t acknowledge_interrupt() override {
        if (spurious == 0) return board_.acknowledge_interrupt();
        --spurious;
        return spurious_vector;
    }
    std::uint64_t cr8_read() override { return board_.cr8_read(); }
    void cr8_write(std::uint64_t v) override { board_.cr8_write(v); }

    std::uint64_t ahead = 0;            // of the counter
    bool conceals_own_rates = false;    // the processor's leaves, and not the hypervisor's
    bool conceals_replacement = false;  // LEG_RT_CAP of the HPET
    bool replaced_old_timers = false;
    unsigned spurious = 0;  // the next so many interrupts
    std::uint8_t spurious_vector = 0;
    bool used_x2apic = false;
    int deadlines = 0;

private:
    static constexpr sim::engine::PhysAddr hpet = 0xFED0'0000;

    sim::engine::Wiring& board_;
    std::uint32_t features_;
    bool rates_;
};

// A machine with such a processor; `wiring` is set.
inline std::unique_ptr<sim::machine::Machine> make_concealing_pc(sim::machine::MachineConfig const& config,
                                                                 std::uint32_t features, bool rates,
                                                                 std::unique_ptr<Concealing>& wiring) {
    auto pc =
        sim::board::make_pc(config, [&](sim::engine::Wiring& board, std::vector<sim::engine::RamRegion> ram) {
            wiring = std::make_unique<Concealing>(board, features, rates);
            return sim::engine::make_cpu(*wiring, std::move(ram));
        });
    pc->set_checkpoint_interval(0);
    return pc;
}

}  // namespace scenario
