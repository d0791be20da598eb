// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/verdict.hpp"

#include <gtest/gtest.h>

namespace lab {
namespace {

Verdict verdict(char const* id, unsigned checkpoint, Outcome outcome) {
    Verdict one;
    one.check.id = id;
    one.check.checkpoint = checkpoint;
    one.check.points = 10;
    one.outcome = outcome;
    if (outcome == Outcome::failed) one.finding = Finding{.seen = "nothing", .rule = "r", .cause = "c"};
    return one;
}

bool says(Report const& report, char const* text) { return to_text(report).find(text) != std::string::npos; }

TEST(Verdicts, say_which_checkpoint_is_next) {
    Report report;
    report.verdicts = {verdict("walk", 1, Outcome::passed),    verdict("map", 2, Outcome::failed),
                       verdict("change", 3, Outcome::blocked), verdict("agrees", 4, Outcome::failed),
                       verdict("boots", 0, Outcome::blocked),  verdict("runs", 2, Outcome::blocked)};
    EXPECT_TRUE(says(report, "\nCheckpoint 1 is done. Next is checkpoint 2: map, runs.\n"))
        << to_text(report);
    EXPECT_TRUE(says(report, "agrees:   (10 points; of checkpoint 4, which comes later)")) << to_text(report);
    EXPECT_FALSE(says(report, "of checkpoint 2,")) << to_text(report);

    report.verdicts[1].outcome = report.verdicts[5].outcome = Outcome::passed;
    EXPECT_TRUE(says(report, "\nCheckpoints 1 to 2 are done. Next is checkpoint 3: change.\n"));
    report.verdicts[0] = verdict("walk", 1, Outcome::failed);
    EXPECT_TRUE(says(report, "\nNext is checkpoint 1: walk.\n")) << to_text(report);
}

TEST(Verdicts, speak_of_no_checkpoint_when_all_are_done_or_one_check_was_asked_for) {
    Report report;
    report.verdicts = {verdict("walk", 1, Outcome::passed), verdict("boots", 0, Outcome::failed)};
    EXPECT_FALSE(says(report, "checkpoint")) << to_text(report);
    report.verdicts = {verdict("walk", 1, Outcome::failed), verdict("map", 2, Outcome::not_run)};
    EXPECT_FALSE(says(report, "checkpoint")) << to_text(report);
}

}  // namespace
}  // namespace lab
