// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/commands.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace viz::model {
namespace {

TEST(CommandTable, rows_stand_at_their_own_number) {
    ASSERT_EQ(all_commands().size(), command_count);
    for (unsigned i = 0; i < command_count; ++i) EXPECT_EQ(static_cast<unsigned>(all_commands()[i].id), i);
}

TEST(CommandTable, no_key_and_no_name_is_given_twice) {
    std::map<std::string, std::string_view> keys;
    std::set<std::string_view> names, titles;
    for (CommandInfo const& c : all_commands()) {
        EXPECT_TRUE(names.insert(c.name).second) << c.name;
        EXPECT_TRUE(titles.insert(c.title).second) << c.title;
        std::istringstream list{std::string(c.keys)};
        for (std::string key; list >> key;)
            EXPECT_TRUE(keys.emplace(key, c.name).second) << key << " is also " << keys[key];
    }
}

TEST(CommandTable, every_command_says_what_it_does) {
    for (CommandInfo const& c : all_commands()) {
        EXPECT_FALSE(c.title.empty());
        EXPECT_TRUE(c.help.ends_with('.')) << c.name;
    }
}

TEST(Palette, offers_every_command_that_needs_no_argument) {
    auto rows = palette_rows("");
    for (CommandInfo const& c : all_commands()) {
        bool offered = false;
        for (auto const& row : rows) offered |= row.request == Request{c.id, {}};
        EXPECT_EQ(offered, !c.needs_argument) << c.name;
    }
}

TEST(Palette, finds_by_all_words_in_any_order_and_puts_the_beginning_first) {
    auto rows = palette_rows("back step");
    ASSERT_FALSE(rows.empty());
    for (auto const& row : rows) EXPECT_NE(row.title.find("tep"), std::string::npos);
    EXPECT_EQ(palette_rows("overv").front().request.id, CommandId::overview);
    EXPECT_TRUE(palette_rows("no such command").empty());
}

TEST(Palette, reaches_every_view) {
    for (ViewInfo const& view : all_views()) {
        auto rows = palette_rows(std::string("View: ") + std::string(view.title));
        ASSERT_FALSE(rows.empty()) << view.title;
        EXPECT_EQ(rows.front().request, (Request{CommandId::show_view, view.id}));
    }
}

TEST(Views, are_found_by_their_own_and_by_other_names) {
    for (ViewInfo const& view : all_views()) EXPECT_EQ(view_named(view.name), view.id);
    EXPECT_EQ(view_named("gantt"), ViewId::scheduler);
    EXPECT_EQ(view_named("nonsense"), std::nullopt);
}

}  // namespace
}  // namespace viz::model
