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
            auto const placed = place_start(area, scale);
            for (unsigned i = 0; i < placed.size(); ++i) {
                EXPECT_TRUE(area.contains(placed[i])) << i;
                EXPECT_GT(placed[i].width, 120);
                for (unsigned j = 0; j < i; ++j) EXPECT_FALSE(placed[i].overlaps(placed[j]));
            }
        }
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
