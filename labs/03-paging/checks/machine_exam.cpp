// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 3 in the simulator: the kernel builds its own tables, and the application
// `practice` maps, uses, changes and unmaps pages while every call is watched.
#include <fmt/format.h>

#include "labs/03-paging/checks/exams.hpp"
#include "labs/03-paging/checks/paging_monitor.hpp"

namespace lab::paging {
namespace {

constexpr char const* file = "paging.cpp";
// A large page is mapped and unmapped in 512 parts; besides, more than half of the
// 600 rounds ask for something.
constexpr std::uint64_t least_requests = 1 + 512 + 300;

// Each student's computer is another one: so much memory, a module of such a length,
// so that the frames of tables and pages have other numbers, and other steps.
Stage stage_for(Subject const& subject) {
    Stage stage;
    stage.module.assign(4096 * (1 + subject.seed % 53) + subject.seed % 4096, 0x4d);
    stage.command_line = fmt::format("practice=paging seed={} rounds=600", subject.seed % 1'000'000);
    stage.memory_bytes = (40ull << 20) + (subject.seed % 997) * 4096;
    stage.budget_instructions = subject.definition.budget("paging");
    stage.budget_ns = 5'000'000'000;
    return stage;
}

void fail_for(Breach const& breach, StudentRun& run, Judgement& judgement) {
    bool const stale = breach.rule == Breach::Rule::stale;
    Finding finding{
        .seen = breach.seen,
        .moment = breach.call.returned,
        .where = fmt::format("at the end of {}, called at moment {}\n{}", breach.call.function,
                             to_string(breach.call.at), run.whereabouts()),
        .rule =
            stale
                ? "What the TLB may hold of an entry is invalidated when the entry changes: the processor "
                  "does not look at the tables while it remembers."
                : "After map, unmap and protect the tables say exactly what was asked for, of this page and "
                  "of its neighbours.",
        .cause =
            stale ? fmt::format("{}: no invalidate(page) after the entry was written.", file)
                  : fmt::format("{}: the flags of the entry, the level at which it stands, or the tables on "
                                "the way to it.",
                                file),
        .view = "page-walk",
        .address = breach.address};
    char const* const check = stale ? "no-stale" : "agrees";
    judgement.fail(check, std::move(finding), run);
    judgement.block(stale ? "agrees" : "no-stale", check);
}

void check_tables(PagingMonitor const& monitor, StudentRun& run, Judgement& judgement) {
    if (monitor.tables_held() == monitor.tables_needed()) return;
    judgement.fail("tables-come-back",
                   {.seen = fmt::format("the kernel holds {} frames for tables; its pages need {}",
                                        monitor.tables_held(), monitor.tables_needed()),
                    .moment = run.machine().moment(),
                    .rule = "A table that becomes empty is freed, and its entry in the table above with it.",
                    .cause = fmt::format("{}: prune, from the bottom up to the root, which stays.", file),
                    .view = "page-walk"},
                   run);
}

// At the moment when the new table is hung in, nothing may change for anybody: an access
// in between, by an interrupt or by another processor, would fault.
void check_split(Split const& split, StudentRun& run, Judgement& judgement) {
    auto const is_table = [&](std::uint64_t entry) {
        return run.machine().moment() >= split.call.at && (entry & 1) != 0 && (entry & 0x80) == 0;
    };
    auto const hung_in = run.first_write(split.entry, is_table);
    if (!hung_in) return;  // written in pieces: what it says in the end was looked at
    constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
    std::uint64_t const table = run.physical()(split.entry).value_or(0) & address_bits;
    unsigned ready = 0;
    for (unsigned i = 0; i < 512; ++i) {
        auto const entry = run.physical()(table + 8 * i).value_or(0);
        ready += (entry & 1) != 0 && (entry & address_bits) == split.physical + 4096 * i;
    }
    if (ready == 512) return;
    judgement.fail(
        "agrees",
        {.seen = fmt::format(
             "the table that takes the place of the large page at {:#x} was hung in when {} of its "
             "512 entries said what the page said",
             split.page, ready),
         .moment = *hung_in,
         .where = run.whereabouts(),
         .rule = "At the moment when the new table is hung in, nothing changes for anybody: an interrupt may "
                 "need the page before the next instruction.",
         .cause =
             fmt::format("{}: split writes the large page's entry last, when the table is complete.", file),
         .view = "page-walk",
         .address = split.page},
        run);
}

}  // namespace

void examine_machine(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject));
    std::optional<Breach> breach;
    std::optional<Split> split;
    std::string missing;
    bool well = false;
    {
        PagingMonitor monitor(run);
        monitor.run();
        judgement.note_hash(run.machine().hash().total);
        breach = monitor.breach();
        missing = monitor.missing(least_requests);
        split = monitor.split();
        well = !breach && missing.empty() && run.exited_with(0);
        if (well) check_tables(monitor, run, judgement);
    }
    if (well && split) check_split(*split, run, judgement);
    if (well) return;
    if (breach) return fail_for(*breach, run, judgement);
    if (missing.empty()) missing = "the kernel did not end well";
    judgement.fail(
        "runs",
        {.seen = fmt::format("{}: {}", missing, run.ended()),
         .moment = run.moment_of_end(),
         .where = run.whereabouts(),
         .rule =
             "The kernel boots on your tables, and the exercise maps, uses and unmaps its pages to the end.",
         .cause = fmt::format("{}: {}", file, run.cause_of_end()),
         .view = "console"},
        run);
    // What was not asked to the end is not known to be right.
    for (char const* check : {"agrees", "no-stale"}) judgement.block(check, "runs");
}

}  // namespace lab::paging
