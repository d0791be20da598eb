// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv lab start --with`: a lab on the student's own work in earlier ones.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "labs/grader/cases.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/started.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/testing.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class With : public testing::Test {
protected:
    // A folder of a started lab with the files of one of its cases.
    fs::path folder_of(int lab, std::string const& name, std::vector<fs::path> const& with = {}) const {
        auto const definition = find_definition(house_.repository, lab);
        fs::path const folder = root_ / (std::to_string(lab) + "-" + name);
        write_starter(definition, house_.repository, folder, {.seed = 3, .with = with});
        for (auto const& one : load_cases(definition, house_.repository, 3))
            if (one.name == name)
                for (auto const& [file, text] : one.files) write_text(folder / file, text);
        return folder;
    }
    Report check(fs::path const& folder, std::string const& only) const {
        auto const started = read_started(folder);
        return check_started(house_, find_definition(house_.repository, started->lab), *started, only);
    }
    Verdict const& runs(Report const& report) const {
        for (auto const& verdict : report.verdicts)
            if (verdict.check.id == "runs") return verdict;
        throw std::runtime_error("no such check");
    }

    House const house_ = house();
    ScratchFolder const scratch_;
    fs::path const root_ = scratch_.path();
};

TEST_F(With, builds_on_the_work_in_all_earlier_labs) {
    fs::path const zero = root_ / "zero";  // untouched: it boots, and one of its files is of another image
    write_starter(find_definition(house_.repository, 0), house_.repository, zero);
    // A mark of the student's own, to be found in the kernel.
    fs::path const second = folder_of(2, "solution");
    write_text(second / "frame_allocator.cpp",
               read_text(second / "frame_allocator.cpp") +
                   "extern \"C\" [[gnu::used, gnu::retain]] int const a_mark_of_my_own = 7;\n");
    fs::path const third = folder_of(3, "solution", {zero, folder_of(1, "solution"), second});
    auto const report = check(third, "runs");
    EXPECT_TRUE(runs(report).passed()) << to_text(report);
    EXPECT_EQ(report.with.size(), 3u);
    EXPECT_NE(to_text(report).find("Built on your own work in " + second.string()), std::string::npos);
    EXPECT_NE(read_text(third / ".build/practice.elf").find("a_mark_of_my_own"), std::string::npos);
}

TEST_F(With, shows_a_mistake_in_the_earlier_work) {
    fs::path const third = folder_of(3, "solution", {folder_of(2, "starter")});
    EXPECT_EQ(runs(check(third, "runs")).outcome, Outcome::failed);
    // And says of a file that does not compile whose it is.
    write_text(root_ / "2-starter/frame_allocator.cpp", "this is no C++\n");
    try {
        check(third, "runs");
        FAIL() << "it was judged";
    } catch (UsageError const& error) {
        EXPECT_NE(std::string(error.what()).find("frame_allocator.cpp"), std::string::npos) << error.what();
    }
    fs::remove_all(root_ / "2-starter");
    EXPECT_THROW(check(third, "runs"), UsageError);
}

// One exam may find the mistake of another check first, which nobody asked for.
TEST_F(With, one_check_alone_is_told_what_blocks_it) {
    auto const report = check(folder_of(3, "no-execute-missing"), "no-stale");
    std::map<std::string, Verdict> of;
    for (auto const& verdict : report.verdicts) of[verdict.check.id] = verdict;
    EXPECT_EQ(of["no-stale"].outcome, Outcome::blocked) << to_text(report);
    EXPECT_EQ(of["no-stale"].reason, "agrees") << to_text(report);
    EXPECT_EQ(of["agrees"].outcome, Outcome::failed) << to_text(report);
    EXPECT_TRUE(fs::exists(of["agrees"].kept)) << "what to open";
    EXPECT_EQ(of["walk"].outcome, Outcome::not_run) << "nobody asked, and it is in nobody's way";
}

TEST_F(With, takes_earlier_labs_alone_and_each_once) {
    auto const third = find_definition(house_.repository, 3);
    fs::path const second = folder_of(2, "starter"), fourth = folder_of(4, "starter"),
                   other = folder_of(3, "starter");
    std::vector<std::vector<fs::path>> const wrong = {
        {root_ / "nowhere"}, {root_}, {fourth}, {other}, {second, second}};
    for (auto const& with : wrong) {
        EXPECT_THROW(write_starter(third, house_.repository, root_ / "new", {.seed = 1, .with = with}),
                     UsageError)
            << with.back();
        EXPECT_FALSE(fs::exists(root_ / "new"));
    }
}

}  // namespace
}  // namespace lab
