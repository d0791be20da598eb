// SPDX-License-Identifier: GPL-2.0-or-later
//
// The translation look-aside buffer that the guest can observe. A translation,
// once used, stays until the guest flushes it, even when the tables in memory
// have changed since: a kernel that forgets INVLPG sees the stale page, always
// and reproducibly. [sdm-3a §4.10.2]
//
// The engine below has a TLB of its own, which is a cache of this one: it holds
// no translation that is not here, so it can be thrown away at any time (for
// dirty tracking, say) and the guest cannot tell. That is also why nothing here
// depends on look-ups that hit, and why there is no replacement policy: the
// content is a function of the guest's own history. When it is full (a guest
// that touched 65,536 pages without a flush) everything goes at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

class Tlb {
public:
    static constexpr std::size_t capacity = 65'536;

    Tlb();
    TlbEntry* find(VirtAddr address);
    TlbEntry const* find(VirtAddr address) const { return const_cast<Tlb*>(this)->find(address); }
    // Replaces what stood there for the same page. True: it was full and had to
    // be emptied first.
    bool insert(TlbEntry const& entry);
    void remove(VirtAddr address);
    void flush(bool globals_too);
    std::vector<TlbEntry> entries() const;  // by ascending address
    void set_entries(std::span<TlbEntry const> entries);

private:
    struct Slot {
        VirtAddr page = 0;
        std::uint32_t generation = 0;  // alive when equal to generation_
        std::uint32_t entry = 0;       // index in entries_, or `removed`
    };
    static constexpr std::uint32_t removed = ~0u;
    static constexpr std::size_t slots = 4 * capacity;

    static std::size_t hash(VirtAddr page, std::uint64_t size);
    Slot* find_slot(VirtAddr page, std::uint64_t size);

    std::vector<Slot> slots_;
    std::vector<TlbEntry> entries_;
    std::uint32_t generation_ = 1;
    std::size_t used_slots_ = 0;    // alive slots, removed ones too: bounds the search
    std::uint64_t sizes_seen_ = 0;  // which page sizes have entries: saves look-ups
};

}  // namespace sim::engine
