// SPDX-License-Identifier: GPL-2.0-or-later
//
// Each lab's crime scene can be made, holds no hint at where to look, and knows a
// right answer from a wrong one. scene_long_test: with every case.
#include "labs/grader/scene.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "labs/grader/scratch.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"
#include "simulator/recording/run_reader.hpp"

namespace lab {
namespace {

bool const everything = long_test();

namespace fs = std::filesystem;

std::vector<int> labs_with_a_scene() {
    std::vector<int> all;
    if (!std::getenv("VIV_ROOT")) return all;
    for (auto const& definition : load_definitions(house().repository))
        if (scene_of(definition)) all.push_back(definition.number);
    return all;
}

class Scene : public testing::TestWithParam<int> {
protected:
    void SetUp() override { definition_ = find_definition(house().repository, GetParam()); }

    // With this on the line "Answer:".
    std::string said_to(Started const& started, std::string const& answer) const {
        std::string text = read_text(definition_.folder / "scene.md");
        std::string const label = "\nAnswer:\n";
        auto const at = text.find(label);
        EXPECT_NE(at, std::string::npos) << "scene.md has no empty line Answer:";
        if (at != std::string::npos) text.replace(at, label.size(), "\nAnswer: " + answer + "\n");
        write_text(started.folder / "scene.md", text);
        return objection_to_scene(started);
    }

    ScratchFolder const scratch_;
    fs::path const folder_ = scratch_.path();
    Definition definition_;
};

TEST_P(Scene, is_a_recording_and_an_answer_that_is_not_told) {
    auto const cases = scene_of(definition_)->cases.size();
    for (std::uint64_t seed = 0; seed < (everything ? cases : 1); ++seed) {
        Started const started{.folder = folder_, .lab = GetParam(), .seed = seed};
        auto const words = make_scene(house(), definition_, started);
        ASSERT_FALSE(words.empty());
        auto const recording = sim::recording::read_run_file(folder_ / "scene.run");
        EXPECT_TRUE(recording.complete);
        EXPECT_TRUE(recording.bookmarks.empty()) << "it names its first bad moment";

        std::string right;
        for (auto const& word : words) right += word + " ";
        EXPECT_EQ(objection_to_scene(started), "scene.md has no answer yet");
        EXPECT_EQ(said_to(started, right), "");
        EXPECT_EQ(said_to(started, right + "more"), std::to_string(words.size()) +
                                                        " words are wanted, and \"" + right + "more\" has " +
                                                        std::to_string(words.size() + 1));
        std::string wrong = "0xfeedface";
        for (std::size_t i = 1; i < words.size(); ++i) wrong += " " + words[i];
        EXPECT_EQ(said_to(started, wrong), "0xfeedface is not it");
        for (auto const& word : words)
            EXPECT_EQ(read_text(folder_ / ".scene.json").find("\"" + word), std::string::npos);
        fs::remove(folder_ / "scene.md");
    }
}

INSTANTIATE_TEST_SUITE_P(All, Scene, testing::ValuesIn(labs_with_a_scene()),
                         [](auto const& one) { return "lab" + std::to_string(one.param); });

TEST(SceneOfAll, each_lab_but_the_first_hour_has_one) {
    for (auto const& definition : load_definitions(house().repository))
        EXPECT_TRUE(definition.number == 0 || scene_of(definition)) << definition.name;
}

}  // namespace
}  // namespace lab
