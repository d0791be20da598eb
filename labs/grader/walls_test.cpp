// SPDX-License-Identifier: GPL-2.0-or-later
//
// The walls themselves are tried in labs/course/grade_test.cpp.
#include "labs/grader/walls.hpp"

#include <gtest/gtest.h>

#include "labs/grader/scratch.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

TEST(BarredToNobody, names_the_folder_that_lets_its_owner_in_alone) {
    ScratchFolder const scratch;
    fs::path const outer = fs::canonical(scratch.path()) / "outer", inner = outer / "inner";
    fs::create_directories(inner);
    auto const open_up = [](fs::path const& folder) { fs::permissions(folder, fs::perms{0755}); };
    for (auto const& folder : {fs::canonical(scratch.path()), outer, inner}) open_up(folder);
    EXPECT_EQ(barred_to_nobody(inner), "");
    fs::create_directory_symlink(inner, scratch.path() / "link");
    fs::permissions(outer, fs::perms{0710});
    EXPECT_EQ(barred_to_nobody(inner), outer);
    EXPECT_EQ(barred_to_nobody(scratch.path() / "link"), outer) << "where it leads to";
    open_up(outer);
    fs::permissions(inner, fs::perms{0700});
    EXPECT_EQ(barred_to_nobody(inner), inner);
}

}  // namespace
}  // namespace lab
