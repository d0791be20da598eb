// SPDX-License-Identifier: GPL-2.0-or-later
//
// The zip for Gradescope and the template for GitHub Classroom, unpacked as those
// services do it, and run on a submission.
#include "labs/course/packages.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "labs/grader/cases.hpp"
#include "labs/grader/process.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class PackagesTest : public testing::Test {
protected:
    void SetUp() override {
        fs::permissions(root_, fs::perms(0755));
        for (auto const& one : load_cases(find_definition(house().repository, 2), house().repository))
            if (one.kind == Case::Kind::solution) solution_ = one.files;
    }
    ProcessResult shell(std::string const& line) { return run_process({"sh", "-c", line}, root_); }
    void submit(fs::path const& folder) {
        fs::create_directories(folder);
        for (auto const& [name, text] : solution_) write_text(folder / name, text);
    }

    ScratchFolder const scratch_;
    fs::path const root_ = scratch_.path();
    std::map<std::string, std::string> solution_;
};

TEST_F(PackagesTest, judges_as_gradescope_runs_it) {
    make_gradescope(house(), 2, root_ / "lab2.zip", {});
    // What Gradescope does, and of setup.sh what needs no network.
    ASSERT_EQ(shell("mkdir source vivarium && cd source && cmake -E tar xf ../lab2.zip && "
                    "tar -xJf vivarium.tar.xz -C ../vivarium && sh -n setup.sh && cp run_autograder ..")
                  .status,
              0);
    submit(root_ / "submission");
    auto const run = shell(
        "sed -i 's,/autograder,'$PWD',g; s,/tmp/graded,'$PWD'/graded,' run_autograder && ./run_autograder");
    EXPECT_EQ(run.status, 0) << run.output;
    auto const results = json::parse(read_text(root_ / "results/results.json"));
    EXPECT_EQ(results["score"], 100) << results.dump(2);
    EXPECT_EQ(results["tests"].size(), find_definition(house().repository, 2).checks.size());
    EXPECT_TRUE(find_solutions(house().repository, root_ / "source").empty());
    // A submission of nothing gets a report, too.
    fs::remove_all(root_ / "submission");
    fs::create_directories(root_ / "submission");
    EXPECT_EQ(shell("./run_autograder").status, 0);
    auto const nothing = json::parse(read_text(root_ / "results/results.json"));
    EXPECT_EQ(nothing["score"], 0);
    EXPECT_NE(nothing["output"].get<std::string>().find("frame_allocator.cpp"), std::string::npos);
}

TEST_F(PackagesTest, judges_as_classroom_runs_it) {
    fs::path const repository = root_ / "template";
    make_classroom(house(), 2, repository, {});
    EXPECT_NE(read_text(repository / ".github/workflows/classroom.yml").find("--lab 2 "), std::string::npos);
    EXPECT_TRUE(fs::exists(repository / "handout.md"));
    EXPECT_FALSE(fs::exists(repository / "viv"));
    submit(repository);
    ASSERT_EQ(shell("mkdir vivarium && tar -xJf template/.github/vivarium.tar.xz -C vivarium").status, 0);
    auto const run = shell(
        "vivarium/viv lab grade template --one --lab 2 --unconfined --format classroom "
        "--out graded 2>/dev/null | base64 -d");
    auto const results = json::parse(run.output, nullptr, false);
    ASSERT_TRUE(results.is_object()) << run.output;
    EXPECT_EQ(results["status"], "pass") << results.dump(2);
    EXPECT_EQ(results["max_score"], 100);
}

}  // namespace
}  // namespace lab
