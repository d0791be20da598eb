// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/register_condition.hpp"

#include <array>

namespace sim::debug {

RegisterCondition::RegisterCondition(Expression const& expression, machine::Machine const& machine)
    : expression_(expression),
      machine_(machine),
      needs_(expression.needs()),
      seen_(machine.processors()),
      nothing_(Paging{}, [](std::uint64_t, std::span<std::uint8_t>) { return false; }) {}

void RegisterCondition::begin() {
    for (Seen& s : seen_) s = {};
    only_at_ = expression_.only_at_rip();
    bool const more = needs_.general || needs_.others || expression_.uses_memory();
    if (only_at_ && more && repeats()) only_at_.reset();
    for (unsigned i = 0; i < seen_.size(); ++i)
        if (true_now(i)) seen_[i].true_at = machine_.cpu(i).retired();
}

// A string instruction with REP: its registers change while RIP stays.
bool RegisterCondition::repeats() const {
    for (unsigned i = 0; i < seen_.size(); ++i) {
        std::array<std::uint8_t, 4> bytes{};
        std::size_t const n = memory(machine_.cpu(i).state()).read_some(*only_at_, bytes);
        for (std::size_t at = 0; at < n; ++at) {
            if (bytes[at] == 0xf2 || bytes[at] == 0xf3) return true;
            bool const other_prefix = bytes[at] == 0x66 || bytes[at] == 0x67;
            if (!other_prefix) break;
        }
    }
    return false;
}

void RegisterCondition::watch(SearchWatch& watch) const {
    if (only_at_)
        watch.addresses.push_back(*only_at_);
    else
        watch.instructions = true;
    watch.paging = true;
}

GuestMemory RegisterCondition::memory(engine::CpuState const& state) const {
    return GuestMemory(paging_of(state), [this](std::uint64_t at, std::span<std::uint8_t> into) {
        return machine_.peek(at, into);
    });
}

bool RegisterCondition::true_now(unsigned number) {
    engine::Cpu const& cpu = machine_.cpu(number);
    Seen& seen = seen_[number];
    if (needs_.others || !seen.whole) {
        seen.state = cpu.state();
        seen.whole = true;
    } else {
        for (unsigned i = 0; i < 16; ++i)
            if (needs_.general >> i & 1) seen.state.gpr[i] = cpu.general(static_cast<engine::Gpr>(i));
        if (needs_.rip) seen.state.rip = cpu.instruction_pointer();
    }
    if (!expression_.uses_memory()) return expression_.true_at(seen.state, nothing_);
    return expression_.true_at(seen.state, memory(seen.state));
}

bool RegisterCondition::became_true(unsigned number) {
    std::optional<std::uint64_t>& before = seen_[number].true_at;
    if (!true_now(number)) return before.reset(), false;
    std::uint64_t const now = machine_.cpu(number).retired();
    // At one address only, nobody told when it was no longer true.
    bool const still = before && (!only_at_ || now - *before <= 1);
    before = now;
    return !still;
}

}  // namespace sim::debug
