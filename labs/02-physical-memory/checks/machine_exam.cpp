// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 2 in the simulator: the application `practice` takes and gives back blocks
// while every call of the allocator is watched.
#include <fmt/format.h>

#include <algorithm>

#include "labs/02-physical-memory/checks/exams.hpp"
#include "labs/02-physical-memory/checks/frame_monitor.hpp"

namespace lab::frames {
namespace {

constexpr char const* file = "frame_allocator.cpp";

// Each student's computer is another one: so much memory, a module of such a
// length, exercises in such an order.
Stage stage_for(Subject const& subject, std::string const& exercise) {
    Stage stage;
    std::uint64_t const seed = subject.seed;
    stage.command_line = fmt::format("practice={} seed={} rounds=1500", exercise, seed % 1'000'000);
    stage.memory_bytes = (48ull << 20) + (seed % 997) * 4096;
    stage.module.assign(4096 * (1 + seed % 13) + seed % 4096, 0x4d);
    stage.budget_instructions = subject.definition.budget(exercise);
    stage.budget_ns = 5'000'000'000;
    return stage;
}

struct RuleText {
    char const *check, *rule, *cause;
};
RuleText text_of(Breach::Rule rule) {
    switch (rule) {
        case Breach::Rule::outside:
            return {"inside-ram",
                    "Only frames that add_region was given may be handed out: not the firmware's, the "
                    "image's, the "
                    "module's, nor what lies in a hole.",
                    "The ends of a region in add_region, or a merge in release with a buddy that is no free "
                    "block."};
        case Breach::Rule::taken:
            return {"handed-out-once", "A frame has one owner until it is freed.",
                    "A block that stays in a list of free blocks although it was handed out, or merged into "
                    "a larger one."};
        case Breach::Rule::alignment:
            return {"found", "A block of order n starts at a multiple of 2^n frames.",
                    "Which half is kept when a block is cut, and which buddy's number a merged block takes."};
        case Breach::Rule::refused:
        case Breach::Rule::left_over:
            return {"found", "An allocation fails only when no aligned block of its size is free.",
                    "Free buddies that were never merged, blocks that got lost, or orders that allocate does "
                    "not look at."};
    }
    return {};
}

constexpr char const* judged_together[] = {"inside-ram", "handed-out-once", "found"};

// The first rule that was broken is told; what comes after it means nothing.
void fail_for(Breach const& breach, Call const& call, FrameMonitor const& monitor, StudentRun& run,
              Judgement& judgement) {
    RuleText const text = text_of(breach.rule);
    Finding finding{.seen = breach.seen,
                    .moment = call.returned,
                    .where = fmt::format("at the end of {}, called at moment {}\n{}", call.function,
                                         to_string(call.at), run.whereabouts()),
                    .rule = text.rule,
                    .cause = fmt::format("{}: {}", file, text.cause),
                    .view = "frames",
                    .address = breach.frame * 4096};
    if (breach.rule == Breach::Rule::outside) finding.seen += ": it is " + monitor.what_is(breach.frame);
    judgement.fail(text.check, std::move(finding), run);
    for (char const* other : judged_together)
        if (std::string(other) != text.check) judgement.block(other, text.check);
}

Finding not_run(StudentRun& run) {
    return {
        .seen = fmt::format("the exercise never ended: {}", run.ended()),
        .moment = run.machine().moment(),
        .where = run.whereabouts(),
        .rule = "The kernel boots, and the exercise takes and gives back its blocks to the end.",
        .cause = fmt::format("{}: a panic that says 'not enough memory' means that allocate gave nothing; an "
                             "assertion names its line.",
                             file),
        .view = "console"};
}

void check_all_back(FrameMonitor const& monitor, StudentRun& run, Judgement& judgement) {
    auto const wrong = monitor.first_wrong_owner();
    if (!wrong) return;
    bool const free = monitor.books().given(*wrong) && !monitor.books().taken(*wrong);
    judgement.fail(
        "all-come-back",
        {.seen = fmt::format("frame {:#x} is {}, but the table of owners says otherwise", *wrong,
                             free ? "free" : "not free"),
         .moment = run.machine().moment(),
         .rule = "The table of owners says of every frame whose it is; a frame that was given back is free.",
         .cause = fmt::format(
             "{}: set_owner, for the whole block, when it is handed out and when it comes back.", file),
         .view = "frames",
         .address = *wrong * 4096},
        run);
}

void check_cost(FrameMonitor const& monitor, Subject const& subject, StudentRun& run, Judgement& judgement) {
    std::uint64_t const most = subject.definition.budget("call");
    if (monitor.dearest_cost() <= most) return;
    Call const& call = *monitor.dearest();
    judgement.fail(
        "steps",
        {.seen = fmt::format(
             "one call took {} instructions, besides writing the owner of each frame; {} are allowed",
             monitor.dearest_cost(), most),
         .moment = call.at,
         .where = call.function,
         .rule = "Allocating and freeing cost at most max_order steps, however much memory there is.",
         .cause = fmt::format("{}: a loop over frames where one over orders would do.", file),
         .view = "source"},
        run);
}

}  // namespace

void examine_machine(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject, "frames"));
    FrameMonitor monitor(run);
    std::optional<std::pair<Breach, Call>> first;
    monitor.on_breach = [&](Breach const& breach, Call const& call) { first.emplace(breach, call); };
    monitor.run();
    judgement.note_hash(run.machine().hash().total);
    if (first) return fail_for(first->first, first->second, monitor, run, judgement);
    if (!run.exited_with(0)) return judgement.fail("runs", not_run(run), run);
    check_all_back(monitor, run, judgement);
    check_cost(monitor, subject, run, judgement);
}

void examine_double_free(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject, "double-free"));
    CallWatch watch(run, {"memory::FrameAllocator::free"});
    // The exercise itself frees twice; boot and its tables free in between.
    std::vector<Call> calls;
    watch.on_entry = [&](Call const& call) { return calls.push_back(call), false; };
    std::optional<Call> accepted;
    watch.on_return = [&](Call const& call) {
        bool const again = std::count_if(calls.begin(), calls.end(), [&](Call const& one) {
                               return one.arguments[1] == call.arguments[1] &&
                                      one.return_address == call.return_address && one.arguments[2] == 2 &&
                                      call.arguments[2] == 2;
                           }) > 1;
        if (again) accepted = call;
        return again;
    };
    watch.run();
    judgement.note_hash(run.machine().hash().total);
    if (!accepted && run.panicked()) return;
    Finding finding{
        .seen = "a block was freed twice, and the second time was accepted",
        .moment = accepted ? accepted->returned : run.machine().moment(),
        .where = accepted ? fmt::format("at the end of memory::FrameAllocator::free, called at moment {}\n{}",
                                        to_string(accepted->at), run.whereabouts())
                          : run.ended(),
        .rule =
            "free takes back a whole allocated block, once. Anything else is our own mistake and ends in an "
            "ASSERT, before the books are wrong.",
        .cause =
            fmt::format("{}: what blocks_ says of the first frame must be asserted before release.", file),
        .view = "frames"};
    if (accepted) finding.address = accepted->arguments[1] * 4096;
    judgement.fail("double-free", std::move(finding), run);
}

}  // namespace lab::frames
