// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 0: the rights of each page of the image, when the server is ready; and the greeting.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "labs/00-first-hour/checks/exams.hpp"
#include "labs/grader/definition.hpp"
#include "labs/grader/student_run.hpp"

namespace lab::first_hour {
namespace {

using sim::debug::ExplainedEntry;
using sim::debug::WalkExplanation;

constexpr char const* image_file = "image_map.cpp";

// What each part of the image must allow, and why. [sdm-3a §4.6]
struct PartRule {
    char const* part;   // as the linker script calls it
    char const* first;  // symbols at both ends
    char const* end;
    bool writable, executable;
    char const* rule;
};
constexpr PartRule part_rules[] = {
    {"text", "text_start", "text_end", false, true,
     "Instructions are mapped to be read and executed, never written: R-X."},
    {"rodata", "rodata_start", "rodata_end", false, false,
     "Constants are mapped to be read only, so that a stray pointer cannot change them: R--."},
    {"data", "data_start", "data_end", true, false,
     "Variables and stacks are mapped to be read and written, never executed: RW-."},
};

std::string rights(bool writable, bool executable) {
    return fmt::format("R{}{}", writable ? 'W' : '-', executable ? 'X' : '-');
}

std::string name_of_flag(bool writable_wrong, bool executable_wrong) {
    if (writable_wrong && executable_wrong) return "R/W and NX bits are";
    return writable_wrong ? "R/W bit is" : "NX bit is";
}

Finding not_ready(StudentRun& run) {
    return {
        .seen = fmt::format("the kernel never became ready: {}", run.ended()),
        .moment = run.moment_of_end(),
        .where = run.whereabouts(),
        .rule = "The kernel boots until its server listens (the probe app_ready).",
        .cause = "A mapping that something needs is gone or lacks a right. The panic text names the address.",
        .view = "console"};
}

// One part of the image, page by page, at the moment the server is ready.
void check_part(StudentRun& run, PartRule const& rule, sim::machine::Moment ready, Judgement& judgement) {
    run.machine().seek(ready);
    auto const paging = sim::debug::paging_of(run.machine().cpu().state());
    std::uint64_t const guard = run.address_of("first_stack_guard");
    for (std::uint64_t page = run.address_of(rule.first); page < run.address_of(rule.end); page += 4096) {
        if (page == guard) continue;
        WalkExplanation const walk =
            sim::debug::explain_walk(paging, page, sim::engine::Access::read, false, run.physical());
        bool const wrong_write = walk.present && walk.writable != rule.writable;
        bool const wrong_execute = walk.present && walk.executable != rule.executable;
        if (walk.present && !wrong_write && !wrong_execute) continue;

        Finding finding{.seen = {}, .rule = rule.rule, .cause = {}, .view = "page-walk", .address = page};
        if (walk.present) {
            finding.seen =
                fmt::format("{:#x}, a page of .{}, is mapped {} instead of {}: the {} wrong", page, rule.part,
                            rights(walk.writable, walk.executable), rights(rule.writable, rule.executable),
                            name_of_flag(wrong_write, wrong_execute));
        } else {
            finding.seen = fmt::format("{:#x}, a page of .{}, is not mapped", page, rule.part);
        }
        finding.cause = fmt::format("The rights of the .{} line in map_image(), {}.", rule.part, image_file);
        // The entry that decides is the last one; when did it first say so?
        finding.moment = ready;
        if (walk.present && !walk.entries.empty()) {
            std::uint64_t const bad =
                walk.entries.back().raw & ~std::uint64_t{0x60};  // but accessed and dirty
            auto when = run.first_write(walk.entries.back().address, [&](std::uint64_t entry) {
                return (entry & ~std::uint64_t{0x60}) == bad;
            });
            if (when) {
                finding.where = fmt::format("written at moment {} by {}", to_string(*when), run.location());
                for (auto const& caller : run.callers()) finding.where += " <- " + caller;
                // The tables are built before they are used. The first moment at
                // which the processor obeys the entry is the one to look at.
                finding.moment = std::max(*when, run.first_use_of_tables(paging.root, ready));
            }
        }
        return judgement.fail(rule.part, std::move(finding), run);
    }
}

std::string greeting_of(StudentRun& run) {
    auto const* object = run.symbols().object_named("apps::greeting");
    if (!object || object->size == 0 || object->size > 4096) return {};
    auto const bytes = run.read(object->address, object->size);
    if (!bytes) return {};
    return {bytes->begin(), std::find(bytes->begin(), bytes->end(), 0)};
}

void check_greeting(StudentRun& run, std::filesystem::path const& original, sim::machine::Moment ready,
                    Judgement& judgement) {
    StudentRun live(original);
    live.run_to_ready();
    run.machine().seek(ready);
    std::string const yours = greeting_of(run), ours = greeting_of(live);
    if (!yours.empty() && yours != ours) return;
    judgement.fail("greeting",
                   {.seen = yours.empty() ? "there is no greeting in the kernel's constants"
                                          : fmt::format("the greeting in memory is still \"{}\"", yours),
                    .moment = ready,
                    .rule = "The large line at the top of the page is yours.",
                    .cause = "The text between the quotes in greeting.cpp has not been changed."});
}

}  // namespace

void examine_machine(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf);
    if (!run.run_to_ready()) {
        judgement.note_hash(run.machine().hash().total);
        return judgement.fail("boot", not_ready(run), run);
    }
    auto const ready = run.machine().moment();
    judgement.note_hash(run.machine().hash().total);
    check_greeting(run, subject.original, ready, judgement);
    for (auto const& rule : part_rules) check_part(run, rule, ready, judgement);
}

}  // namespace lab::first_hour
