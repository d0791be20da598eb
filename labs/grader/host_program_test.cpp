// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a student's program may write, and what the grader makes of it. The programs
// are shell scripts.
#include "labs/grader/host_program.hpp"

#include <gtest/gtest.h>

#include "labs/grader/scratch.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class HostProgram : public testing::Test {
protected:
    HostRun run(std::string const& script, std::vector<std::string> const& steps) {
        write_text(folder_ / "program", "#!/bin/sh\n" + script + "\n");
        fs::permissions(folder_ / "program", fs::perms::owner_all);
        return run_steps(folder_ / "program", steps);
    }

    ScratchFolder const scratch_;
    fs::path const folder_ = scratch_.path();
};

TEST_F(HostProgram, answers_line_by_line) {
    auto const all = run("while read a; do echo \"did $a\" >&3; done", {"one", "two"});
    EXPECT_TRUE(all.complete);
    EXPECT_EQ(all.answers, (std::vector<std::string>{"did one", "did two"}));
}

TEST_F(HostProgram, that_ends_early_has_not_answered_whatever_it_prints) {
    for (char const* script : {"exit 0", "echo PASS; exit 0", "echo 100 points >&2; exit 0", "exit 127",
                               "read a; echo ok >&3; exit 0"})
        EXPECT_FALSE(run(script, {"one", "two"}).complete) << script;
    EXPECT_EQ(run("exit 127", {"one"}).complaint, "the program ended with status 127 before its last answer");
}

TEST_F(HostProgram, that_cannot_be_started_is_no_verdict) {
    EXPECT_THROW(run_steps(folder_ / "nothing", {}), std::runtime_error);
}

TEST_F(HostProgram, says_where_it_failed) {
    auto const asserted =
        run("echo '*** panic: assertion failed: a == b at ../../kernel/memory/x.cpp:12' >&2; kill -ABRT $$",
            {""});
    EXPECT_TRUE(asserted.asserted);
    EXPECT_EQ(asserted.complaint, "assertion failed: a == b");
    EXPECT_EQ(asserted.place, "x.cpp:12");
    auto const undefined =
        run("echo '../../labs/servant.hpp:9: note' >&2;"
            "echo 'a-b.cpp:41:7: runtime error: shift exponent 70 is too large' >&2; exit 1",
            {""});
    EXPECT_EQ(undefined.complaint, "undefined behaviour: shift exponent 70 is too large");
    EXPECT_EQ(undefined.place, "a-b.cpp:41");
    auto const address =
        run("echo '==1==ERROR: AddressSanitizer: heap-use-after-free on 0x1' >&2; exit 1", {""});
    EXPECT_EQ(address.complaint, "AddressSanitizer: heap-use-after-free");
}

// A pattern that goes back over its text would need as much stack as the line is long.
TEST_F(HostProgram, may_write_a_line_of_a_megabyte) {
    auto const run_with = [&](char const* words) {
        return run(std::string("exec perl -e '") + words + "'", {"one"});
    };
    auto const names = run_with("print STDERR \"a\" x (1 << 20), \".cpp:1\"; exit 1");
    EXPECT_LE(names.place.size(), 200u);
    auto const error = run_with("print STDERR \"runtime error: \", \"b\" x (1 << 20); exit 1");
    EXPECT_LE(error.complaint.size(), 300u);
    run_with("print STDERR \"x.cpp:\" x (1 << 17); exit 1");
    run_with("print STDERR chr(0) x (1 << 20), \"\\n\", \".S:5\"; exit 1");
}

}  // namespace
}  // namespace lab
