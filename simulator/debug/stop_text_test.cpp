// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/stop_text.hpp"

#include <gtest/gtest.h>

namespace sim::debug {
namespace {

StopSpec read(std::string_view text) {
    auto const made = parse_stop(text);
    if (auto const* why = std::get_if<std::string>(&made)) {
        ADD_FAILURE() << text << ": " << *why;
        return {};
    }
    return std::get<StopSpec>(made);
}
std::string refused(std::string_view text) {
    auto const made = parse_stop(text);
    auto const* why = std::get_if<std::string>(&made);
    return why ? *why : "accepted";
}

TEST(StopText, reads_each_kind_with_its_condition_and_count) {
    StopSpec s = read("  break threads::wake if rdi == 0 every 3 ");
    EXPECT_EQ(s.kind, StopKind::breakpoint);
    EXPECT_EQ(s.place, "threads::wake");
    EXPECT_EQ(s.condition, "rdi == 0");
    EXPECT_EQ(s.count, 3u);

    s = read("watch u64[0x1000]");
    EXPECT_EQ(s.kind, StopKind::watchpoint);
    EXPECT_EQ(s.access, WatchFor::change);
    EXPECT_EQ(s.place, "u64[0x1000]");
    EXPECT_EQ(s.count, 1u);

    EXPECT_EQ(read("store x").access, WatchFor::write);
    EXPECT_EQ(read("rwatch x").access, WatchFor::read);
    EXPECT_EQ(read("awatch x").access, WatchFor::access);

    s = read("when cpu.cr3 == 5 && ticks > 7 every 2");
    EXPECT_EQ(s.kind, StopKind::condition);
    EXPECT_EQ(s.place, "cpu.cr3 == 5 && ticks > 7");
    EXPECT_EQ(s.count, 2u);
    EXPECT_FALSE(s.processor);

    s = read("break on_interrupt if edi == 1 cpu 2 every 4");
    EXPECT_EQ(s.place, "on_interrupt");
    EXPECT_EQ(s.condition, "edi == 1");
    EXPECT_EQ(s.processor, 2u);
    EXPECT_EQ(s.count, 4u);
    EXPECT_EQ(read("when rax == 5 cpu 0").processor, 0u);
}

TEST(StopText, says_what_is_wrong) {
    EXPECT_EQ(refused("break"), "break what? Usage: break PLACE [if CONDITION] [cpu N] [every N]");
    EXPECT_EQ(refused("watch x every none"), "every none: want a number from 1 on");
    EXPECT_EQ(refused("break x cpu two"), "cpu two: want a processor's number, from 0 on");
    EXPECT_EQ(refused("watch x every 0"), "every 0: want a number from 1 on");
    EXPECT_EQ(refused("stop x"),
              "a stop begins with break, watch, store, rwatch, awatch, when; \"stop\" does not");
    EXPECT_NE(refused(""), "accepted");
    EXPECT_NE(refused("every 3 if"), "accepted");
}

TEST(StopText, its_words_are_its_kinds) {
    for (StopWord const& w : stop_words()) EXPECT_EQ(read(std::string(w.name) + " x").place, "x") << w.name;
}

}  // namespace
}  // namespace sim::debug
