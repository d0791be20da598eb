// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/settings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "visualizer/app/stage.hpp"

namespace viz::app {
namespace {

namespace fs = std::filesystem;

// A folder for settings of the test's own.
class Settings : public ::testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("viv_settings_test." + std::to_string(getpid()));
        fs::create_directories(folder);
        if (char const* before = std::getenv("XDG_CONFIG_HOME")) config_before = before;
        setenv("XDG_CONFIG_HOME", folder.c_str(), 1);
    }
    void TearDown() override {
        if (config_before)
            setenv("XDG_CONFIG_HOME", config_before->c_str(), 1);
        else
            unsetenv("XDG_CONFIG_HOME");
        fs::remove_all(folder);
    }
    fs::path folder;
    std::optional<std::string> config_before;
};

TEST_F(Settings, a_window_without_a_word_looks_as_the_last_one_did) {
    EXPECT_EQ(&theme_of_window(""), &model::dark_theme()) << "nothing is kept yet";
    EXPECT_EQ(zoom_of_window(), 1);
    Stage stage;
    stage.frame();
    stage.shell->window().theme = model::theme_named("light");
    stage.shell->window().zoom = 1.5f;
    write_arrangement(stage.shell->desk().saved());
    EXPECT_EQ(theme_of_window("").name, "light");
    EXPECT_EQ(zoom_of_window(), 1.5f);
    EXPECT_EQ(theme_of_window("contrast").name, "contrast") << "a word is stronger";
    EXPECT_THROW(theme_of_window("pink"), std::runtime_error);
    EXPECT_THROW(find_theme(""), std::runtime_error);
}

TEST_F(Settings, what_is_no_arrangement_is_as_if_it_were_not_there) {
    for (char const* text : {"", "[]", "{", R"({"theme": 7, "zoom": "big"})", R"({"zoom": 900})"}) {
        write_arrangement(text);
        EXPECT_EQ(&theme_of_window(""), &model::dark_theme()) << text;
        EXPECT_EQ(zoom_of_window(), 1) << text;
    }
}

}  // namespace
}  // namespace viz::app
