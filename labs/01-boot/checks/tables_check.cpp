// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1: the first page tables, as the processor would walk them. How they were
// written does not matter.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "labs/01-boot/checks/boot_run.hpp"
#include "simulator/debug/page_walk.hpp"

namespace lab::boot {
namespace {

using sim::debug::ExplainedEntry;
using sim::debug::Paging;
using sim::debug::WalkExplanation;

constexpr std::uint64_t large_page = 2 << 20, mapped_bytes = 1 << 30, entries_of_a_table = 512;

struct Window {
    std::uint64_t start;
    char const* name;
};
constexpr Window windows[] = {{0, "where the code runs now"},
                              {direct_map, "the direct map"},
                              {kernel_offset, "where the kernel will run"}};

char const* const rule =
    "The first GiB of memory is seen at three places, in pages that can be written and executed, and nothing "
    "else is mapped.";

char const* const cleared =
    "build_boot_tables in boot.S: the tables must be cleared before they are filled. Memory holds anything; "
    "here it "
    "was filled with noise.";

std::string entry_text(ExplainedEntry const& entry) {
    return fmt::format("{} {} at {:#x} holds {:#x}", entry.name, entry.index, entry.address, entry.raw);
}

struct BadEntry {
    Wrong wrong;
    std::optional<ExplainedEntry> entry;
};

// Flags that nobody asked for: another caching, user mode, global. What the processor
// notes is its own matter. [sdm-3a §4.5.4]
std::optional<BadEntry> odd_flags(WalkExplanation const& walk) {
    constexpr std::uint64_t present_writable = 3, noted_of_table = 1 << 5, noted_of_page = 3 << 5,
                            large = 1 << 7, pat = 1 << 12, low = 0xfff;
    for (auto const& entry : walk.entries) {
        std::uint64_t const flags = entry.large ? low | pat : low;
        std::uint64_t const asked =
            entry.large ? present_writable | large | noted_of_page : present_writable | noted_of_table;
        std::uint64_t const odd = entry.raw & flags & ~asked;
        if (odd == 0) continue;
        return BadEntry{
            .wrong = {.seen = fmt::format("{}: the bits {:#x} are set, and nobody asked for them",
                                          entry_text(entry), odd),
                      .rule = "The flags of a table are PRESENT and WRITABLE, those of a page LARGE besides. "
                              "Others let user code in, or change the caching. [sdm-3a §4.5.4]",
                      .cause = "build_boot_tables in boot.S: the flags of this entry.",
                      .view = "page-walk",
                      .address = entry.address},
            .entry = entry};
    }
    return {};
}

// The walk of one address of a window; none: it is as it should be.
std::optional<BadEntry> objection(Paging const& paging, Window const& window, std::uint64_t offset,
                                  sim::debug::PhysicalReader const& memory) {
    std::uint64_t const address = window.start + offset;
    WalkExplanation const walk =
        sim::debug::explain_walk(paging, address, sim::engine::Access::write, false, memory);
    bool const right = walk.present && !walk.faults && walk.executable && walk.physical == offset;
    if (right) return odd_flags(walk);

    for (auto const& entry : walk.entries)
        if (entry.level > 1 && entry.present && entry.raw >> 32 != 0)
            return BadEntry{
                .wrong = {.seen = fmt::format("{}: its high half must be zero", entry_text(entry)),
                          .rule = rule,
                          .cause = cleared,
                          .view = "memory",
                          .address = entry.address},
                .entry = entry};

    BadEntry bad{.wrong = {.seen = {}, .rule = rule, .cause = {}, .view = "page-walk", .address = address},
                 .entry = {}};
    if (!walk.entries.empty()) bad.entry = walk.entries.back();
    std::string const what = fmt::format("{:#x} ({})", address, window.name);
    std::string const last = bad.entry ? ": " + entry_text(*bad.entry) : "";
    bad.wrong.cause =
        "build_boot_tables in boot.S: this entry. Which table does it lead to, and are PRESENT and WRITABLE "
        "set?";
    if (walk.entries.size() == 4) {
        bad.wrong.seen =
            fmt::format("the walk to {} does not end at a 2 MiB page: {}", what, entry_text(walk.entries[2]));
        bad.wrong.cause =
            "build_boot_tables in boot.S: an entry at level 2 that maps a page has bit 7 (LARGE); without it "
            "the "
            "processor looks for a fourth table.";
    } else if (!walk.present) {
        bad.wrong.seen = fmt::format("{} is not mapped{}", what, last);
    } else if (walk.physical != offset) {
        bad.wrong.seen =
            fmt::format("{} leads to {:#x}, and should lead to {:#x}{}", what, walk.physical, offset, last);
        bad.wrong.cause =
            "build_boot_tables in boot.S: entry i of boot_pd is the page at i * 2 MiB, and its high half "
            "zero.";
    } else {
        bad.wrong.seen = fmt::format("{} cannot be written or not executed{}", what, last);
    }
    return bad;
}

// An entry that is there by chance: memory holds anything before it is cleared.
std::optional<BadEntry> stray_entry(std::uint64_t table, unsigned level, std::initializer_list<unsigned> used,
                                    sim::debug::PhysicalReader const& memory) {
    for (unsigned i = 0; i < entries_of_a_table; ++i) {
        if (std::find(used.begin(), used.end(), i) != used.end()) continue;
        auto const raw = memory(table + i * 8);
        if (!raw || (*raw & 1) == 0) continue;
        ExplainedEntry entry;
        entry.name = level == 4 ? "PML4E" : "PDPTE";
        entry.index = i;
        entry.address = table + i * 8;
        entry.raw = *raw;
        return BadEntry{
            .wrong = {.seen =
                          fmt::format("{}: nobody meant this, and its PRESENT bit is set", entry_text(entry)),
                      .rule = rule,
                      .cause =
                          "build_boot_tables in boot.S: the tables must be cleared before they are filled. "
                          "Memory holds anything; here it was filled with a pattern.",
                      .view = "memory",
                      .address = entry.address},
            .entry = entry};
    }
    return {};
}

std::optional<BadEntry> first_objection(StudentRun& run, std::uint64_t root) {
    auto const memory = run.physical();
    Paging const paging{
        .enabled = true, .long_mode = true, .write_protect = true, .no_execute = true, .root = root};
    // The first address of each table's way first, then all pages.
    for (std::uint64_t offset = 0; offset < mapped_bytes; offset += large_page)
        for (auto const& window : windows)
            for (std::uint64_t const within : {std::uint64_t{0}, large_page - 4096})
                if (auto bad = objection(paging, window, offset + within, memory)) return bad;
    auto const pdpt = [&](unsigned index) {
        return memory(root + index * 8).value_or(0) & 0xf'ffff'ffff'f000;
    };
    if (auto bad = stray_entry(root, 4, {0, 256, 511}, memory)) return bad;
    if (auto bad = stray_entry(pdpt(0), 3, {0}, memory)) return bad;
    if (auto bad = stray_entry(pdpt(256), 3, {0}, memory)) return bad;
    return stray_entry(pdpt(511), 3, {510}, memory);
}

// Entry 512 of a table is somebody else's memory.
bool check_behind(BootRun& boot) {
    Start const& start = boot.start();
    auto const now = boot.bytes_at(start.behind_tables + kernel_offset, start.behind.size());
    std::uint64_t const rsp = boot.state()[sim::engine::Gpr::rsp];
    bool const of_stack = rsp - start.behind_tables < start.behind.size();  // pushed down to there
    if (now == start.behind || of_stack) return true;
    std::uint64_t value = 0;
    std::memcpy(&value, now.data(), sizeof value);
    boot.run().first_write(start.behind_tables, [=](std::uint64_t written) { return written == value; });
    boot.fail(
        "tables",
        {.seen =
             fmt::format("the bytes behind boot_pd, at {:#x}, were overwritten; the first eight are {:#x}",
                         start.behind_tables, value),
         .rule = "A table has 512 entries. What lies behind the last is somebody else's: here the stack.",
         .cause = "build_boot_tables in boot.S: how often the loop over boot_pd writes, and how many bytes "
                  "the clearing covers.",
         .view = "memory",
         .address = start.behind_tables});
    return false;
}

}  // namespace

bool check_tables(BootRun& boot) {
    if (!boot.go_to("enter_long_mode")) {
        boot.fail(
            "tables",
            {.seen = "build_boot_tables never came back: " + boot.run().ended(),
             .rule = "build_boot_tables ends at its ret, with ESP, EBP and ESI as they were.",
             .cause = "A loop in boot.S whose condition never becomes false, or a write in the wrong place.",
             .view = "source"});
        return false;
    }
    auto const bad = first_objection(boot.run(), boot.symbol("boot_pml4"));
    if (!bad) return check_behind(boot);
    // Who wrote it? What nobody wrote is told where the tables should be done.
    if (bad->entry) {
        auto const done = boot.run().machine().moment();
        auto const raw = bad->entry->raw;
        if (!boot.run().first_write(bad->entry->address, [=](std::uint64_t value) { return value == raw; }))
            boot.run().machine().seek(done);
    }
    boot.fail("tables", bad->wrong);
    return false;
}

}  // namespace lab::boot
