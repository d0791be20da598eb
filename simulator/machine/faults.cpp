// SPDX-License-Identifier: GPL-2.0-or-later
//
// Faults that happen to the board as a whole, delivered as inputs: time that is
// lost, a register that changes its mind. Malformed ones are reported and
// ignored: inputs may come from a file.
#include <charconv>

#include "simulator/machine/machine.hpp"

namespace sim::machine {
namespace {

std::uint64_t little_endian(std::span<std::uint8_t const> bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
}

// The hidden bits of RFLAGS: bit 1 is always set, and what the processor does
// not define stays zero. [sdm-1 §3.4.3]
constexpr std::uint64_t flags_writable = 0x3F'7FD5;
constexpr std::uint64_t flags_fixed = 2;

}  // namespace

// As when the firmware's SMM, or a hypervisor, took the processor away: the
// clock goes on and no instruction is executed. What came due meanwhile fires
// late, in order, at this count.
void Machine::stall(std::span<std::uint8_t const> bytes) {
    std::uint64_t const ns = bytes.size() == 8 ? little_endian(bytes) : 0;
    if (ns == 0 || ns > longest_stall_ns)
        return report("input", "a stall that is none, or longer than an hour; ignored");
    if (ns >= end_of_time_ns - now()) return report("input", "a stall beyond the end of time; ignored");
    skipped_ns_ += ns;
}

void Machine::set_register(Input const& input) {
    unsigned index = processors();
    std::string_view digits = input.target;
    if (digits.starts_with("cpu")) {
        digits.remove_prefix(3);
        std::from_chars(digits.data(), digits.data() + digits.size(), index);
    }
    if (index >= processors() || input.bytes.size() != 9 || input.bytes[0] > 17)
        return report("input", "no such register; its change is ignored");
    std::uint8_t const number = input.bytes[0];
    std::uint64_t const value = little_endian(std::span(input.bytes).subspan(1));
    engine::CpuState state = cpus_[index]->state();
    if (number < state.gpr.size())
        state.gpr[number] = value;
    else if (number == 16)
        state.rip = value;
    else
        state.rflags = (value & flags_writable) | flags_fixed;
    // A register is not its TLB.
    std::vector<engine::TlbEntry> const tlb = cpus_[index]->tlb();
    cpus_[index]->set_state(state, cpus_[index]->retired());
    cpus_[index]->set_tlb(tlb);
}

}  // namespace sim::machine
