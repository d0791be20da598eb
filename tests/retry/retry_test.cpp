// SPDX-License-Identifier: MIT
//
// Edit and rerun to here, as a user does it: a recorded visit to the HTTP server,
// once more with the same kernel, with one line changed, and with a kernel in
// which the event is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulator/recording/parent.hpp"
#include "simulator/recording/replay.hpp"
#include "tests/scenario/program.hpp"

namespace {

using nlohmann::json;
using scenario::Folder;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned visits = 3;

std::string const& http() {
    static Folder folder;
    static std::string const file = [] {
        std::string const name = folder / "http.run";
        auto const r =
            scenario::run(scenario::viv({"run", "http", "--forward", "0:80", "--self-request", "--exit-after",
                                         std::to_string(visits), "--record", name}));
        EXPECT_EQ(r.status, 0) << r.err;
        return name;
    }();
    return file;
}

struct Outcome {
    json answer;
    std::string err;
};
Outcome retried(std::vector<std::string> words, int status) {
    words.insert(words.begin(), "retry");
    words.push_back("--json");
    auto const r = scenario::run(scenario::viv(words));
    EXPECT_EQ(r.status, status) << r.out << r.err;
    json answer = json::parse(r.out, nullptr, false);
    EXPECT_TRUE(answer.is_object()) << r.out << r.err;
    return {std::move(answer), r.err};
}

TEST(Retry, with_the_same_kernel_is_the_same_life) {
    Folder folder;
    std::string const again = folder / "again.run";
    auto const [r, err] = retried({http() + "@end", "-o", again}, 0);
    EXPECT_THAT(err, HasSubstr("nothing has changed"));
    EXPECT_EQ(r["same"], true);
    EXPECT_EQ(r["delivered"], r["inputs"]);
    EXPECT_TRUE(r["notes"].empty()) << r["notes"];
    // To the last bit: every input at its recorded moment.
    sim::recording::Recording const one = sim::recording::read_run_file(http()),
                                    other = sim::recording::read_run_file(again);
    ASSERT_EQ(one.inputs.size(), other.inputs.size());
    for (std::size_t i = 0; i < one.inputs.size(); ++i) ASSERT_EQ(one.inputs[i], other.inputs[i]) << i;
    EXPECT_EQ(one.end.hash, other.end.hash);
    EXPECT_TRUE(comes_from(other, one));
    EXPECT_EQ(other.parent->kind, "retry");
}

TEST(Retry, stops_at_the_event_and_shows_both_sides) {
    auto const r = retried({http() + "@packet:9", "--no-build"}, 0).answer;
    EXPECT_EQ(r["reached"], true);
    EXPECT_EQ(r["event_old"], r["event_new"]);
    EXPECT_EQ(r["comparison"]["one"]["moment"], r["comparison"]["other"]["moment"]);
    EXPECT_FALSE(r["comparison"]["one"]["stack"].empty());
}

// "start" means the same in every build, as docs/reference/moments.md says.
TEST(Retry, stands_at_the_start_of_both_lives) {
    auto const r = retried({http() + "@start", "--no-build"}, 0).answer;
    EXPECT_EQ(r["reached"], true);
    EXPECT_EQ(r["ended"], "");
    EXPECT_EQ(r["comparison"]["one"]["moment"], "0");
    EXPECT_EQ(r["comparison"]["other"]["moment"], "0");
}

TEST(Retry, one_changed_line_changes_the_answers_and_nothing_else_that_happens) {
    Folder folder;
    std::string const changed = folder / "changed.run";
    auto const r =
        retried({http() + "@end", "--image", VIV_CHANGED_IMAGE, "-o", changed, "--embed"}, 1).answer;
    EXPECT_EQ(r["reached"], true);
    EXPECT_EQ(r["delivered"], r["inputs"]) << r["notes"];
    EXPECT_THAT(r["ended"].get<std::string>(), HasSubstr("the guest exited with 0"));
    // Every answer still comes, each with other words.
    json const packets = r["comparison"]["sections"]["packets"]["changes"];
    std::size_t answers = 0;
    for (json const& change : packets) {
        EXPECT_EQ(change["what"], "changed") << change;
        answers += change["other"].get<std::string>().find("200 OK") != std::string::npos;
    }
    EXPECT_EQ(answers, visits) << packets;
    EXPECT_THAT(r["comparison"]["first"]["cause"].get<std::string>(), HasSubstr("200 OK"));
    EXPECT_FALSE(r["comparison"]["sections"].contains("place")) << r["comparison"]["sections"]["place"];
    // The recorded visitor acknowledged another length: said, and made to fit.
    EXPECT_THAT(r["notes"].dump(), HasSubstr("here the guest had sent"));
    EXPECT_THAT(r["notes"].dump(), Not(HasSubstr("never sent")));
    // The new life is a recording like any other.
    auto const verified = scenario::run(scenario::viv({"replay", changed, "--verify"}));
    EXPECT_EQ(verified.status, 0) << verified.err;
    auto const compared = scenario::run(scenario::viv({"compare", http(), changed}));
    EXPECT_EQ(compared.status, 1) << compared.err;
    EXPECT_THAT(compared.out, HasSubstr("is a retry of"));
}

TEST(Retry, an_event_of_the_changed_kernel_is_found_by_its_number) {
    // Before the first answer nothing that counts is different.
    auto const before = retried({http() + "@connection:2", "--image", VIV_CHANGED_IMAGE}, 0).answer;
    EXPECT_EQ(before["reached"], true);
    EXPECT_EQ(before["event_old"], before["event_new"]);
    auto const after =
        scenario::run(scenario::viv({"retry", http() + "@connection:7", "--image", VIV_CHANGED_IMAGE}));
    EXPECT_EQ(after.status, 1) << after.out;
    EXPECT_THAT(after.out, HasSubstr("old: connection"));
    EXPECT_THAT(after.out, HasSubstr("first difference: packet:"));
    EXPECT_THAT(after.out, HasSubstr(", byte "));
}

TEST(Retry, says_that_a_fault_does_not_happen_any_more) {
    Folder folder;
    std::string const crash = folder / "crash.run";
    auto const recorded =
        scenario::run(scenario::viv({"run", "crash", "--append", "crash=null", "--record", crash}));
    ASSERT_EQ(recorded.status, 101) << recorded.err;
    char const* build = std::getenv("VIV_BUILD");
    std::string const mended = std::string(build ? build : "build/dev") + "/images/hello.elf";
    auto const r = scenario::run(scenario::viv({"retry", crash + "@fault:1", "--image", mended}));
    EXPECT_EQ(r.status, 1) << r.err;
    EXPECT_THAT(r.out, HasSubstr("it does not happen any more; the run ended at moment"));
    EXPECT_THAT(r.out, HasSubstr("the guest exited with 0"));
    EXPECT_THAT(r.out, HasSubstr("old: page fault in"));
}

TEST(Retry, says_what_is_wrong_in_one_line) {
    auto const wrong = [&](std::vector<std::string> words, std::string const& why) {
        words.insert(words.begin(), "retry");
        auto const r = scenario::run(scenario::viv(words));
        EXPECT_EQ(r.status, 2) << r.out;
        EXPECT_THAT(r.err, HasSubstr(why));
    };
    wrong({http() + "@12345", "--no-build"}, "is a count or a time of this build alone");
    wrong({http() + "@fault:99999", "--no-build"}, "has no fault:99999: only");
    wrong({http() + "@end", "--image", http()}, "");
    wrong({http() + "@end", "--image", "/nowhere.elf"}, "/nowhere.elf");
    wrong({"/nowhere.run@end"}, "/nowhere.run");
}

}  // namespace
