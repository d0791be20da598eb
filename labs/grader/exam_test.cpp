// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whatever is handed in, there is a verdict, and of the right kind: what is the
// student's fault fails, what is the grader's own is broken.
#include "labs/grader/exam.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

#include "labs/grader/scratch.hpp"
#include "labs/grader/student_run.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class Exams : public testing::Test {
protected:
    void SetUp() override {
        write_text(folder_ / "no.elf", "this is no kernel");
        write_text(folder_ / "program", "#!/bin/sh\nexit 127\n");
        fs::permissions(folder_ / "program", fs::perms::owner_all);
    }

    Report judged(int number, fs::path const& elf, fs::path const& host) {
        definition_ = find_definition(house().repository, number);
        return judge({.definition = definition_,
                      .folder = folder_,
                      .elf = elf,
                      .original = elf,
                      .host = host,
                      .tools = {}});
    }
    static Outcome outcome(Report const& report, std::string const& check) {
        for (auto const& verdict : report.verdicts)
            if (verdict.check.id == check) return verdict.outcome;
        return Outcome::passed;
    }

    ScratchFolder const scratch_;
    fs::path const folder_ = scratch_.path();
    Definition definition_;
};

TEST_F(Exams, of_what_is_no_kernel_fail) {
    for (auto const& [lab, check] :
         {std::pair(0, "boot"), std::pair(2, "inside-ram"), std::pair(3, "agrees"), std::pair(4, "gates")}) {
        auto const report = judged(lab, folder_ / "no.elf", folder_ / "program");
        EXPECT_EQ(outcome(report, check), Outcome::failed) << to_text(report);
        EXPECT_EQ(report.points(), 0) << to_text(report);
        EXPECT_FALSE(report.broken()) << to_text(report);
    }
}

TEST_F(Exams, of_a_kernel_without_the_exercise_fail) {
    // Another application: it has the allocator, and not what uses it.
    fs::path const hello = house().build / "images/hello.elf";
    auto const report = judged(2, hello, folder_ / "program");
    EXPECT_EQ(outcome(report, "inside-ram"), Outcome::failed) << to_text(report);
    EXPECT_EQ(outcome(report, "regions"), Outcome::failed) << to_text(report);
    EXPECT_EQ(report.points(), 0) << to_text(report);
}

TEST_F(Exams, that_the_grader_cannot_hold_are_broken_and_not_failed) {
    auto const report = judged(4, folder_ / "no.elf", folder_ / "nothing");
    EXPECT_EQ(outcome(report, "gate"), Outcome::broken);
    EXPECT_TRUE(report.broken());
    EXPECT_FALSE(report.passed());
    EXPECT_EQ(report.points(), 0);
    EXPECT_NE(to_json(report).find("\"broken\""), std::string::npos);
    std::string const said = std::regex_replace(to_text(report), std::regex("\\s+"), " ");
    EXPECT_NE(said.find("the grader itself failed: cannot start"), std::string::npos) << said;
}

TEST_F(Exams, remove_what_stands_where_evidence_will) {
    write_text(folder_ / "precious", "gold");
    fs::create_symlink(folder_ / "precious", folder_ / "fail-boot.run");
    fs::create_directories(folder_ / "fail-gate.steps/deep");
    write_text(folder_ / "fail-better.md", "the student's own");
    judged(4, folder_ / "no.elf", folder_ / "program");
    EXPECT_EQ(read_text(folder_ / "precious"), "gold");
    EXPECT_FALSE(fs::exists(folder_ / "fail-boot.run"));
    EXPECT_TRUE(fs::exists(folder_ / "fail-better.md"));
    EXPECT_TRUE(fs::is_regular_file(folder_ / "fail-gate.steps")) << "the evidence";
}

// The budget that ran out decides what is said: only a guest that sleeps uses up the
// machine's time before its instructions.
TEST(StudentRun, says_which_of_its_budgets_ran_out) {
    auto const run_of = [](std::uint64_t instructions, std::uint64_t nanoseconds) {
        Stage stage;
        stage.budget_instructions = instructions;
        stage.budget_ns = nanoseconds;
        StudentRun run(house().build / "images/practice.elf", stage);
        run.run_to_end();
        return run.ended() + "; " + run.cause_of_end();
    };
    std::string const instructions = run_of(1000, 10'000'000'000), time = run_of(10'000'000'000, 1000);
    EXPECT_EQ(instructions.find("it was not done after 1000 instructions; a loop"), 0u) << instructions;
    EXPECT_EQ(time.find("nothing for 0 s of the machine's time; it slept"), 0u) << time;
}

// A panic's own functions are on the way to the end, and not to blame.
TEST(StudentRun, tells_what_a_panic_is_about_and_where) {
    struct {
        char const *how, *ended, *where, *cause;
    } const panics[] = {
        {"null", "the kernel panicked: #PF", "write_to", "null pointer"},
        {"divide", "the kernel panicked: #DE", "divide_by", "division by zero"},
        {"opcode", "the kernel panicked: #UD", "apps::main", "no instruction"},
        {"canonical", "the kernel panicked: #GP", "read_from", "not canonical"},
        {"assert", "the kernel panicked: an assertion does not hold", "apps::main", "ASSERT of this line"},
    };
    for (auto const& panic : panics) {
        Stage stage;
        stage.command_line = std::string("crash=") + panic.how;
        StudentRun run(house().build / "images/crash.elf", stage);
        run.run_to_end();
        ASSERT_TRUE(run.panicked()) << panic.how;
        EXPECT_EQ(run.ended().find(panic.ended), 0u) << run.ended();
        EXPECT_NE(run.cause_of_end().find(panic.cause), std::string::npos) << run.cause_of_end();
        std::string const where = run.whereabouts();
        EXPECT_NE(where.find(panic.where), std::string::npos) << where;
        EXPECT_NE(where.find(", crash.cpp:"), std::string::npos) << where;
        EXPECT_LT(where.find("crash.cpp"), where.find(" <- "))
            << "the first place is the one to blame: " << where;
        // A small function has no frame of its own, and its caller is not seen.
        EXPECT_NE(where.find("kernel_main"), std::string::npos) << where;
        bool const exception = panic.how != std::string("assert");
        EXPECT_EQ(run.moment_of_end() < run.machine().moment(), exception) << panic.how;
    }
}

}  // namespace
}  // namespace lab
