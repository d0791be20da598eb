// SPDX-License-Identifier: GPL-2.0-or-later
//
// Several processors on one RAM. They run one after the other, never two at a
// time, so RAM itself needs no care, and a locked instruction is atomic because
// nobody else runs meanwhile. What needs care is translated code: the rule that
// a page is data or code (see fills.cpp) holds across all of them. While one
// holds translations of a page, no other one has the right to write to it.
//
// TLBs are each processor's own, stale entries included: making another one
// forget is the guest's business. [sdm-3a §4.10.5]
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {

void UnicornCpu::set_siblings(std::span<Cpu* const> others) {
    siblings_.clear();
    for (Cpu* const other : others)
        if (other != this) siblings_.push_back(&dynamic_cast<UnicornCpu&>(*other));
}

bool UnicornCpu::code_elsewhere(PhysAddr frame) const {
    for (UnicornCpu* const other : siblings_)
        if (other->memory_.info(frame).code) return true;
    return false;
}

// Code changes are seen by the others before their next instruction: more than
// the manual promises a guest that forgets to serialise. [sdm-3a §8.1.3]
void UnicornCpu::written_here(PhysAddr frame) {
    for (UnicornCpu* const other : siblings_) other->make_data(frame);
}

// Rights to write that the others hold are asked for again, and seen here.
void UnicornCpu::translated_here(PhysAddr frame) {
    for (UnicornCpu* const other : siblings_)
        if (other->memory_.info(frame).write_granted_at == other->flush_generation_)
            other->flush_engine_tlbs();
}

}  // namespace sim::engine
