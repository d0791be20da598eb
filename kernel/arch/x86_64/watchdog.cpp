// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/watchdog.hpp"

#include "kernel/arch/x86_64/trap.hpp"

namespace arch {
namespace {

// Tn_CONF. [hpet-1.0a §2.3.8]
constexpr std::uint32_t interrupts = 1 << 2, periodic = 1 << 3, set_value = 1 << 6, only_32_bits = 1 << 8;

constinit Hpet hpet;
constinit std::uint32_t second = 0;  // in counts; 0: there is no watchdog
constinit bool wanted = false, running = false;

// The first write to the comparator says when it rings first, the next how often.
// [hpet-1.0a §2.3.9.2.2]
void start() {
    running = true;
    hpet.at(HpetRegister::timer_0).write(interrupts | periodic | set_value | only_32_bits);
    auto const comparator = hpet.at(HpetRegister::comparator_0);
    comparator.write(hpet.at(HpetRegister::counter).read() + second);
    comparator.write(second);
}

// That the interrupt came is all: what there is to do is done at its end.
void on_interrupt(void*) {
    if (wanted) return;
    running = false;
    hpet.at(HpetRegister::timer_0).write(0);
}

}  // namespace

bool init_watchdog(Hpet const& found) {
    std::uint64_t const hz = found.hz();
    if (hz == 0 || !found.can_replace_old_timers()) return false;
    hpet = found;
    hpet.configure(Hpet::enable | Hpet::replace_old_timers);
    set_interrupt_handler(watchdog_vector, on_interrupt, nullptr);
    second = static_cast<std::uint32_t>(hz);
    return true;
}

void watch(bool deadline_is_set) {
    wanted = deadline_is_set;
    if (wanted && !running && second != 0) start();
}

}  // namespace arch
