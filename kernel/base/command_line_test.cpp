// SPDX-License-Identifier: MIT
#include "kernel/base/command_line.hpp"

#include <gtest/gtest.h>

#include <string>

#include "kernel/base/log.hpp"

namespace base {
namespace {

struct TextLog final : TextSink {
    std::string text;
    void write(std::string_view piece) override { text += piece; }
};

TEST(CommandLine, finds_words_with_and_without_a_value) {
    CommandLine words("  exit-after=5\tquiet  loglevel=debug\n");
    EXPECT_EQ(words.size(), 3u);
    EXPECT_EQ(words.number("exit-after"), 5u);
    EXPECT_TRUE(words.has("quiet"));
    EXPECT_EQ(words.value("loglevel"), "debug");
    EXPECT_FALSE(words.has("exit"));
    EXPECT_EQ(words.value("quiet"), "");
    EXPECT_EQ(words.value("absent"), std::nullopt);
}

TEST(CommandLine, the_last_word_wins) { EXPECT_EQ(CommandLine("a=1 a=2").value("a"), "2"); }

TEST(CommandLine, an_empty_value_is_a_value) { EXPECT_EQ(CommandLine("a=").value("a"), ""); }

TEST(CommandLine, a_value_may_hold_an_equals_sign) { EXPECT_EQ(CommandLine("a=b=c").value("a"), "b=c"); }

TEST(CommandLine, warns_once_about_words_that_nobody_asked_for) {
    TextLog log;
    the_log().sink = &log;
    CommandLine words("known=1 strange odd=2");
    EXPECT_TRUE(words.has("known"));
    words.warn_about_the_rest();
    words.warn_about_the_rest();
    the_log().sink = nullptr;
    EXPECT_EQ(log.text,
              "warning: command line: 'strange' means nothing here\n"
              "warning: command line: 'odd=2' means nothing here\n");
}

TEST(CommandLine, refuses_a_number_that_is_none) {
    static std::string told;
    told.clear();
    CommandLine::refusal = [](std::string_view key, std::string_view value, std::string_view choices) {
        told += std::string(key) + "=" + std::string(value) + ": " + std::string(choices) + "\n";
    };
    CommandLine words("meals=many count= bare rounds=0x10 last=1 last=no flag=yes plain");
    EXPECT_EQ(words.number("meals"), std::nullopt);
    EXPECT_EQ(words.number("count"), std::nullopt);
    EXPECT_EQ(words.number("bare"), std::nullopt);
    EXPECT_EQ(words.number("rounds"), 16u);
    EXPECT_EQ(words.number("absent"), std::nullopt);
    EXPECT_EQ(words.number("last"), std::nullopt);
    words.refuse("meals", "rice|beans");
    EXPECT_EQ(told,
              "meals=many: a number\ncount=: a number\nbare=: a number\nlast=no: a number\n"
              "meals=many: rice|beans\n");
    told.clear();
    EXPECT_EQ(words.number("rounds", 1, 15), std::nullopt);
    EXPECT_EQ(words.number("rounds", 17), std::nullopt);
    EXPECT_EQ(words.number("rounds", 16, 16), 16u);
    (void)words.has("flag");
    EXPECT_TRUE(words.has("plain"));
    CommandLine::refusal = nullptr;
    EXPECT_EQ(told,
              "rounds=0x10: a number from 1 to 15\n"
              "rounds=0x10: a number, 17 or more\n"
              "flag=yes: the word alone\n");
    EXPECT_EQ(words.number("meals"), std::nullopt) << "where nobody refuses";
}

TEST(CommandLine, says_that_words_were_left_out) {
    TextLog log;
    the_log().sink = &log;
    std::string text;
    for (unsigned i = 0; i < CommandLine::max_words; ++i) text += "w ";
    CommandLine(text).warn_about_the_rest();
    EXPECT_EQ(log.text.find("left out"), std::string::npos) << "all have room";
    for (std::string const& more : {std::string("x"), std::string("y=1 z ")}) {
        log.text.clear();
        std::string const longer = text + more;
        CommandLine words(longer);
        (void)words.has("w");
        words.warn_about_the_rest();
        words.warn_about_the_rest();
        EXPECT_EQ(log.text, "warning: command line: too long: what follows 'w' is left out\n");
    }
    log.text.clear();
    CommandLine cut("known", true);
    (void)cut.has("known");
    cut.warn_about_the_rest();
    CommandLine("", true).warn_about_the_rest();
    the_log().sink = nullptr;
    EXPECT_EQ(log.text,
              "warning: command line: too long: what follows 'known' is left out\n"
              "warning: command line: too long: what follows '' is left out\n");
}

TEST(CommandLine, ignores_words_beyond_its_room) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "w" + std::to_string(i) + " ";
    CommandLine words(text);
    EXPECT_EQ(words.size(), CommandLine::max_words);
    EXPECT_TRUE(words.has("w31"));
    EXPECT_FALSE(words.has("w32"));
}

TEST(CommandLine, reads_numbers_and_refuses_what_is_none) {
    EXPECT_EQ(parse_number("0"), 0u);
    EXPECT_EQ(parse_number("0x1fF"), 0x1ffu);
    EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(parse_number("18446744073709551616"), std::nullopt);
    EXPECT_EQ(parse_number("0x10000000000000000"), std::nullopt);
    for (char const* text : {"", "0x", "-1", "1a", "a", " 1", "0xg"})
        EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(CommandLine, gives_all_values_of_a_key_in_their_order) {
    CommandLine words("device=a other=b device=c device device=d");
    std::string_view found[2];
    EXPECT_EQ(words.values("device", found), 2u);
    EXPECT_EQ(CommandLine("device").values("device", found), 1u);
    EXPECT_EQ(found[0], "");
    EXPECT_EQ(words.values("device", found), 2u);
    EXPECT_EQ(found[0], "a");
    EXPECT_EQ(found[1], "c");
    EXPECT_EQ(words.values("nothing", found), 0u);
}

}  // namespace
}  // namespace base
