// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/compile_command.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

TEST(CompileCommand, a_command_line_is_split_as_the_shell_would) {
    EXPECT_EQ(split_command("c++ -O2  -c a.cpp"), (Words{"c++", "-O2", "-c", "a.cpp"}));
    EXPECT_EQ(split_command(R"(c++ "-DX=\"a b\"" 'q r'\ s)"), (Words{"c++", "-DX=\"a b\"", "q r s"}));
    EXPECT_EQ(split_command("a ''"), (Words{"a", ""}));
    EXPECT_EQ(split_command("   "), Words{});
}

// A clone may lie anywhere: only the path below the build says which world a file is of.
TEST(CompileCommand, the_folder_of_the_clone_says_nothing_of_the_world) {
    for (char const* clone : {"kernel_course", "app_work", "hosted_by_me", "plain"}) {
        fs::path const root = fs::temp_directory_path() / fmt::format("viv-{}", getpid()) / clone;
        fs::path const build = root / "build/dev";
        fs::create_directories(build);
        std::string entries;
        for (char const* target : {"hosted_memory", "kernel_memory"})
            entries += fmt::format(
                R"({}{{"directory": "{}", "file": "{}/kernel/memory/a.cpp", "command": "c++ -o kernel/memory/CMakeFiles/{}.dir/a.cpp.o"}})",
                entries.empty() ? "" : ",", build.string(), root.string(), target);
        write_text(build / "compile_commands.json", "[" + entries + "]");
        // Nor does the way there: a link, or a path from here.
        fs::path const link = root.parent_path() / "link";
        fs::create_directory_symlink(root, link);
        for (auto const& [from, folder] : {std::pair(root, build), std::pair(link, link / "build/dev"),
                                           std::pair(root, fs::relative(build))}) {
            CompileCommands const commands(folder);
            auto const object = [&](World world) {
                return commands.find(from / "kernel/memory/a.cpp", world).object.string();
            };
            EXPECT_NE(object(World::machine).find("/kernel_memory.dir/"), std::string::npos)
                << clone << folder;
            EXPECT_NE(object(World::host).find("/hosted_memory.dir/"), std::string::npos) << clone << folder;
        }
        fs::remove_all(root.parent_path());
    }
}

}  // namespace
}  // namespace lab
