// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/figures.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <stdexcept>

namespace sim::bench {
namespace {

TEST(Figures, a_figure_is_reached_missed_or_not_measured) {
    std::vector<Figure> const figures = {{"a", "sim", "", "", 0.7, {}, 1.0},
                                         {"b", "sim", "", "ms", {}, 5.0, {}},
                                         {"c", "sim", "", "ms", {}, 5.0, {}},
                                         {"d", "other", "", "", 1.0, {}, {}}};
    auto const judged = judge(figures, "sim", {{"a", "", "", 0.71, 0, 0, ""}, {"b", "", "", 5.1, 0, 0, ""}});
    ASSERT_EQ(judged.size(), 3u);
    EXPECT_TRUE(judged[0].reached);
    EXPECT_FALSE(judged[1].reached);
    EXPECT_FALSE(judged[2].reached);  // nobody measured it: that is no pass
    EXPECT_FALSE(judged[2].measured);
}

TEST(Figures, a_summary_is_the_median_and_the_spread) {
    Measurement const odd = summary("x", "", "", {3, 1, 2});
    EXPECT_EQ(odd.value, 2);
    EXPECT_EQ(odd.low, 1);
    EXPECT_EQ(odd.high, 3);
    EXPECT_EQ(summary("x", "", "", {1, 2}).value, 1.5);
    EXPECT_THROW(summary("x", "", "", {}), std::logic_error);
}

TEST(Figures, the_list_of_the_tree_is_right) {
    char const* root = std::getenv("VIV_ROOT");
    auto const figures = read_figures(std::string(root ? root : ".") + "/tests/bench/figures.json");
    std::set<std::string> ids;
    for (Figure const& figure : figures) EXPECT_TRUE(ids.insert(figure.id).second) << figure.id;
    EXPECT_GE(ids.size(), 6u);
}

TEST(Figures, a_wrong_list_is_refused) {
    auto const refused = [](std::string const& text) {
        std::string const file = "/tmp/viv-figures-" + std::to_string(getpid());
        std::ofstream(file) << text;
        bool thrown = false;
        try {
            read_figures(file);
        } catch (std::runtime_error const&) {
            thrown = true;
        }
        unlink(file.c_str());
        return thrown;
    };
    EXPECT_TRUE(refused("{}"));
    EXPECT_TRUE(refused(R"([{"id":"a","bench":"sim","what":"x"}])"));
    EXPECT_TRUE(refused(R"([{"bench":"sim","what":"x","least":1}])"));
    EXPECT_TRUE(refused(R"([{"id":"a","bench":"sim","what":"x","least":"fast"}])"));
    EXPECT_FALSE(refused(R"([{"id":"a","bench":"sim","what":"x","least":1}])"));
    EXPECT_THROW(read_figures("/nowhere/figures.json"), std::runtime_error);
}

}  // namespace
}  // namespace sim::bench
