// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/start_page.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace viz::model {
namespace {

TEST(StartPage, groups_fill_the_page_without_overlap) {
    for (float scale : {1.0f, 1.6f, 2.0f})
        for (auto [w, h] : {std::pair{800.0f, 400.0f}, {1280.0f, 600.0f}, {3840.0f, 2000.0f}}) {
            Rect const area{10, 20, w, h};
            auto const placed = place_start(area, scale, {9000, 9000, 9000, 9000});
            for (unsigned i = 0; i < placed.size(); ++i) {
                EXPECT_TRUE(area.contains(placed[i])) << i;
                EXPECT_GT(placed[i].width, 120);
                for (unsigned j = 0; j < i; ++j) EXPECT_FALSE(placed[i].overlaps(placed[j]));
            }
        }
}

TEST(StartPage, a_group_is_no_higher_than_what_it_holds_and_leaves_the_rest_to_its_neighbour) {
    Rect const area{0, 0, 1500, 1000};
    auto const few = place_start(area, 1, {100, 300, 400, 200});
    EXPECT_EQ(100, few[0].height);
    EXPECT_EQ(300, few[1].height);
    EXPECT_EQ(few[0].bottom() + 14, few[1].y);
    EXPECT_EQ(400, few[2].height);
    EXPECT_EQ(200, few[3].height);
    // Many recordings have what the applications leave, and the other way round.
    auto const many = place_start(area, 1, {900, 300, 400, 200});
    EXPECT_EQ(686, many[0].height);
    EXPECT_EQ(300, many[1].height);
    EXPECT_EQ(886, place_start(area, 1, {100, 900, 0, 0})[1].height);
    auto const both = place_start(area, 1, {900, 900, 2000, 200});
    EXPECT_EQ(493, both[0].height);
    EXPECT_EQ(493, both[1].height);
    EXPECT_EQ(1000, both[2].height);
    auto const square = place_start({0, 0, 800, 400}, 1, {100, 900, 900, 50});
    EXPECT_EQ(100, square[0].height);
    EXPECT_EQ(286, square[2].height);
    EXPECT_EQ(336, square[1].height);
    EXPECT_EQ(50, square[3].height);
    EXPECT_EQ(1500, start_width(3000, 1));
    EXPECT_EQ(3000, start_width(3700, 2));
    EXPECT_EQ(700, start_width(700, 1));
}

TEST(StartPage, says_what_would_fill_it_and_how_to_do_by_hand_what_it_does) {
    StartPage page;
    EXPECT_NE(start_text(page).find("There is none yet"), std::string::npos);
    page.groups[0].push_back({"my run", "just now", {"open", "my run's.run"}});
    page.groups[2].push_back({"A tour", "5 minutes", {"tour", "play", "a"}});
    std::string const text = start_text(page);
    EXPECT_EQ(text.find("There is none yet"), std::string::npos);
    EXPECT_NE(text.find("./viv open 'my run'\\''s.run'"), std::string::npos) << text;
    EXPECT_NE(text.find("./viv tour play a"), std::string::npos) << text;
    // What is typed stands before what may be long.
    EXPECT_LT(text.find("./viv tour play a"), text.find("5 minutes")) << text;
    auto const json = nlohmann::json::parse(start_json(page));
    EXPECT_EQ(json["tours"][0]["title"], "A tour");
    EXPECT_TRUE(json["labs"].empty());
}

}  // namespace
}  // namespace viz::model
