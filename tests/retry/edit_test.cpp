// SPDX-License-Identifier: MIT
//
// The whole way of `viv retry`: a line of the kernel's source is edited in a copy
// of the tree, and retry builds what was edited. A line that does not compile, and
// the line put back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/scenario/program.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

// A tree of its own, with the programs of this one.
struct Tree {
    scenario::Folder folder;
    std::string const root = folder / "tree", build = root + "/build/dev";

    Tree() {
        fs::create_directory(root);
        for (auto const& entry : fs::directory_iterator(from("VIV_ROOT"))) {
            std::string const name = entry.path().filename();
            if (name == "build" || name.starts_with(".")) continue;
            fs::copy(entry.path(), fs::path(root) / name,
                     fs::copy_options::recursive | fs::copy_options::copy_symlinks);
        }
        // Configuring looks for what ./viv setup has put into the user's cache.
        auto const configured =
            scenario::run({"env", cache(), "cmake", "-S", root, "-B", build, "--preset", "dev"});
        EXPECT_EQ(configured.status, 0) << configured.err;
        auto const built = scenario::run({"ninja", "--quiet", "-C", build, "images/http.elf"});
        EXPECT_EQ(built.status, 0) << built.out << built.err;
    }
    static std::string from(char const* variable, char const* otherwise = ".") {
        char const* value = std::getenv(variable);
        return value ? value : otherwise;
    }
    static std::string cache() { return "XDG_CACHE_HOME=" + from("XDG_CACHE_HOME", ""); }
    scenario::Result viv(std::vector<std::string> words) {
        std::vector<std::string> all = {"env", "VIV_ROOT=" + root, "VIV_BUILD=" + build,
                                        from("VIV_BUILD") + "/bin/viv-machine"};
        all.insert(all.end(), words.begin(), words.end());
        return scenario::run(all);
    }
    std::string const source = root + "/kernel/apps/http/greeting.cpp";
};

TEST(Retry, builds_what_was_edited_and_shows_what_that_changed) {
    Tree tree;
    std::string const file = tree.folder / "visit.run";
    auto const recorded = tree.viv({"run", "http", "--self-request", "--exit-after", "1", "--record", file});
    ASSERT_EQ(recorded.status, 0) << recorded.err;

    std::string const before = scenario::read_file(tree.source);
    std::size_t const quote = before.rfind("\";");
    ASSERT_NE(quote, std::string::npos);
    std::string edited = before;
    edited.insert(quote, ", edited a moment ago");
    scenario::write_file(tree.source, edited);
    auto const changed = tree.viv({"retry", file + "@packet:7", "--json"});
    json const answer = json::parse(changed.out, nullptr, false);
    ASSERT_TRUE(answer.is_object()) << changed.out << changed.err;
    EXPECT_EQ(answer["reached"], true);
    EXPECT_THAT(changed.err, testing::Not(HasSubstr("nothing has changed")));
    auto const whole = tree.viv({"retry", file + "@end", "--json"});
    EXPECT_EQ(whole.status, 1) << whole.err;
    EXPECT_THAT(whole.out, HasSubstr("200 OK"));

    scenario::write_file(tree.source, edited + "\nthis is no C++\n");
    auto const broken = tree.viv({"retry", file + "@end"});
    EXPECT_NE(broken.status, 0);
    EXPECT_THAT(broken.err, HasSubstr("greeting.cpp"));
    EXPECT_THAT(broken.err, HasSubstr("cannot be built"));

    scenario::write_file(tree.source, before);
    auto const again = tree.viv({"retry", file + "@end"});
    EXPECT_EQ(again.status, 0) << again.out << again.err;
    EXPECT_THAT(again.err, HasSubstr("nothing has changed"));
}

}  // namespace
