// SPDX-License-Identifier: MIT
//
// `viv explore` on the seeded races: it finds them, with as few preemptions as
// they need, records what it found, and finds nothing in their correct twins.
// CI takes a sample; the label long takes all, and every instruction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Race {
    int number;
    unsigned preemptions;  // that it needs
    std::string verdict;
};
Race const races[] = {{1, 1, "exit status"}, {2, 1, "exit status"}, {3, 1, "exit status"},
                      {4, 1, "deadlock"},    {5, 1, "deadlock"},    {6, 1, "exit status"},
                      {7, 2, "exit status"}, {8, 1, "exit status"}, {9, 1, "exit status"},
                      {10, 1, "exit status"}};

json explore(std::vector<std::string> words, int status) {
    words.insert(words.begin(), "explore");
    words.push_back("--json");
    Result const result = run(viv(words));
    EXPECT_EQ(result.status, status) << result.err;
    json line = json::parse(result.out, nullptr, false);
    EXPECT_TRUE(line.is_object()) << result.out << result.err;
    return line;
}

std::string name_of(Race const& race) { return "races:" + std::to_string(race.number); }

void expect_found(Race const& race) {
    Folder folder;
    std::string const file = folder / "found.run";
    json const found = explore({name_of(race), "--record", file}, 1);
    ASSERT_TRUE(found.value("found", false)) << found;
    json const& failure = found["failure"];
    EXPECT_EQ(failure["verdict"], race.verdict);
    EXPECT_EQ(failure["preemptions"].size(), race.preemptions);
    EXPECT_NE(failure["first_access"]["thread"], failure["second_access"]["thread"]) << failure;
    EXPECT_THAT(failure["second_access"]["line"].get<std::string>(), HasSubstr(".cpp:"));

    Result const again = run(viv({"replay", file, "--verify"}));
    EXPECT_EQ(again.status, 0) << again.err;
    Result const asked = run(viv({"query", file + "@bookmark:second access", "threads", "--json"}));
    EXPECT_EQ(asked.status, 0) << asked.err;
    EXPECT_EQ(json::parse(asked.out, nullptr, false).value("moment", ""), failure["second_access"]["at"]);
    if (race.verdict == "exit status") {
        EXPECT_EQ(run(viv({"replay", file})).status, 1);
    }
}

void expect_nothing(Race const& race) {
    json const verdict = explore({name_of(race) + ":fixed", "--runs", "200"}, 0);
    EXPECT_FALSE(verdict.value("found", true)) << verdict;
    EXPECT_TRUE(verdict.value("complete", false)) << verdict;
}

class Sample : public testing::TestWithParam<Race> {};
TEST_P(Sample, is_found_and_its_twin_is_clean) {
    expect_found(GetParam());
    expect_nothing(GetParam());
}
INSTANTIATE_TEST_SUITE_P(Races, Sample, testing::Values(races[0], races[4], races[6]),
                         [](auto const& each) { return std::to_string(each.param.number); });

TEST(Explore, the_result_does_not_depend_on_the_number_of_workers) {
    Folder folder;
    std::string const one = folder / "one.run", three = folder / "three.run";
    json a = explore({"races:7", "--jobs", "1", "--record", one}, 1);
    json b = explore({"races:7", "--jobs", "3", "--record", three}, 1);
    a["failure"].erase("recording");
    b["failure"].erase("recording");
    EXPECT_EQ(a, b);
    EXPECT_EQ(read_file(one), read_file(three));
}

// With none tried one after the other, chance has to find it, and what it finds is shrunk to
// what is needed.
TEST(Explore, random_priorities_find_what_the_bound_leaves_out_and_are_shrunk) {
    Folder folder;
    json const found = explore(
        {"races:1", "--preemptions", "0", "--runs", "2000", "--seed", "1", "--record", folder / "a.run"}, 1);
    json const& failure = found["failure"];
    EXPECT_EQ(failure["by"], "random priorities");
    // How many are left depends on the schedule that chance found: none of them can be spared.
    EXPECT_GE(failure["preemptions"].size(), 1u) << failure;
    EXPECT_LT(failure["preemptions"].size(), failure["before_shrinking"].get<std::size_t>()) << failure;
    EXPECT_EQ(run(viv({"replay", folder / "a.run"})).status, 1);
}

TEST(Explore, an_invariant_that_fails_is_found_where_it_fails) {
    Folder folder;
    json const found = explore({"races:1:fixed", "--invariant", "threads::the_scheduler.switches_ < 3",
                                "--record", folder / "a.run"},
                               1);
    EXPECT_EQ(found["failure"]["verdict"], "invariant");
    EXPECT_THAT(found["failure"]["text"].get<std::string>(), HasSubstr("switches_"));
}

// Two guests on a wire. The client gives up an answer after 150 ms: in peace it
// never has to; a lost segment is sent again too late for it.
std::string topology_of(std::string const& patience) {
    return R"({"machines": [
        {"name": "server", "app": "http", "append": "ip=10.0.0.1/24", "service": true, "memory": "16M"},
        {"name": "client", "app": "fetch", "append": "ip=10.0.0.2/24 peer=10.0.0.1 count=1 bytes=1500 )" +
           patience + R"(", "memory": "16M"}],
        "links": [{"name": "wire", "between": ["client", "server"], "delay": "2ms"}]})";
}

