// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/mmu.hpp"

namespace sim::engine {
namespace {

// Bits of a table entry, the same at every level. [sdm-3a §4.5.4, table 4-15 to 4-20]
namespace entry_bit {
constexpr std::uint64_t present = 1 << 0, writable = 1 << 1, user = 1 << 2, accessed = 1 << 5, dirty = 1 << 6,
                        page_size = 1 << 7, global = 1 << 8, no_execute = std::uint64_t{1} << 63;
}

constexpr std::uint64_t bits(unsigned high, unsigned low) {
    return ((std::uint64_t{2} << high) - 1) & ~((std::uint64_t{1} << low) - 1);
}

// How one paging mode is built: [sdm-3a §4.3, §4.4, §4.5]
struct Geometry {
    unsigned levels;       // 4, 3 or 2
    unsigned index_bits;   // of each level (PAE's top level: 2)
    unsigned entry_bytes;  // 8 or 4
};

Geometry geometry(PagingMode const& mode) {
    if (mode.long_mode()) return {4, 9, 8};
    if (mode.pae()) return {3, 9, 8};
    return {2, 10, 4};
}

}  // namespace

bool is_canonical(VirtAddr address) {
    auto top = static_cast<std::int64_t>(address) >> 47;
    return top == 0 || top == -1;
}

Mmu::Mmu(PhysicalMemory& memory, std::function<void(PhysAddr)> table_written)
    : memory_(memory), table_written_(std::move(table_written)) {}

std::uint32_t Mmu::error_code(Access access, bool user, std::uint32_t why) const {
    std::uint32_t code = why;
    if (access == Access::write) code |= page_fault::write;
    if (user) code |= page_fault::user;
    if (access == Access::fetch && (mode.no_execute() || mode.supervisor_execute_protection()))
        code |= page_fault::fetch;
    return code;
}

// [sdm-3a §4.6 "Access Rights"]
bool Mmu::permits(TlbEntry const& entry, Access access, bool user) const {
    if (user && !entry.user) return false;
    switch (access) {
        case Access::read:
            return true;
        case Access::write:
            return entry.writable || (!user && !mode.write_protect());
        case Access::fetch:
            return entry.executable && !(entry.user && !user && mode.supervisor_execute_protection());
    }
    return false;
}

// One walk from CR3 to the leaf. Has no side effect: the caller sets A and D.
Mmu::Leaf Mmu::walk_tables(VirtAddr address, Access access, bool user) const {
    Leaf leaf;
    Walk& walk = leaf.walk;
    walk.steps.reserve(4);
    Geometry const shape = geometry(mode);
    if (shape.levels != 4) address &= 0xFFFF'FFFF;
    std::uint64_t const too_high = bits(51, physical_bits);
    bool writable = true, user_page = true, executable = true;
    auto fault = [&](std::uint32_t why) {
        walk.faults = true;
        walk.error_code = error_code(access, user, why);
    };

    PhysAddr table = mode.cr3 & (shape.levels == 4   ? bits(physical_bits - 1, 12)
                                 : shape.levels == 3 ? bits(31, 5)
                                                     : bits(31, 12));
    for (unsigned level = shape.levels;; --level) {
        unsigned const shift = 12 + (level - 1) * shape.index_bits;
        PhysAddr const at = table + ((address >> shift) & ((1u << shape.index_bits) - 1)) * shape.entry_bytes;
        std::uint64_t const entry =
            shape.entry_bytes == 8 ? memory_.read<std::uint64_t>(at) : memory_.read<std::uint32_t>(at);
        walk.steps.push_back({level, at, entry});
        if (!(entry & entry_bit::present)) {
            fault(0);
            return leaf;
        }

        bool const pae_pointer = shape.levels == 3 && level == 3;  // carries no rights, no A bit
        bool const may_be_large = shape.levels == 2 ? level == 2 && mode.page_size_extension()
                                                    : (level == 2 || (level == 3 && shape.levels == 4));
        bool const large = may_be_large && (entry & entry_bit::page_size);
        std::uint64_t reserved = 0;
        if (shape.entry_bytes == 8) {
            reserved = too_high;
            if (!mode.no_execute()) reserved |= entry_bit::no_execute;
            if (shape.levels == 3) reserved |= bits(62, 52);
            if (level == 4) reserved |= entry_bit::page_size;
            if (pae_pointer) reserved |= bits(63, 52) | bits(8, 5) | bits(2, 1);
            if (large) reserved |= level == 3 ? bits(29, 13) : bits(20, 13);
        } else if (large) {
            reserved = std::uint64_t{1} << 21;  // PSE-36 gives bits 20..13 to the address
        }
        if (entry & reserved) {
            fault(page_fault::present | page_fault::reserved);
            return leaf;
        }

        if (!pae_pointer) {
            writable &= (entry & entry_bit::writable) != 0;
            user_page &= (entry & entry_bit::user) != 0;
            if (shape.entry_bytes == 8) executable &= !(entry & entry_bit::no_execute);
        }
        if (level > 1 && !large) {
            table = entry & (shape.entry_bytes == 8 ? bits(physical_bits - 1, 12) : bits(31, 12));
            continue;
        }

        std::uint64_t const size = std::uint64_t{1} << shift;
        PhysAddr frame = entry & bits(physical_bits - 1, shift);
        if (shape.entry_bytes == 4) {
            frame = entry & bits(31, shift);
            if (large) frame |= (entry & bits(20, 13)) << 19;
        }
        leaf.entry = {address & ~(size - 1),
                      frame,
                      size,
                      writable,
                      user_page,
                      executable,
                      (entry & entry_bit::global) && mode.global_pages(),
                      (entry & entry_bit::dirty) != 0};
        walk.present = true;
        walk.page_size = size;
        walk.physical = frame | (address & (size - 1));
        walk.writable = writable;
        walk.user = user_page;
        walk.executable = executable;
        if (!permits(leaf.entry, access, user)) fault(page_fault::present);
        return leaf;
    }
}

// The processor sets A in every entry that it used and D in the leaf of a
// write, in memory, when it makes the translation. [sdm-3a §4.8]
void Mmu::set_accessed(VirtAddr, bool dirty, Walk const& walk) {
    bool const four_bytes = geometry(mode).entry_bytes == 4;
    for (std::size_t i = 0; i < walk.steps.size(); ++i) {
        WalkStep const& step = walk.steps[i];
        if (geometry(mode).levels == 3 && step.level == 3) continue;
        std::uint64_t entry = step.entry | entry_bit::accessed;
        if (dirty && i + 1 == walk.steps.size()) entry |= entry_bit::dirty;
        if (entry == step.entry) continue;
        std::uint8_t* page = memory_.page(step.entry_address);
        if (!page) continue;
        std::memcpy(page + (step.entry_address & (page_size - 1)), &entry, four_bytes ? 4 : 8);
        table_written_(step.entry_address);
    }
}

Translation Mmu::answer(TlbEntry const& entry, VirtAddr address, bool user) const {
    Translation result;
    result.frame = (entry.frame + (address & (entry.size - 1))) & page_mask;
    result.writable = permits(entry, Access::write, user);
    result.executable = permits(entry, Access::fetch, user);
    result.dirty = entry.dirty;
    return result;
}

Translation Mmu::translate(VirtAddr address, Access access, bool user) {
    if (!mode.enabled()) return peek(address, access, user);
    if (mode.long_mode() && !is_canonical(address)) return {.outcome = Translation::Outcome::not_canonical};
    if (!mode.long_mode()) address &= 0xFFFF'FFFF;
    TlbEntry const* hit = tlb.find(address);
    if (hit && permits(*hit, access, user) && (access != Access::write || hit->dirty))
        return answer(*hit, address, user);

    // Not there, or it does not permit this, or the D bit has to be set: the
    // tables decide. A stale entry that permits more than the tables is used
    // (above); one that permits less never makes a fault by itself.
    Leaf leaf = walk_tables(address, access, user);
    if (leaf.walk.faults) {
        if (hit) {  // a page fault invalidates the page's entries [sdm-3a §4.10.4.1]
            tlb.remove(address);
            engines_must_flush = true;
        }
        return {.outcome = Translation::Outcome::page_fault, .error_code = leaf.walk.error_code};
    }
    set_accessed(address, access == Access::write, leaf.walk);
    leaf.entry.dirty |= access == Access::write;
    if (hit) {
        TlbEntry before = *hit;
        before.dirty = leaf.entry.dirty;
        if (before != leaf.entry) {  // the tables have changed since
            tlb.remove(address);
            engines_must_flush = true;
        }
    }
    engines_must_flush |= tlb.insert(leaf.entry);
    return answer(leaf.entry, address, user);
}

Translation Mmu::peek(VirtAddr address, Access access, bool user) const {
    if (!mode.enabled()) {
        Translation result;
        result.frame = address & 0xFFFF'F000;
        result.writable = result.executable = result.dirty = true;
        return result;
    }
    if (mode.long_mode() && !is_canonical(address)) return {.outcome = Translation::Outcome::not_canonical};
    if (!mode.long_mode()) address &= 0xFFFF'FFFF;
    if (TlbEntry const* hit = tlb.find(address))
        if (permits(*hit, access, user)) return answer(*hit, address, user);
    Leaf leaf = walk_tables(address, access, user);
    if (leaf.walk.faults)
        return {.outcome = Translation::Outcome::page_fault, .error_code = leaf.walk.error_code};
    return answer(leaf.entry, address, user);
}

Walk Mmu::walk(VirtAddr address, Access access, bool user) const {
    if (!mode.enabled()) {
        Walk flat;
        flat.present = flat.writable = flat.user = flat.executable = true;
        flat.physical = address & 0xFFFF'FFFF;
        flat.page_size = page_size;
        return flat;
    }
    if (mode.long_mode() && !is_canonical(address)) {
        Walk none;
        none.faults = true;
        return none;
    }
    return walk_tables(address, access, user).walk;
}

}  // namespace sim::engine
