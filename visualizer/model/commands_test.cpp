// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/commands.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "simulator/debug/text.hpp"

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

// By itself, by a prompt for its argument, or by a row for each argument.
TEST(Palette, leads_to_every_command) {
    auto rows = palette_rows("");
    for (CommandInfo const& c : all_commands()) {
        if (c.id == CommandId::select || c.id == CommandId::type_argument) continue;
        bool offered = false;
        for (auto const& row : rows) {
            offered |= row.request == Request{c.id, {}} && !c.needs_argument();
            offered |= row.request == Request{CommandId::type_argument, c.id};
            offered |= row.request.id == c.id && c.needs_argument() && row.request.argument.index() != 0;
            offered |= prompted_by(row.request.id) == c.id;
        }
        offered |= c.takes == Takes::perspective;  // each has a command of its own
        EXPECT_TRUE(offered) << c.name;
    }
}

TEST(Palette, an_argument_that_can_be_left_out_can_also_be_typed) {
    for (CommandInfo const& c : all_commands()) {
        if (c.needs_argument() || c.takes == Takes::nothing) continue;
        auto const rows = palette_rows(c.title);
        ASSERT_GE(rows.size(), 2u) << c.name;
        EXPECT_EQ(rows[0].request, (Request{c.id, {}})) << c.name << " comes first, as it is";
        EXPECT_EQ(rows[1].request, (Request{CommandId::type_argument, c.id})) << c.name;
        EXPECT_EQ(rows[1].title, std::string(c.title) + " ...");
    }
    EXPECT_EQ(palette_rows("Fork from here").size(), 2u);
}

TEST(Views, have_text_twins_and_each_text_belongs_to_a_view) {
    std::set<std::string_view> told;
    for (ViewInfo const& view : all_views()) {
        ASSERT_FALSE(view.texts[0].empty()) << view.name;
        for (std::string_view text : view.texts)
            if (!text.empty()) {
                EXPECT_EQ(text_view_named(text), text);
                EXPECT_TRUE(told.insert(text).second) << text;
            }
        EXPECT_TRUE(text_view_named(view.name)) << view.name;
    }
    for (auto const& text : text_views()) EXPECT_TRUE(told.contains(text.name)) << text.name;
    for (auto const& perspective : all_perspectives()) EXPECT_TRUE(text_view_named(perspective.name));
    EXPECT_FALSE(text_view_named("nonsense"));
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
