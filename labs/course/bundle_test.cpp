// SPDX-License-Identifier: GPL-2.0-or-later
//
// The students' bundle: no solution in it, and the labs work from it, for somebody
// who is not root, has no network, and does not see the repository.
#include "labs/course/bundle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "labs/course/solutions.hpp"
#include "labs/course/submission.hpp"
#include "labs/grader/cases.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/walls.hpp"
#include "labs/grader/testing.hpp"

namespace lab {
namespace {

bool const everything = long_test();

namespace fs = std::filesystem;

// One bundle for all tests: it takes seconds to make.
class BundleTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        scratch_.emplace();
        root_ = scratch_->path();
        fs::permissions(root_, fs::perms(0755));
        BundleOptions options;
        options.course = "test 2026";
        options.glass = false;
        make_bundle(house(), bundle(), options);
    }
    static void TearDownTestSuite() { scratch_.reset(); }
    static fs::path bundle() { return root_ / "bundle"; }

    // Runs a command of the bundle's where only the bundle and `desk` can be seen.
    static ProcessResult run_confined(std::vector<std::string> const& words, fs::path const& desk) {
        Views views;
        views[Runs::judge] = {{bundle()}, {desk, {}, true}};
        Yard yard(find_confinement().how, views, {"USER=ada"});
        ProcessRequest request;
        request.runs = Runs::judge;
        request.arguments = words;
        request.folder = desk;
        return yard.run(request);
    }
    static fs::path new_desk(std::string const& name) {
        fs::path const desk = root_ / name;
        fs::create_directories(desk);
        if (geteuid() == 0 && chown(desk.c_str(), nobody, nobody) != 0) ADD_FAILURE();
        return desk;
    }

    inline static std::optional<ScratchFolder> scratch_;
    inline static fs::path root_;
};

TEST_F(BundleTest, holds_no_line_of_any_solution) {
    // Of the labs that are to come, too: their tags stand in the kernel.
    EXPECT_GT(solution_lines(house().repository).size(), 500u);
    auto const found = find_solutions(house().repository, bundle());
    EXPECT_TRUE(found.empty()) << found.size() << " lines, the first: " << found.front();
}

TEST_F(BundleTest, finds_a_planted_line_in_any_file) {
    auto const lines = solution_lines(house().repository);
    fs::path const planted = root_ / "planted";
    fs::create_directories(planted);
    write_text(planted / "note.md", "nothing here");
    EXPECT_TRUE(find_solutions(house().repository, planted).empty());
    int count = 0;
    for (auto const& one : lines) {
        if (one.size() < 40 || count == 20) continue;  // short ones may stand in longer lines elsewhere
        write_text(planted / ("file-" + std::to_string(count++)),
                   std::string("\x7f\0ELF", 5) + one + std::string(1, '\0'));
    }
    auto const found = find_solutions(house().repository, planted);
    for (int i = 0; i < count; ++i) {
        std::string const name = "file-" + std::to_string(i) + ":";
        EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](auto const& one) {
            return one.rfind(name, 0) == 0;
        })) << name;
    }
    EXPECT_EQ(count, 20);
    // Short lines, as assembly has them, tell something when two stand together.
    fs::remove_all(planted);
    auto const pairs = solution_pairs(house().repository);
    ASSERT_GT(pairs.size(), 200u);
    fs::create_directories(planted);
    std::string text = *pairs.begin();
    write_text(planted / "hint.md",
               "Try this:\n\n    " + text.replace(text.find('\n'), 1, "\n\n        ") + "\n");
    EXPECT_GE(find_solutions(house().repository, planted).size(), 1u);
}

