// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/page_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace sim::debug {

namespace {

constexpr std::uint64_t address_mask = 0x000f'ffff'ffff'f000;  // bits 51..12
constexpr std::uint64_t present = 1, writable = 2, user = 4, page_size_bit = 0x80, global = 0x100;
constexpr std::uint64_t no_execute = std::uint64_t{1} << 63;

constexpr char const* names[] = {"", "PTE", "PDE", "PDPTE", "PML4E"};

bool canonical(std::uint64_t address) {
    auto const top = static_cast<std::int64_t>(address) >> 47;
    return top == 0 || top == -1;
}

std::uint64_t sign_extend(std::uint64_t address) {
    return address & (std::uint64_t{1} << 47) ? address | 0xffff'0000'0000'0000 : address;
}

unsigned shift_of(unsigned level) { return 12 + 9 * (level - 1); }

bool maps_page(unsigned level, std::uint64_t raw) {
    return level == 1 || (level <= 3 && (raw & page_size_bit));
}

// Where the page of a mapping entry lies; a large page's low bits are not address.
std::uint64_t page_of(unsigned level, std::uint64_t raw) {
    return raw & address_mask & ~((std::uint64_t{1} << shift_of(level)) - 1);
}

// Bits that must be zero: PS in a PML4E, the low address bits of a large page
// (bit 12 there is PAT), NX without EFER.NXE. [sdm-3a §4.5.4]
bool has_reserved_bits(Paging const& paging, unsigned level, std::uint64_t raw) {
    if (!paging.no_execute && (raw & no_execute)) return true;
    if (level == 4) return raw & page_size_bit;
    if (level != 1 && (raw & page_size_bit)) {
        std::uint64_t const low = ((std::uint64_t{1} << shift_of(level)) - 1) & ~std::uint64_t{0x1fff};
        return raw & low;
    }
    return false;
}

std::string permissions(WalkExplanation const& w) {
    return fmt::format("{}{}{}, {}", "readable", w.writable ? ", writable" : ", read-only",
                       w.executable ? ", executable" : ", not executable",
                       w.user_accessible ? "for ring 3 too" : "for the kernel only");
}

char const* verb(engine::Access access) {
    switch (access) {
        case engine::Access::read:
            return "read";
        case engine::Access::write:
            return "write";
        case engine::Access::fetch:
            return "instruction fetch";
    }
    return "";
}

// Would the access be refused by the permissions of a present page? [sdm-3a §4.6.1]
bool refused(Paging const& paging, WalkExplanation const& w) {
    if (w.user && !w.user_accessible) return true;
    if (w.access == engine::Access::write && !w.writable && (w.user || paging.write_protect)) return true;
    if (w.access == engine::Access::fetch) {
        if (!w.executable) return true;
        if (!w.user && w.user_accessible && paging.smep) return true;
    }
    return false;
}

}  // namespace

Paging paging_of(engine::CpuState const& cpu) {
    Paging p;
    p.enabled = cpu.cr0 >> 31 & 1;
    p.long_mode = (cpu.efer >> 10 & 1) && (cpu.cr4 >> 5 & 1);
    p.write_protect = cpu.cr0 >> 16 & 1;
    p.no_execute = cpu.efer >> 11 & 1;
    p.smep = cpu.cr4 >> 20 & 1;
    p.smap = cpu.cr4 >> 21 & 1;
    p.root = cpu.cr3 & address_mask;
    return p;
}

