// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/clock.hpp"

#include <algorithm>

#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/cpuid.hpp"
#include "kernel/arch/x86_64/port.hpp"
#include "kernel/arch/x86_64/scale.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/arch/x86_64/watchdog.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"

namespace arch {
namespace {

constexpr std::uint64_t nanoseconds = 1'000'000'000;
constexpr std::uint64_t pm_timer_hz = 3'579'545;   // [acpi-6.5 §4.8.2.1]
constexpr std::uint64_t pit_hz = 1'193'182;        // 14.31818 MHz / 12 [ich9 "8254 Timers"]
constexpr std::uint32_t msr_tsc_deadline = 0x6e0;  // IA32_TSC_DEADLINE [sdm-3a §10.5.4.1]

constinit ClockRates rates;
constinit Scale tsc_to_ns, ns_to_tsc, ns_to_apic;
constinit std::uint64_t tsc_at_start = 0;
constinit bool tsc_deadline = false;

// [sdm-2a CPUID leaf 15H]: TSC rate = crystal * EBX / EAX; the APIC timer runs
// at the crystal's rate.
bool rates_from_processor() {
    if (highest_leaf() < 0x15) return false;
    Cpuid const leaf = cpuid(0x15);
    if (leaf.eax == 0 || leaf.ebx == 0 || leaf.ecx == 0) return false;
    rates = {std::uint64_t{leaf.ecx} * leaf.ebx / leaf.eax, leaf.ecx, "CPUID"};
    return true;
}

// Hypervisors' timing leaf: both rates in kHz. [hypervisor-cpuid "Leaf 0x40000010"]
bool rates_from_hypervisor() {
    if ((cpuid(1).ecx & cpuid_hypervisor) == 0) return false;
    if (cpuid(hypervisor_leaf).eax < hypervisor_leaf + 0x10) return false;
    Cpuid const leaf = cpuid(hypervisor_leaf + 0x10);
    if (leaf.eax == 0 || leaf.ebx == 0) return false;
    rates = {std::uint64_t{leaf.eax} * 1000, std::uint64_t{leaf.ebx} * 1000, "the hypervisor"};
    return true;
}

// ---- measuring: against a clock whose rate is known ----

// Counts up, and wraps at `mask`.
struct Reference {
    std::uint64_t (*read)();
    std::uint64_t hz;
    std::uint64_t mask;
    std::string_view name;
};

constinit PmTimer pm_timer;
constinit Hpet hpet;

// [acpi-6.5 §4.8.3.3]
std::uint64_t read_pm_timer() { return Port<std::uint32_t>(pm_timer.port).read(); }

std::uint64_t read_hpet() { return hpet.at(HpetRegister::counter).read(); }

// Channel 2 of the PIT counts down from 65535 while its gate (port 0x61) is
// open; it drives the speaker, which stays off. [8254 "Mode Definitions"], and for the gate
// [ich9 §13.7.1]
constexpr Port<std::uint8_t> pit_gate(0x61), pit_command(0x43), pit_channel(0x42);
void start_pit() {
    pit_gate.write(static_cast<std::uint8_t>((pit_gate.read() & ~2u) | 1u));
    pit_command.write(0b10110000);  // channel 2, low byte then high byte, mode 0
    pit_channel.write(0xff);
    pit_channel.write(0xff);
}
std::uint64_t read_pit() {
    pit_command.write(0b10000000);  // latch channel 2
    std::uint64_t const low = pit_channel.read();
    return 0xffff - (low | std::uint64_t{pit_channel.read()} << 8);
}

std::uint64_t read_apic_timer() { return UINT32_MAX - apic_timer_count(); }

// One look at all three clocks, as close together as possible: of a few tries
// the one that took least.
struct Sample {
    std::uint64_t reference = 0;
    std::uint64_t tsc = 0;
    std::uint32_t apic = 0;
};
Sample sample(Reference const& reference) {
    Sample best;
    std::uint64_t best_length = UINT64_MAX;
    for (int i = 0; i < 4; ++i) {
        std::uint64_t const before = read_tsc();
        std::uint64_t const count = reference.read();
        std::uint32_t const apic = apic_timer_count();
        std::uint64_t const length = read_tsc() - before;
        if (length >= best_length) continue;
        best_length = length;
        best = {count, before + length / 2, apic};
    }
    return best;
}

// Counts for 5 ms of the reference.
bool measure(Reference const& reference) {
    // [lab:05-calibrate]
    std::uint64_t const wanted = reference.hz / 200;
    start_apic_timer(UINT32_MAX);
    Sample const first = sample(reference);
    std::uint64_t unchanged = 0;
    for (std::uint64_t last = first.reference;;) {
        std::uint64_t const at = reference.read();
        if (((at - first.reference) & reference.mask) >= wanted) break;
        unchanged = at == last ? unchanged + 1 : 0;
        if (unchanged > 100'000) return false;  // it stands still: there is no such timer
        last = at;
    }
    Sample const second = sample(reference);
    start_apic_timer(0);
    std::uint64_t const elapsed = (second.reference - first.reference) & reference.mask;
    rates = {(second.tsc - first.tsc) * reference.hz / elapsed,
             std::uint64_t{first.apic - second.apic} * reference.hz / elapsed, reference.name};
    return rates.tsc_hz != 0 && rates.apic_timer_hz != 0;
    // [/lab:05-calibrate]
}

// A machine with no clock that we know (QEMU's smallest): its APIC timer most
// likely runs at 1 GHz, as QEMU's does.
bool assume_apic_timer() {
    if (!measure({read_apic_timer, nanoseconds, UINT32_MAX, "a guess"})) return false;
    base::log_warning("clock: nothing to measure against; taking the APIC timer's rate as 1 GHz");
    return true;
}

bool measure_with_hpet() {
    std::uint64_t const hz = hpet.exists() ? hpet.hz() : 0;
    if (hz == 0) return false;
    hpet.configure(Hpet::enable);
    return measure({read_hpet, hz, UINT32_MAX, "the HPET"});
}

bool measure_with_pm_timer() {
    std::uint64_t const mask = pm_timer.is_32_bits ? 0xffff'ffff : 0xff'ffff;
    return pm_timer.port != 0 && measure({read_pm_timer, pm_timer_hz, mask, "the ACPI timer"});
}

bool measure_with_pit() {
    start_pit();
    return measure({read_pit, pit_hz, 0xffff, "the PIT"});
}

void find_rates() {
    if (rates_from_processor() || rates_from_hypervisor()) return;
    if (measure_with_hpet() || measure_with_pm_timer() || measure_with_pit() || assume_apic_timer()) return;
    base::panic("no clock to measure the processor's speed against");
}

}  // namespace

[[gnu::cold]] void init_clock(ClockHardware const& hardware) {
    pm_timer = hardware.pm_timer;
    hpet = hardware.hpet;
    tsc_at_start = read_tsc();
    find_rates();
    tsc_to_ns = Scale(rates.tsc_hz, nanoseconds);
    ns_to_tsc = Scale(nanoseconds, rates.tsc_hz);
    ns_to_apic = Scale(nanoseconds, rates.apic_timer_hz);
}

ClockRates const& clock_rates() { return rates; }

base::Instant now() {
    // [lab:05-now]
    std::uint64_t const ns = tsc_to_ns(read_tsc() - tsc_at_start);
    return base::Instant::from_boot(base::Duration::nanoseconds(static_cast<std::int64_t>(ns)));
    // [/lab:05-now]
}

void init_timer(void (*handler)()) {
    tsc_deadline = (cpuid(1).ecx & cpuid_tsc_deadline) != 0;
    auto const call = [](void* context) {
        watch(false);  // it has rung
        reinterpret_cast<void (*)()>(context)();
    };
    std::uint8_t const vector = MUST(allocate_vector(call, reinterpret_cast<void*>(handler)));
    set_apic_timer_vector(vector, tsc_deadline);
}

void set_timer(base::Instant deadline) {
    watch(deadline != base::Instant::never());
    // [lab:05-set-timer]
    // Whoever waits longer is woken once a day, and the handler sets the rest.
    base::Duration const rest = std::min(deadline - now(), base::Duration::seconds(24 * 60 * 60));
    if (tsc_deadline) {
        write_msr(msr_tsc_deadline, count_after(read_tsc(), ns_to_tsc, rest.as_nanoseconds()));
        return;
    }
    // A count of zero would stop the timer; one that does not fit wakes us early, too.
    std::uint64_t const count = count_after(0, ns_to_apic, rest.as_nanoseconds());
    start_apic_timer(static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX)));
    // [/lab:05-set-timer]
}

void stop_timer() {
    watch(false);
    if (tsc_deadline)
        write_msr(msr_tsc_deadline, 0);
    else
        start_apic_timer(0);
}

}  // namespace arch