TEST(Explore, a_lost_frame_shows_what_no_peace_does_and_nothing_happens_to_the_patient) {
    Folder folder;
    write_file(folder / "net.json", topology_of("patience=150"));
    write_file(folder / "hasty.json", R"({"topology": "net.json", "frames": 1, "random_runs": 0})");
    json const found = explore({folder / "hasty.json", "--record", folder / "found.run"}, 1);
    json const& failure = found["failure"];
    EXPECT_EQ(failure["machine"], "client");
    EXPECT_EQ(failure["verdict"], "exit status");
    ASSERT_EQ(failure["disturbances"].size(), 1u);
    EXPECT_THAT(failure["disturbances"][0]["text"].get<std::string>(), HasSubstr("frame"));
    EXPECT_EQ(run(viv({"replay", folder / "found.run", "--verify"})).status, 0);
    Result const alone = run(viv({"replay", folder / "found-client.run", "--verify"}));
    EXPECT_EQ(alone.status, 0) << alone.err;
    EXPECT_NE(run(viv({"replay", folder / "found-client.run"})).status, 0);

    write_file(folder / "net.json", topology_of("patience=60000"));
    json const nothing = explore({folder / "hasty.json"}, 0);
    EXPECT_TRUE(nothing["complete"]) << nothing;
    EXPECT_GT(nothing["runs"], 20u);
}

TEST(Explore, chance_finds_frames_beyond_the_bound_and_is_shrunk) {
    Folder folder;
    write_file(folder / "net.json", topology_of("patience=150"));
    write_file(folder / "hasty.json",
               R"({"topology": "net.json", "frames": 1, "most_runs": 1, "random_runs": 50})");
    json const found = explore({folder / "hasty.json", "--record", folder / "found.run"}, 1);
    EXPECT_EQ(found["failure"]["by"], "chance") << found;
    EXPECT_EQ(found["failure"]["disturbances"].size(), 1u) << found;
}

TEST(Explore, a_late_interrupt_shows_what_no_schedule_does) {
    Folder folder;
    json const schedules = explore({"tardy", "--runs", "5", "--preemptions", "1"}, 0);
    EXPECT_FALSE(schedules["found"]) << schedules;
    std::vector<std::string> const words = {"tardy", "--preemptions", "0", "--runs",
                                            "0",     "--interrupts",  "1"};
    auto with = words;
    with.insert(with.end(), {"--record", folder / "found.run"});
    json const found = explore(with, 1);
    ASSERT_EQ(found["failure"]["disturbances"].size(), 1u) << found;
    EXPECT_THAT(found["failure"]["disturbances"][0]["text"].get<std::string>(), HasSubstr("late"));
    EXPECT_EQ(run(viv({"replay", folder / "found.run", "--verify"})).status, 0);
    EXPECT_EQ(run(viv({"replay", folder / "found.run"})).status, 1);
    auto more = with;
    more.insert(more.end(), {"--jobs", "3"});
    json again = explore(more, 1);
    EXPECT_EQ(again["failure"]["disturbances"], found["failure"]["disturbances"]);
    auto twin = words;
    twin.insert(twin.end(), {"--append", "fixed"});
    EXPECT_FALSE(explore(twin, 0)["found"]);
}

// Warm-ups that last for minutes, of both kinds.
TEST(Explore, ctrl_c_is_heard_while_it_warms_up) {
    Folder folder;
    write_file(folder / "world.json",
               R"({"application": "http", "append": "ip=10.0.0.1/24", "warm": "36000s", "interrupts": 1,
                   "preemptions": 0, "random_runs": 0})");
    for (std::vector<std::string> const& words : {std::vector<std::string>{"explore", folder / "world.json"},
                                                  {"explore", "http", "--warm", "900000000000"}}) {
        Program program(viv(words));
        usleep(700'000);
        program.send_signal(SIGINT);
        auto const before = std::chrono::steady_clock::now();
        Result const ended = program.finish();
        EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
        EXPECT_EQ(ended.status, 130) << ended.out << ended.err;
        EXPECT_THAT(ended.out, HasSubstr("interrupted")) << ended.err;
    }
}

// Preemptions and disturbances in one run, of the machines of a topology.
TEST(Explore, preemptions_come_together_with_frames) {
    Folder folder;
    write_file(folder / "net.json", topology_of("patience=60000"));
    write_file(folder / "both.json", R"({"topology": "net.json", "frames": 1, "disturbed_preemptions": 1,
                                         "most_runs": 60, "random_runs": 3})");
    json const nothing = explore({folder / "both.json"}, 0);
    EXPECT_EQ(nothing["disturbed_preemptions"], 1) << nothing;
    json const frames = explore({folder / "both.json", "--with-preemptions", "0"}, 0);
    EXPECT_GT(nothing["events"], frames["events"]) << "steps of threads, too";
}

TEST(Explore, wrong_use_is_said_in_one_line) {
    auto const refused = [](std::vector<std::string> words, std::string const& part) {
        words.insert(words.begin(), "explore");
        Result const result = run(viv(words));
        EXPECT_EQ(result.status, 2);
        EXPECT_THAT(result.err, HasSubstr(part));
    };
    refused({"racers:1"}, "races");
    refused({"races:x"}, "races:3");
    refused({"races:1:fast"}, "fixed");
    refused({"/nowhere/a.json"}, "/nowhere/a.json");
    refused({"races:1", "--warm", "lunch"}, "lunch");
    refused({"races:1", "--preemptions", "9"}, "--preemptions");
    refused({"races:1", "--invariant", "1 +"}, "1 +");
    refused({"races:1", "--frames", "1"}, "topology");
    refused({"races:1", "--interrupts", "9"}, "--interrupts");
    refused({"races:1", "--interrupts", "1", "--late", "soon"}, "--late soon");
}

}  // namespace
}  // namespace scenario