WalkExplanation explain_walk(Paging const& paging, std::uint64_t address, engine::Access access, bool by_user,
                             PhysicalReader const& read) {
    WalkExplanation w;
    w.virtual_address = address;
    w.access = access;
    w.user = by_user;
    if (!paging.enabled) {
        w.paging_on = false;
        w.present = w.writable = w.executable = w.user_accessible = true;
        w.physical = address;
        w.page_size = 4096;
        w.verdict = "Paging is off (CR0.PG is 0): the address is the physical address.";
        return w;
    }
    if (!paging.long_mode) {
        w.verdict = "32-bit paging: this view explains the four levels of long mode only.";
        return w;
    }
    w.canonical = canonical(address);
    if (!w.canonical) {
        w.faults = true;
        w.verdict =
            "Not canonical: bits 63 to 47 are not all equal. Using it raises #GP (for a stack, #SS), not a "
            "page fault. [sdm-1 §3.3.7.1]";
        return w;
    }

    w.writable = w.user_accessible = w.executable = true;
    std::uint64_t table = paging.root;
    std::uint32_t const access_bits =
        (access == engine::Access::write ? 2U : 0U) | (by_user ? 4U : 0U) |
        (access == engine::Access::fetch && (paging.no_execute || paging.smep) ? 16U : 0U);
    for (unsigned level = 4; level >= 1; --level) {
        ExplainedEntry e;
        e.level = level;
        e.name = names[level];
        e.index_low = shift_of(level);
        e.index_high = e.index_low + 8;
        e.index = (address >> e.index_low) & 511;
        e.table = table;
        e.address = table + 8 * e.index;
        std::optional<std::uint64_t> const raw = read(e.address);
        e.readable = raw.has_value();
        e.raw = raw.value_or(0);
        e.present = e.raw & present;
        e.large = level != 1 && maps_page(level, e.raw);
        e.reserved_bits = e.present && has_reserved_bits(paging, level, e.raw);
        e.points_to = maps_page(level, e.raw) ? page_of(level, e.raw) : e.raw & address_mask;
        e.fields = decode(fields_of_table_entry(level, e.large), e.raw);
        bool const last = maps_page(level, e.raw);
        w.entries.push_back(std::move(e));
        ExplainedEntry const& entry = w.entries.back();

        if (!entry.readable) {
            w.faults = true;
            w.error_code = access_bits;
            w.writable = w.user_accessible = w.executable = false;
            w.verdict = fmt::format("The {} at {:#x} lies outside memory: the table's address is wrong.",
                                    entry.name, entry.address);
            return w;
        }
        if (!entry.present) {
            w.faults = true;
            w.error_code = access_bits;
            w.writable = w.user_accessible = w.executable = false;
            w.verdict = fmt::format(
                "Not mapped: P is 0 in the {} (entry {} of the table at {:#x}). A {} raises #PF with "
                "error code {:#x}.",
                entry.name, entry.index, entry.table, verb(access), w.error_code);
            return w;
        }
        if (entry.reserved_bits) {
            w.faults = true;
            w.error_code = access_bits | 9;
            w.writable = w.user_accessible = w.executable = false;
            w.verdict = fmt::format(
                "The {} has bits set that must be 0. Any access raises #PF with error code {:#x}.",
                entry.name, w.error_code);
            return w;
        }
        if (!(entry.raw & writable)) w.writable = false;
        if (!(entry.raw & user)) w.user_accessible = false;
        if (entry.raw & no_execute) w.executable = false;
        if (last) {
            w.present = true;
            w.offset_bits = shift_of(level);
            w.page_size = std::uint64_t{1} << w.offset_bits;
            w.physical = entry.points_to + (address & (w.page_size - 1));
            break;
        }
        table = entry.points_to;
    }

    w.faults = refused(paging, w);
    if (w.faults) {
        w.error_code = access_bits | 1;
        w.verdict =
            fmt::format("Physical {:#x}, {}. This {} raises #PF with error code {:#x}: {}.", w.physical,
                        permissions(w), verb(access), w.error_code, explain_page_fault(w.error_code));
    } else {
        w.verdict = fmt::format("Physical {:#x}, {}.", w.physical, permissions(w));
    }
    return w;
}

std::optional<std::uint64_t> translate_only(Paging const& paging, std::uint64_t address,
                                            PhysicalReader const& read) {
    if (!paging.enabled) return address;
    if (!paging.long_mode || !canonical(address)) return std::nullopt;
    std::uint64_t table = paging.root;
    for (unsigned level = 4; level >= 1; --level) {
        std::optional<std::uint64_t> const raw = read(table + 8 * ((address >> shift_of(level)) & 511));
        if (!raw || !(*raw & present) || has_reserved_bits(paging, level, *raw)) return std::nullopt;
        if (maps_page(level, *raw))
            return page_of(level, *raw) | (address & ((std::uint64_t{1} << shift_of(level)) - 1));
        table = *raw & address_mask;
    }
    return std::nullopt;
}

