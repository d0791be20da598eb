// SPDX-License-Identifier: MIT
#include "kernel/boot_info.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kernel {
namespace {

std::size_t const room = BootInfo{}.command_line.size();

TEST(BootInfo, keeps_a_command_line_as_long_as_its_room) {
    std::string const text(room, 'x');
    BootInfo info;
    info.set_command_line(text);
    EXPECT_EQ(info.words(), text);
    EXPECT_FALSE(info.command_line_cut);
}

TEST(BootInfo, a_command_line_ends_at_its_null_character) {
    BootInfo info;
    info.set_command_line(std::string_view("one two\0three", 13));
    EXPECT_EQ(info.words(), "one two");
    EXPECT_FALSE(info.command_line_cut);
    info.set_command_line(std::string(room, 'x') + '\0' + "y");
    EXPECT_FALSE(info.command_line_cut);
}

TEST(BootInfo, a_longer_one_is_cut_between_words_and_that_is_known) {
    BootInfo info;
    info.set_command_line("first second=" + std::string(room, '1'));
    EXPECT_EQ(info.words(), "first");
    EXPECT_TRUE(info.command_line_cut);
    for (char const blank : {' ', '\t', '\r', '\n'}) {
        info.set_command_line("first" + std::string(1, blank) + "second=" + std::string(room, '1'));
        EXPECT_EQ(info.words(), "first") << int{blank};
    }
    info.set_command_line(std::string(room, 'x') + " y");
    EXPECT_EQ(info.words(), std::string(room, 'x')) << "the last word is whole";
    EXPECT_TRUE(info.command_line_cut);
    info.set_command_line(std::string(room + 1, 'x'));
    EXPECT_EQ(info.words(), "");
    EXPECT_TRUE(info.command_line_cut);
}

}  // namespace
}  // namespace kernel
