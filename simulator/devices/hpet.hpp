// SPDX-License-Identifier: GPL-2.0-or-later
//
// The high precision event timer: one counter of 64 bits at 100 MHz and three
// comparators, each periodic if wanted. [hpet-1.0a §2]
//
// Comparators interrupt by IOAPIC pins 2, 8 or 16 to 19, level or edge; or, in
// legacy replacement mode, the first two instead of the PIT (interrupt 0) and
// the calendar clock (interrupt 8). No messages (FSB delivery).
#pragma once

#include <array>
#include <functional>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class Hpet final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint64_t base_address = 0xFED0'0000, window = 0x400;
    static constexpr std::uint64_t tick_ns = 10;
    static constexpr unsigned timers = 3;
    static constexpr std::uint16_t least_ticks = 100;  // of a period, for the ACPI table
    // GCAP_ID: period in fs, Intel's vendor id, legacy replacement, 64 bits, timers, revision.
    static constexpr std::uint64_t capabilities =
        tick_ns * 1'000'000 << 32 | 0x8086ull << 16 | 1 << 15 | 1 << 13 | (timers - 1) << 8 | 1;

    explicit Hpet(machine::Surroundings& board) : Device("hpet0"), board_(board) { reset(); }
    // Told when legacy replacement goes on or off.
    void on_legacy_replacement(std::function<void(bool)> told) { legacy_changed_ = std::move(told); }

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    void on_timer(std::uint32_t timer) override;
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("config", self.config_);
        visit("status", self.status_);
        visit("base_count", self.base_count_);
        visit("base_ns", self.base_ns_);
        visit("timers", self.timers_);
    }

private:
    struct Timer {
        std::uint64_t config = 0;  // the bits that a guest can change
        std::uint64_t comparator = ~0ull, period = 0;

        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("config", self.config);
            visit("comparator", self.comparator);
            visit("period", self.period);
        }
    };

    bool running() const { return config_ & 1; }
    bool legacy() const { return config_ & 2; }
    std::uint64_t counter() const;
    std::uint64_t read_register(std::uint64_t offset) const;
    void write_register(std::uint64_t offset, std::uint64_t value, unsigned shift, unsigned size);
    void write_config(std::uint64_t value);
    void write_status(std::uint64_t value);
    void write_timer_config(unsigned index, std::uint64_t value);
    void write_comparator(unsigned index, std::uint64_t mask, std::uint64_t bits);
    void arm(unsigned index);
    void arm_all();
    unsigned wire_of(unsigned index) const;
    void update_wire(unsigned index);

    machine::Surroundings& board_;
    std::function<void(bool)> legacy_changed_;
    std::uint64_t config_ = 0, status_ = 0;
    std::uint64_t base_count_ = 0, base_ns_ = 0;  // the counter was base_count_ at base_ns_
    std::array<Timer, timers> timers_;
};

}  // namespace sim::devices
