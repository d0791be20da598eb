// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 2 in the simulator: the application `practice` takes and gives back blocks
// while every call of the allocator is watched.
#include <fmt/format.h>

#include <map>

#include "labs/02-physical-memory/checks/double_free.hpp"
#include "labs/02-physical-memory/checks/exams.hpp"
#include "labs/02-physical-memory/checks/frame_monitor.hpp"

namespace lab::frames {
namespace {

constexpr char const* file = "frame_allocator.cpp";
constexpr unsigned rounds = 1500;
// One call a round; 128 times the largest order; single frames, taken and given back.
constexpr std::uint64_t least_calls = rounds + 128 + 2 * 1024;

// Each student's computer is another one: so much memory, a module of such a
// length, exercises in such an order.
Stage stage_for(Subject const& subject, std::string const& exercise) {
    Stage stage;
    std::uint64_t const seed = subject.seed;
    stage.command_line = fmt::format("practice={} seed={} rounds={}", exercise, seed % 1'000'000, rounds);
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
                    "image's, the module's, nor what lies in a hole.",
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

// A request that was refused, or a block at the wrong place, is wrong and leaves the
// books good. When one frame has two owners, nothing that comes after means anything.
bool books_are_good(Breach::Rule rule) {
    return rule != Breach::Rule::outside && rule != Breach::Rule::taken;
}

Finding finding_of(Breach const& breach, Call const& call, FrameMonitor const& monitor, StudentRun& run) {
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
    return finding;
}

// What the three checks say that look at every call: of each its first finding.
class EveryCall {
public:
    static constexpr char const* checks[] = {"inside-ram", "handed-out-once", "found"};

    bool note(Breach const& breach, Call const& call, FrameMonitor const& monitor, StudentRun& run) {
        char const* const check = text_of(breach.rule).check;
        if (findings_.count(check) == 0) {
            findings_.emplace(check, finding_of(breach, call, monitor, run));
            last_ = check;
        }
        return books_are_good(breach.rule);
    }
    bool any() const { return !findings_.empty(); }
    void tell(StudentRun& run, Judgement& judgement) const {
        for (auto const& [check, finding] : findings_) judgement.fail(check, finding, run);
    }
    // The run ended before its time: of the others nobody knows.
    void block_others(std::string const& by, Judgement& judgement) const {
        for (char const* check : checks)
            if (findings_.count(check) == 0) judgement.block(check, by);
    }
    std::string const& last() const { return last_; }

private:
    std::map<std::string, Finding> findings_;
    std::string last_;
};

Finding not_run(StudentRun& run, std::string const& missing) {
    return {.seen = fmt::format("{}: {}", missing, run.ended()),
            .moment = run.moment_of_end(),
            .where = run.whereabouts(),
            .rule = "The kernel boots, and the exercise takes and gives back its blocks to the end.",
            .cause = fmt::format("{}: {}", file, run.cause_of_end()),
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
         .cause = fmt::format("{}: a loop over frames, or over the blocks of a list, where one over orders "
                              "would do. set_owner is called once, for what was asked for or came back.",
                              file),
         .view = "source"},
        run);
}

void check_told(FrameMonitor const& monitor, StudentRun& run, Judgement& judgement) {
    auto const& untold = monitor.untold();
    if (!untold) return;
    judgement.fail(
        "probe",
        {.seen = untold->seen,
         .moment = untold->call.returned,
         .where =
             fmt::format("in {}, called at moment {}", untold->call.function, to_string(untold->call.at)),
         .rule =
             "Each block that is taken passes the probe frame_alloc once, with its first frame, its order "
             "and "
             "its owner; each that is given back, frame_free. The views of frames and events know it from "
             "there.",
         .cause = fmt::format(
             "{}: the PROBE of allocate, behind the search and with the order that was asked for; "
             "that of free stands in the starter.",
             file),
         .view = "events"},
        run);
}

}  // namespace

void examine_machine(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject, "frames"));
    FrameMonitor monitor(run);
    EveryCall every;
    monitor.on_breach = [&](Breach const& breach, Call const& call) {
        return every.note(breach, call, monitor, run);
    };
    bool const to_the_end = monitor.run();
    judgement.note_hash(run.machine().hash().total);
    std::string const missing = monitor.missing(least_calls);
    if (to_the_end && missing.empty() && run.exited_with(0)) {
        every.tell(run, judgement);
        if (every.any()) return;
        check_all_back(monitor, run, judgement);
        check_cost(monitor, subject, run, judgement);
        check_told(monitor, run, judgement);
        return;
    }
    if (every.any()) {
        every.block_others(every.last(), judgement);
        return every.tell(run, judgement);
    }
    judgement.fail("runs", not_run(run, missing.empty() ? "the kernel did not end well" : missing), run);
    every.block_others("runs", judgement);
}

void examine_double_free(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject, "double-free"));
    DoubleFree exercise(run);
    exercise.run();
    judgement.note_hash(run.machine().hash().total);
    if (exercise.refused() && run.panicked()) return;
    auto const& accepted = exercise.accepted();
    Finding finding{
        .seen = accepted ? "a block was freed twice, and the second time was accepted"
                         : fmt::format("{}: {}", exercise.missing(), run.ended()),
        .moment = accepted ? accepted->returned : run.moment_of_end(),
        .where = accepted ? fmt::format("at the end of memory::FrameAllocator::free, called at moment {}\n{}",
                                        to_string(accepted->at), run.whereabouts())
                          : run.whereabouts(),
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
