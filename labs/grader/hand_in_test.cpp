// SPDX-License-Identifier: GPL-2.0-or-later
//
// Folders as they may be handed in: with results of their own, with links to what is
// not theirs, with files that are none. Lab 0, because it is the smallest.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "labs/grader/scratch.hpp"
#include "labs/grader/started.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class HandIn : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(folder_ / "teachers");
        write_text(folder_ / "teachers/precious", "gold");
        definition_ = find_definition(house_.repository, 0);
        write_starter(definition_, house_.repository, student());
    }
    void TearDown() override {
        EXPECT_EQ(read_text(folder_ / "teachers/precious"), "gold");
        EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "teachers"), {}), 1);
    }
    fs::path student() const { return folder_ / "student"; }
    Report check() { return check_started(house_, definition_, {.folder = student(), .lab = 0}); }
    nlohmann::json results() const { return nlohmann::json::parse(read_text(student() / "results.json")); }

    House const house_ = house();
    ScratchFolder const scratch_;
    fs::path const folder_ = scratch_.path();
    Definition definition_;
};

TEST_F(HandIn, with_results_of_its_own_gets_ours) {
    write_text(student() / "results.json", R"({"points": 100, "passed": true})");
    EXPECT_EQ(check().points(), 40);
    EXPECT_EQ(results()["points"], 40);
}

TEST_F(HandIn, that_does_not_compile_has_no_points_left_from_before) {
    write_text(student() / "results.json", R"({"points": 100, "passed": true})");
    write_text(student() / "greeting.cpp", "this is no C++");
    EXPECT_THROW(check(), UsageError);
    EXPECT_EQ(results()["points"], 0);
    EXPECT_EQ(results()["passed"], false);
    EXPECT_EQ(results()["built"], false);
}

TEST_F(HandIn, with_links_where_we_write_harms_nothing) {
    for (char const* name : {"results.json", "fail-rodata.run", "fail-greeting.run", ".hints.json"})
        fs::create_symlink(folder_ / "teachers/precious", student() / name);
    fs::create_symlink(folder_ / "teachers", student() / ".build");
    EXPECT_EQ(check().points(), 40);
    next_hint(definition_, {.folder = student(), .lab = 0}, "rodata", true);
    EXPECT_FALSE(fs::is_symlink(student() / ".build"));
}

TEST_F(HandIn, with_objects_of_its_own_is_compiled_all_the_same) {
    fs::create_directories(student() / ".build");
    for (char const* name : {"http.elf", "greeting.cpp.o", "image_map.cpp.o"})
        fs::create_symlink(folder_ / "teachers/precious", student() / ".build" / name);
    EXPECT_EQ(check().points(), 40);
}

TEST_F(HandIn, whose_source_is_a_pipe_keeps_nobody_waiting) {
    auto const begin = std::chrono::steady_clock::now();
    fs::remove(student() / "greeting.cpp");
    ASSERT_EQ(mkfifo((student() / "greeting.cpp").c_str(), 0600), 0);
    EXPECT_THROW(check(), UsageError);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(HandIn, that_keeps_the_compiler_busy_is_not_built) {
    // Too deep, too large: the compiler has limits of its own, and we set others.
    write_text(student() / "greeting.cpp",
               "#include \"greeting.cpp\"\nnamespace apps { extern char const greeting[]; }\n");
    EXPECT_THROW(check(), UsageError);
    write_text(student() / "greeting.cpp",
               "namespace apps { extern char const greeting[]; char const greeting[1ull << 36] = {1}; }\n");
    EXPECT_THROW(check(), UsageError);
    EXPECT_EQ(results()["built"], false);
}

}  // namespace
}  // namespace lab
