// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is judged is what the student wrote, however the build is found.
#include "labs/grader/student_image.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "labs/grader/scratch.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class StudentImageTest : public testing::Test {
protected:
    void SetUp() override {
        definition_ = find_definition(repository_, 2);
        write_starter(definition_, repository_, root_ / "student", {.seed = 1, .with = {}});
        write_text(root_ / "student/frame_allocator.cpp", "this is no C++\n");
    }

    StudentImage built(fs::path const& repository, fs::path const& build, Wanted wanted) const {
        static int times = 0;
        return build_student_image(definition_, files_of(definition_, root_ / "student"), repository, build,
                                   root_ / ("work-" + std::to_string(++times)), wanted);
    }

    fs::path const repository_ = house().repository, build_ = house().build;
    ScratchFolder const scratch_;
    fs::path const root_ = scratch_.path();
    Definition definition_;
};

constexpr Wanted each[] = {{.kernel = true, .host = false}, {.kernel = false, .host = true}};

TEST_F(StudentImageTest, is_of_the_students_files_by_whichever_path) {
    fs::create_directory_symlink(repository_, root_ / "link");
    fs::path const below = fs::canonical(build_).lexically_relative(fs::canonical(repository_));
    for (auto const& wanted : each) {
        for (auto const& [repository, build] :
             {std::pair(repository_, build_), std::pair(root_ / "link", build_),
              std::pair(root_ / "link", root_ / "link" / below),
              std::pair(repository_, fs::relative(build_))}) {
            auto const image = built(repository, build, wanted);
            EXPECT_FALSE(image.built) << repository << " " << build;
            EXPECT_NE(image.compiler_output.find("frame_allocator.cpp:1:"), std::string::npos)
                << repository << " " << build << ": " << image.compiler_output;
        }
    }
}

// Else ours would be linked in its place, and judged.
TEST_F(StudentImageTest, of_a_file_that_the_build_does_not_know_is_an_error) {
    fs::path const other = root_ / "build";
    fs::create_directories(other / "images");
    fs::create_directories(other / "labs");
    for (char const* manifest : {"images/practice.link", "labs/02.host"})
        fs::copy_file(build_ / manifest, other / manifest);
    // All is known but this one file.
    auto commands = nlohmann::json::parse(read_text(build_ / "compile_commands.json"));
    auto const known = commands.size();
    for (auto entry = commands.begin(); entry != commands.end();)
        entry = fs::path((*entry)["file"].get<std::string>()).filename() == "frame_allocator.cpp"
                    ? commands.erase(entry)
                    : std::next(entry);
    ASSERT_LT(commands.size(), known);
    write_text(other / "compile_commands.json", commands.dump());
    for (auto const& wanted : each) {
        try {
            built(repository_, other, wanted);
            ADD_FAILURE() << "built without it";
        } catch (UsageError const& error) {
            EXPECT_NE(std::string(error.what()).find("the build does not know"), std::string::npos)
                << error.what();
            EXPECT_NE(std::string(error.what()).find("frame_allocator.cpp"), std::string::npos)
                << error.what();
        }
    }
}

}  // namespace
}  // namespace lab
