// SPDX-License-Identifier: MIT
#include "kernel/base/log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace base {
namespace {

class LogTest : public testing::Test {
protected:
    struct Lines final : TextSink {
        std::vector<std::string> lines;
        void write(std::string_view text) override { lines.emplace_back(text); }
    };
    void SetUp() override { the_log() = Log{&lines, nullptr, LogLevel::info}; }
    void TearDown() override { the_log() = Log{}; }
    Lines lines;
};

TEST_F(LogTest, writes_each_line_in_one_piece) {
    log_info("one {}", 1);
    log_warning("two");
    log_error("three");
    EXPECT_EQ(lines.lines, (std::vector<std::string>{"one 1\n", "warning: two\n", "error: three\n"}));
}

TEST_F(LogTest, leaves_out_what_is_below_its_level) {
    log_debug("no");
    the_log().level = LogLevel::debug;
    log_debug("yes");
    EXPECT_EQ(lines.lines, (std::vector<std::string>{"yes\n"}));
}

TEST_F(LogTest, stamps_the_time_once_there_is_a_clock) {
    the_log().now = [] { return Instant::from_boot(Duration::microseconds(1'500'000)); };
    log_info("late");
    EXPECT_EQ(lines.lines.at(0), "[1.500000] late\n");
}

TEST_F(LogTest, cuts_a_long_line_and_ends_it) {
    std::string const word(500, 'x');
    log_info("{}", std::string_view(word));
    EXPECT_EQ(lines.lines.at(0).size(), 200u);
    EXPECT_EQ(lines.lines.at(0).back(), '\n');
}

TEST_F(LogTest, without_a_sink_nothing_happens) {
    the_log().sink = nullptr;
    log_error("nobody hears this");
    EXPECT_TRUE(lines.lines.empty());
}

TEST_F(LogTest, reads_levels_by_name_and_number) {
    LogLevel level = LogLevel::info;
    EXPECT_TRUE(parse_log_level("error", level));
    EXPECT_EQ(level, LogLevel::error);
    EXPECT_TRUE(parse_log_level("3", level));
    EXPECT_EQ(level, LogLevel::debug);
    for (char const* text : {"", "4", "all", "33"}) EXPECT_FALSE(parse_log_level(text, level)) << text;
    EXPECT_EQ(level, LogLevel::debug);
}

}  // namespace
}  // namespace base