namespace {

// Walks all tables depth first. Each table is entered once for each way that
// leads to it (tables may be shared), but never through itself: a recursive
// mapping would otherwise be followed for ever. Bounded by `max_tables` entered.
class TreeWalker {
public:
    TreeWalker(Paging const& paging, PhysicalReader const& read, std::size_t max_ranges,
               std::size_t max_tables)
        : paging_(paging), read_(read), max_ranges_(max_ranges), max_tables_(max_tables) {}

    PageTree run() {
        visit(4, 0, paging_.root, 0, true, true, true);
        tree_.table_frames.assign(frames_.begin(), frames_.end());
        std::sort(tree_.table_frames.begin(), tree_.table_frames.end());
        return std::move(tree_);
    }

private:
    void visit(unsigned level, unsigned index, std::uint64_t table, std::uint64_t base, bool w, bool u, bool x) {
        for (unsigned i = level + 1; i <= 4; ++i)
            if (path_[i] == table) {
                note(fmt::format("a table at {:#x} is its own ancestor (recursive mapping): not followed",
                                 table));
                return;
            }
        if (++entered_ > max_tables_) {
            note(fmt::format("cut after {} tables", max_tables_));
            return;
        }
        path_[level] = table;
        if (frames_.insert(table).second) ++tree_.tables[level];
        std::size_t const here = tree_.entered.size();
        tree_.entered.push_back({level, index, table, sign_extend(base), 0});
        for (unsigned i = 0; i < 512; ++i) {
            std::optional<std::uint64_t> const raw = read_(table + 8 * i);
            if (!raw) {
                note(fmt::format("a table at {:#x} lies outside memory", table));
                break;
            }
            if (!(*raw & present) || has_reserved_bits(paging_, level, *raw)) continue;
            ++tree_.entered[here].present;
            std::uint64_t const address = base + (std::uint64_t{i} << shift_of(level));
            bool const ew = w && (*raw & writable), eu = u && (*raw & user), ex = x && !(*raw & no_execute);
            if (maps_page(level, *raw))
                add(level, sign_extend(address), page_of(level, *raw), ew, eu, ex, *raw & global);
            else
                visit(level - 1, i, *raw & address_mask, address, ew, eu, ex);
        }
        path_[level] = ~std::uint64_t{0};
    }

    void add(unsigned level, std::uint64_t address, std::uint64_t physical, bool w, bool u, bool x, bool g) {
        std::uint64_t const size = std::uint64_t{1} << shift_of(level);
        (level == 1 ? tree_.pages_4k : level == 2 ? tree_.pages_2m : tree_.pages_1g) += 1;
        tree_.mapped_bytes += size;
        if (w && x) ++tree_.write_and_execute_pages;
        if (!tree_.ranges.empty()) {
            MappedRange& last = tree_.ranges.back();
            if (last.virtual_start + last.length == address &&
                last.physical_start + last.length == physical && last.page_size == size &&
                last.writable == w && last.user == u && last.executable == x && last.global == g) {
                last.length += size;
                return;
            }
        }
        if (tree_.ranges.size() >= max_ranges_) {
            note(fmt::format("cut at {} ranges", max_ranges_));
            return;
        }
        tree_.ranges.push_back({address, size, physical, size, w, u, x, g});
    }

    void note(std::string text) {
        if (tree_.problem.empty()) tree_.problem = std::move(text);
    }

    Paging const& paging_;
    PhysicalReader const& read_;
    std::size_t max_ranges_, max_tables_, entered_ = 0;
    std::array<std::uint64_t, 5> path_{~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};
    std::unordered_set<std::uint64_t> frames_;
    PageTree tree_;
};

}  // namespace

PageTree page_tree(Paging const& paging, PhysicalReader const& read, std::size_t max_ranges,
                   std::size_t max_tables) {
    if (!paging.enabled || !paging.long_mode) {
        PageTree tree;
        tree.problem = paging.enabled ? "32-bit paging: only long mode's tables are shown" : "paging is off";
        return tree;
    }
    return TreeWalker(paging, read, max_ranges, max_tables).run();
}

}  // namespace sim::debug
