// SPDX-License-Identifier: MIT
//
// The high precision event timer: a counter in memory whose rate stands in its first
// register, and comparators that interrupt. [hpet-1.0a §2.3]
#pragma once

#include <cstdint>

#include "kernel/arch/x86_64/mmio.hpp"
#include "kernel/base/address.hpp"

namespace arch {

// [hpet-1.0a §2.3.4 to §2.3.9]
enum class HpetRegister : std::uint32_t {
    capabilities = 0x000,
    period = 0x004,  // of a count, in femtoseconds
    configuration = 0x010,
    counter = 0x0f0,
    timer_0 = 0x100,  // configuration of the first comparator
    comparator_0 = 0x108,
};

class Hpet {
public:
    // [hpet-1.0a §2.3.5]
    static constexpr std::uint32_t enable = 1 << 0;              // ENABLE_CNF, in configuration
    static constexpr std::uint32_t replace_old_timers = 1 << 1;  // LEG_RT_CNF

    constexpr Hpet() = default;
    // `registers` is where its page is mapped.
    explicit Hpet(base::VirtAddr registers) : registers_(registers) {}
    bool exists() const { return registers_ != base::VirtAddr(); }

    Mmio<std::uint32_t> at(HpetRegister reg) const {
        return Mmio<std::uint32_t>(registers_ + static_cast<std::uint32_t>(reg));
    }
    // Counts a second; 0: this cannot be an HPET.
    std::uint64_t hz() const {
        // 10 MHz to 1 GHz; more is no HPET's.
        constexpr std::uint64_t second = 1'000'000'000'000'000, longest = 100'000'000, shortest = 1'000'000;
        std::uint64_t const period = at(HpetRegister::period).read();
        return period < shortest || period > longest ? 0 : second / period;
    }
    // Its first two comparators can take the lines of the PIT and the RTC: LEG_RT_CAP.
    bool can_replace_old_timers() const { return (at(HpetRegister::capabilities).read() & 1 << 15) != 0; }
    void configure(std::uint32_t bits) const {
        auto const configuration = at(HpetRegister::configuration);
        configuration.write(configuration.read() | bits);
    }

private:
    base::VirtAddr registers_;
};

}  // namespace arch
