// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/apic.hpp"

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/cpuid.hpp"
#include "kernel/arch/x86_64/mmio.hpp"
#include "kernel/arch/x86_64/port.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/assert.hpp"

namespace arch {
namespace {

// Where the APIC is, and in which mode. [sdm-3a §10.4.4, §10.12.1], [sdm-4 table 2-2]
constexpr std::uint32_t msr_apic_base = 0x1b;        // IA32_APIC_BASE
constexpr std::uint64_t apic_base_enable = 1 << 11;  // EN
constexpr std::uint64_t apic_base_x2apic = 1 << 10;  // EXTD
// The register at offset n is MSR 0x800 + n / 16. [sdm-3a §10.12.1.2]
constexpr std::uint32_t msr_x2apic_first = 0x800;

// Registers, as offsets in the page. [sdm-3a table 10-1]
enum class Reg : std::uint32_t {
    id = 0x020,
    task_priority = 0x080,
    end_of_interrupt = 0x0b0,
    spurious = 0x0f0,
    timer = 0x320,
    lint0 = 0x350,
    error = 0x370,
    initial_count = 0x380,
    current_count = 0x390,
    divide = 0x3e0,
};
constexpr std::uint32_t spurious_enable = 1 << 8;  // the software enable of the whole APIC
constexpr std::uint32_t lvt_masked = 1 << 16;
constexpr std::uint32_t divide_by_1 = 0b1011;

constinit bool x2apic = false;
constinit base::VirtAddr page;

std::uint32_t read(Reg reg) {
    auto const offset = static_cast<std::uint32_t>(reg);
    if (x2apic) return static_cast<std::uint32_t>(read_msr(msr_x2apic_first + offset / 16));
    return Mmio<std::uint32_t>(page + offset).read();
}
void write(Reg reg, std::uint32_t value) {
    auto const offset = static_cast<std::uint32_t>(reg);
    if (x2apic)
        write_msr(msr_x2apic_first + offset / 16, value);
    else
        Mmio<std::uint32_t>(page + offset).write(value);
}

}  // namespace

bool has_x2apic() { return (cpuid(1).ecx & cpuid_x2apic) != 0; }

base::PhysAddr apic_base() { return base::PhysAddr(read_msr(msr_apic_base) & 0xf'ffff'ffff'f000); }

// [doc:init]
void init_apic(base::VirtAddr registers) {
    if ((cpuid(1).edx & cpuid_apic) == 0) base::panic("this processor has no local APIC");
    x2apic = has_x2apic();
    page = registers;
    std::uint64_t const enabled = read_msr(msr_apic_base) | apic_base_enable;
    write_msr(msr_apic_base, enabled);
    if (x2apic) write_msr(msr_apic_base, enabled | apic_base_x2apic);

    write(Reg::task_priority, 0);   // no interrupt is too unimportant
    write(Reg::lint0, lvt_masked);  // where the PIC would arrive
    write(Reg::error, lvt_masked);
    write(Reg::timer, lvt_masked);
    write(Reg::divide, divide_by_1);
    write(Reg::spurious, spurious_enable | spurious_vector);
}
// [/doc:init]

std::uint32_t apic_id() { return x2apic ? read(Reg::id) : read(Reg::id) >> 24; }

void end_of_interrupt() { write(Reg::end_of_interrupt, 0); }

void set_apic_timer_vector(std::uint8_t vector, bool tsc_deadline) {
    std::uint32_t const mode = tsc_deadline ? 2u << 17 : 0;  // 0: one shot
    write(Reg::timer, mode | vector);
    // The mode must be in force before a deadline is written. [sdm-3a §10.5.4.1]
    full_fence();
}
void start_apic_timer(std::uint32_t count) { write(Reg::initial_count, count); }
std::uint32_t apic_timer_count() { return read(Reg::current_count); }

// A vector for each line first, should one ring in spite of all; then every line is masked.
// [8259a "Initialization Command Words", "Operation Command Words"]
// [doc:pic]
void disable_pic() {
    Port<std::uint8_t> const master_command(0x20), master_data(0x21), slave_command(0xa0), slave_data(0xa1);
    master_command.write(0x11);  // ICW1: initialise, ICW4 follows
    slave_command.write(0x11);
    master_data.write(0x20);  // ICW2: vectors 0x20 to 0x27
    slave_data.write(0x28);   //       and 0x28 to 0x2f
    master_data.write(0x04);  // ICW3: the slave is at line 2
    slave_data.write(0x02);
    master_data.write(0x01);  // ICW4: 8086 mode
    slave_data.write(0x01);
    master_data.write(0xff);  // OCW1: all lines masked
    slave_data.write(0xff);
}
// [/doc:pic]

}  // namespace arch
