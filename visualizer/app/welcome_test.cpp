// SPDX-License-Identifier: GPL-2.0-or-later
//
// The card for who is here for the first time.
#include <gtest/gtest.h>

#include <string_view>

#include "visualizer/app/stage.hpp"

namespace viz::app {
namespace {

TEST(Welcome, is_shown_to_who_comes_first_and_closed_once_for_all) {
    Stage stage;
    stage.frame(2);
    auto& window = stage.shell->window();
    EXPECT_FALSE(window.welcomed);
    window.welcome = true;
    stage.frame(3);
    bool drawn = false;
    for (int i = 0; i < ImGui::GetDrawData()->CmdListsCount; ++i)
        drawn |= std::string_view(ImGui::GetDrawData()->CmdLists[i]->_OwnerName) == "welcome";
    EXPECT_TRUE(drawn);
    stage.key(ImGuiKey_Escape);
    EXPECT_FALSE(window.welcome);
    EXPECT_TRUE(window.welcomed);
    std::string const saved = stage.shell->desk().saved();
    window.welcomed = false;
    stage.shell->desk().restore(saved);
    EXPECT_TRUE(window.welcomed) << "kept from one start to the next";
}

}  // namespace
}  // namespace viz::app