TEST_F(BundleTest, has_no_debug_information_of_what_students_write) {
    fs::path const objects = bundle() / "build/dev/kernel";
    int tagged = 0, others = 0;
    for (auto const& entry : fs::recursive_directory_iterator(objects)) {
        if (entry.path().extension() != ".o") continue;
        std::string const name = entry.path().stem().string();  // "paging.cpp"
        std::string const bytes = read_text(entry.path());
        bool const says = bytes.find(".debug_line") != std::string::npos;
        for (auto const& file : kernel_files(house().repository)) {
            if (file.path.filename() != name) continue;
            EXPECT_FALSE(file.tagged && says) << entry.path();
            ++(file.tagged ? tagged : others);
            break;
        }
    }
    EXPECT_GT(tagged, 10);
    EXPECT_GT(others, 10);
}

TEST_F(BundleTest, starts_every_lab_as_the_repository_does) {
    for (auto const& definition : load_definitions(house().repository)) {
        fs::path const here = root_ / "here" / definition.name, there = root_ / "there" / definition.name;
        write_starter(definition, house().repository, here);
        write_starter(find_definition(bundle(), definition.number), bundle(), there);
        for (auto const& entry : fs::directory_iterator(here)) {
            auto const name = entry.path().filename();
            if (name == "viv" || name == ".lab.json") continue;  // they say where they come from
            EXPECT_EQ(read_text(entry.path()), read_text(there / name)) << definition.name << "/" << name;
        }
    }
}

TEST_F(BundleTest, starts_and_checks_where_nothing_else_is) {
    if (auto const found = find_confinement(); found.how == Confinement::none)
        GTEST_SKIP() << "nothing confines here: " << found.why;
    for (auto const& definition : load_definitions(house().repository)) {
        if (definition.number == 0 || (!everything && definition.number != 2)) continue;
        fs::path const desk = new_desk("desk-" + definition.name), lab = desk / "lab";
        std::string const number = std::to_string(definition.number), viv = (bundle() / "viv").string();
        auto const started = run_confined({viv, "lab", "start", number, lab.string()}, desk);
        ASSERT_EQ(started.status, 0) << started.output;
        EXPECT_NE(read_text(lab / ".lab.json").find(std::to_string(seed_in_course("test 2026", "ada"))),
                  std::string::npos);
        auto const failed = run_confined({viv, "lab", "check", number, lab.string()}, desk);
        EXPECT_EQ(failed.status, 1) << failed.output;
        auto const scene = run_confined({viv, "lab", "scene", number, lab.string()}, desk);
        EXPECT_EQ(scene.status, 0) << scene.output;
        EXPECT_TRUE(fs::exists(lab / "scene.run"));
        for (auto const& one : load_cases(definition, house().repository, seed_in_course("test 2026", "ada")))
            if (one.kind == Case::Kind::solution)
                for (auto const& [name, text] : one.files) {
                    fs::remove(lab / name);
                    write_text(lab / name, text);
                }
        auto const passed = run_confined({viv, "lab", "check", number, lab.string()}, desk);
        EXPECT_EQ(passed.status, 0) << passed.output;
        EXPECT_NE(passed.output.find("100 of 100 points"), std::string::npos) << passed.output;
    }
}

TEST_F(BundleTest, is_another_one_for_instructors) {
    if (!everything) GTEST_SKIP() << "in bundle_long_test";
    BundleOptions options;
    options.glass = false;
    options.instructor = true;
    make_bundle(house(), root_ / "instructors", options);
    EXPECT_FALSE(find_solutions(house().repository, root_ / "instructors/instructor").empty());
    EXPECT_TRUE(fs::exists(root_ / "instructors/instructor/03-paging/solution/paging.cpp"));
    EXPECT_TRUE(fs::exists(root_ / "instructors/instructor/03-paging/solution/explain.md"));
    EXPECT_TRUE(find_solutions(house().repository, root_ / "instructors/kernel").empty());
}

TEST(Seeds, differ_by_course_and_by_name) {
    EXPECT_NE(seed_in_course("a", "ada"), seed_in_course("b", "ada"));
    EXPECT_NE(seed_in_course("a", "ada"), seed_in_course("a", "bob"));
    EXPECT_EQ(seed_in_course("", "ada"), seed_of_name("ada"));
}

}  // namespace
}  // namespace lab
