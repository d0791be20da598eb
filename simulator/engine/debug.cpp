// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest's own breakpoints. [sdm-3b §17.2, §17.3] Those on code end their
// block as an observer's address does. Those on data are on linear addresses,
// and the engine tells physical ones: so their pages are refused to the fast
// engine, and the stepper finds their RAM under another physical address, which
// says by which page of the guest's the access came.
#include <algorithm>
#include <utility>

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

constexpr PhysAddr first_alias = PhysAddr{1} << 50, alias_distance = PhysAddr{2} << physical_bits;

std::vector<VirtAddr> code_addresses(DebugRegisters const& registers) {
    std::vector<VirtAddr> addresses;
    registers.each_code([&](VirtAddr address) { addresses.push_back(address); });
    return addresses;
}

}  // namespace

// No engine runs.
void UnicornCpu::set_debug_registers(DebugRegisters const& to) {
    if (to.values() == debug_.values()) return;
    std::vector<VirtAddr> changed = code_addresses(debug_);
    for (VirtAddr const address : code_addresses(to)) changed.push_back(address);
    bool const data = debug_.has_data() || to.has_data();
    debug_ = to;
    forget_blocks_with(std::move(changed));
    if (!data) return;
    debug_pages_.clear();
    debug_.each_data([&](VirtAddr address) {
        // An access may begin on the page before.
        for (VirtAddr const page : {address & page_mask, (address & page_mask) - page_size})
            if (std::find(debug_pages_.begin(), debug_pages_.end(), page) == debug_pages_.end())
                debug_pages_.push_back(page);
    });
    for (; debug_aliases_ < debug_pages_.size(); ++debug_aliases_)
        for (RamRegion const& region : memory_.regions())
            stepper_.map(first_alias + debug_aliases_ * alias_distance + region.start, region.bytes);
    flush_engine_tlbs();
}

// What to add to the physical address of RAM when the stepper finds it at this
// page of the guest's.
PhysAddr UnicornCpu::debug_alias(VirtAddr page) {
    if (!debug_.has_data()) return 0;
    auto const found = std::find(debug_pages_.begin(), debug_pages_.end(), page);
    if (found == debug_pages_.end()) return 0;
    return first_alias + static_cast<PhysAddr>(found - debug_pages_.begin()) * alias_distance;
}

PhysAddr UnicornCpu::without_alias(PhysAddr address) {
    return address >= first_alias ? (address - first_alias) % alias_distance : address;
}

// An access of the stepper's. Remembers the breakpoints that it meets and gives
// its physical address.
PhysAddr UnicornCpu::met_at(PhysAddr address, unsigned size, Access access) {
    bool const write = access == Access::write;
    std::uint64_t met = 0;
    if (address >= first_alias) {
        PhysAddr const index = (address - first_alias) / alias_distance;
        address = without_alias(address);
        met = debug_.match_data(debug_pages_.at(index) | (address & (page_size - 1)), size, write);
    } else if (!memory_.is_ram(address)) {
        debug_.each_data([&](VirtAddr breakpoint) {
            Translation const page = mmu_.peek(breakpoint, Access::read, privilege_ == 3);
            if (page && page.frame == (address & page_mask))
                met |= debug_.match_data((breakpoint & page_mask) | (address & (page_size - 1)), size, write);
        });
    }
    if (met) {
        pending_debug_ |= met;
        stop_step_ = true;
    }
    return address;
}

// I/O breakpoints exist with CR4.DE only.
void UnicornCpu::met_port(std::uint16_t port, unsigned size) {
    if (mmu_.mode.cr4 >> 3 & 1) pending_debug_ |= debug_.match_port(port, size);
}

void UnicornCpu::debug_exception(std::uint64_t why, DebugClass what) {
    DebugRegisters after = debug_;
    after.report(why | std::exchange(carried_debug_, 0));
    set_debug_registers(after);
    deliver({.kind = EventKind::exception, .vector = vector::debug, .trap = what == DebugClass::trap});
}

// Before the instruction at `address`. True: the guest hears of a breakpoint instead.
bool UnicornCpu::code_breakpoint(VirtAddr address) {
    std::uint64_t const met = debug_.match_code(address);
    if (!met || resume_at_ == retired_) return false;
    debug_exception(met, DebugClass::fault);
    return true;
}

// After an instruction.
void UnicornCpu::deliver_debug_trap() {
    std::uint64_t const met = std::exchange(pending_debug_, 0);
    if (met && loaded_stack_)
        held_debug_ = met;
    else if (met)
        debug_exception(met, DebugClass::trap);
}

// [sdm-2 "MOV - Move to/from Debug Registers"]
void UnicornCpu::move_debug_register(Instruction const& instruction) {
    auto const general = static_cast<Gpr>(instruction.general);
    unsigned number = instruction.control;
    if (number > 7) throw invalid_opcode();
    require_ring_0();
    if (number == 4 || number == 5) {
        if (mmu_.mode.cr4 >> 3 & 1) throw invalid_opcode();  // CR4.DE
        number += 2;
    }
    if (debug_.general_detect()) throw Fault{vector::debug, {}};
    std::uint64_t const mask = instruction.long_code ? ~0ull : 0xFFFF'FFFF;
    if (instruction.operation == Operation::mov_from_dr)
        return set_gpr(general, debug_.values()[number] & mask);
    std::uint64_t const value = gpr(general) & mask;
    if (number >= 6 && value >> 32) throw general_protection();
    DebugRegisters after = debug_;
    after.write(number, value);
    set_debug_registers(after);
}

}  // namespace sim::engine
