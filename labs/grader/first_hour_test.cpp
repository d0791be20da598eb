// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 0 from the student's side: the starter fails for the planted reason, the
// solution passes, other wrong kernels are told apart, and the same kernel gets
// the same verdict every time. Each case compiles the student's files, links a
// kernel and runs it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "labs/grader/definition.hpp"
#include "labs/grader/prove.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/started.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"
#include "simulator/recording/run_reader.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class FirstHour : public testing::Test {
protected:
    void SetUp() override {
        definition_ = find_definition(repository_, 0);
        write_starter(definition_, repository_, folder_);
    }

    void edit(std::string const& file, std::string const& from, std::string const& to) {
        std::string text = read_text(folder_ / file);
        auto const at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from << " is not in " << file;
        write_text(folder_ / file, text.replace(at, from.size(), to));
    }
    void solve() {
        edit("image_map.cpp", "rodata_start, rodata_end, Rights::read_write",
             "rodata_start, rodata_end, Rights::read");
        greet();
    }
    void greet() { edit("greeting.cpp", "Hello from a kernel you can look into", "Hello from my kernel"); }

    Report check() {
        return check_started({repository_, build_}, definition_, {.folder = folder_, .lab = 0});
    }
    static Verdict const& verdict_of(Report const& report, std::string const& check) {
        for (auto const& verdict : report.verdicts)
            if (verdict.check.id == check) return verdict;
        throw std::runtime_error("no check " + check);
    }
    static std::string failures(Report const& report) {
        std::string text;
        for (auto const& verdict : report.verdicts)
            if (verdict.outcome == Outcome::failed) text += verdict.check.id + " ";
        return text;
    }

    fs::path const repository_ = house().repository, build_ = house().build;
    ScratchFolder const scratch_;
    fs::path const folder_ = scratch_.path();
    Definition definition_;
};

TEST_F(FirstHour, the_starter_fails_for_the_planted_flag_and_the_old_greeting) {
    auto const report = check();
    ASSERT_EQ(failures(report), "greeting rodata ");
    EXPECT_EQ(report.points(), 40);
    auto const& verdict = verdict_of(report, "rodata");
    auto const& finding = *verdict.finding;
    EXPECT_NE(finding.seen.find("is mapped RW- instead of R--: the R/W bit is wrong"), std::string::npos)
        << finding.seen;
    EXPECT_NE(finding.where.find("memory::map_image"), std::string::npos) << finding.where;
    EXPECT_NE(finding.cause.find("image_map.cpp"), std::string::npos);

    // The recording opens at the write that made the entry wrong, long before
    // the kernel was ready.
    auto const recording = sim::recording::read_run_file(verdict.kept);
    ASSERT_EQ(recording.bookmarks.size(), 1u);
    EXPECT_EQ(recording.bookmarks[0].at, *finding.moment);
    EXPECT_LT(*finding.moment, recording.end.at);
    EXPECT_EQ(recording.bookmarks[0].address, finding.address);
    EXPECT_TRUE(recording.config.image.present()) << "the student's image is not inside";
}

TEST_F(FirstHour, the_starter_holds_no_solution) {
    std::string const text = read_text(folder_ / "image_map.cpp");
    EXPECT_EQ(text.find("rodata_end, Rights::read)"), std::string::npos);
    EXPECT_EQ(text.find("[lab:"), std::string::npos);
}

TEST_F(FirstHour, the_solution_passes) {
    solve();
    EXPECT_EQ(failures(check()), "");
}

TEST_F(FirstHour, another_way_to_write_the_solution_passes) {
    greet();
    edit("image_map.cpp", "map_part(tables, rodata_start, rodata_end, Rights::read_write);",
         "for (char const* page = rodata_start; page < rodata_end; page += base::page_size)\n"
         "        map_part(tables, page, page + base::page_size, Rights::read);");
    EXPECT_EQ(failures(check()), "");
}

TEST_F(FirstHour, the_kernel_itself_is_the_solution) {
    for (auto const& file : definition_.files)
        write_text(folder_ / file.name, strip_tags(read_text(repository_ / file.live)));
    greet();
    EXPECT_EQ(failures(check()), "");
}

TEST_F(FirstHour, constants_that_may_be_executed_are_found) {
    solve();
    edit("image_map.cpp", "rodata_start, rodata_end, Rights::read)",
         "rodata_start, rodata_end, Rights::read_execute)");
    auto const report = check();
    ASSERT_EQ(failures(report), "rodata ");
    auto const& seen = verdict_of(report, "rodata").finding->seen;
    EXPECT_NE(seen.find("the NX bit is wrong"), std::string::npos) << seen;
}

TEST_F(FirstHour, a_kernel_that_cannot_boot_says_how_it_ended) {
    solve();
    edit("image_map.cpp", "data_start, data_end, Rights::read_write", "data_start, data_end, Rights::read");
    auto const report = check();
    EXPECT_EQ(failures(report), "boot ");
    auto const& boot = verdict_of(report, "boot");
    ASSERT_TRUE(boot.finding);
    EXPECT_NE(boot.finding->seen.find("never became ready"), std::string::npos);
    EXPECT_FALSE(boot.kept.empty());
    // The others could not be judged, and cost nothing.
    EXPECT_EQ(verdict_of(report, "rodata").outcome, Outcome::blocked);
    EXPECT_EQ(verdict_of(report, "rodata").reason, "boot");
    EXPECT_EQ(report.lost(), 0);
    EXPECT_EQ(report.open(), 100);
    EXPECT_FALSE(report.passed());
}

TEST_F(FirstHour, the_same_kernel_gets_the_same_verdict) { EXPECT_EQ(to_json(check()), to_json(check())); }

TEST_F(FirstHour, what_does_not_compile_is_not_judged) {
    edit("greeting.cpp", ";", "");
    try {
        check();
        FAIL() << "it was judged";
    } catch (UsageError const& error) {
        EXPECT_NE(std::string(error.what()).find("greeting.cpp"), std::string::npos) << error.what();
    }
}

TEST_F(FirstHour, one_check_alone_is_judged_when_asked_for) {
    auto const report =
        check_started({repository_, build_}, definition_, {.folder = folder_, .lab = 0}, "text");
    EXPECT_EQ(verdict_of(report, "text").outcome, Outcome::passed);
    EXPECT_EQ(verdict_of(report, "rodata").outcome, Outcome::not_run);
    EXPECT_EQ(report.points(), 20);
}

TEST_F(FirstHour, hints_are_for_what_failed_and_go_on) {
    Started const started{.folder = folder_, .lab = 0};
    EXPECT_THROW(next_hint(definition_, started, "", false), UsageError) << "nothing was checked yet";
    check();
    EXPECT_NE(next_hint(definition_, started, "", false).find("Hint 1 of 3 for greeting"), std::string::npos);
    EXPECT_NE(next_hint(definition_, started, "", false).find("Hint 2 of 3 for greeting"), std::string::npos);
    EXPECT_NE(next_hint(definition_, started, "rodata", false).find("Hint 1 of 3 for rodata"),
              std::string::npos);
    EXPECT_THROW(next_hint(definition_, started, "nonsense", false), UsageError);
}

// It has no mutants, and the greeting of its solution is everybody's own: nothing to prove, and no failure.
TEST_F(FirstHour, there_are_no_cases_to_prove_its_checks_on) {
    EXPECT_THROW(prove_and_print({repository_, build_}, 0, {}, false), UsageError);
}

}  // namespace
}  // namespace lab
