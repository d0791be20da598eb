// SPDX-License-Identifier: GPL-2.0-or-later
//
// The line mode, over a machine whose processor is a script: what is typed, and
// what is told. tests with the real kernel are in demo_test.cpp.
#include "visualizer/app/line_mode.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "simulator/cli/interruption.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/text.hpp"
#include "tests/fakes/script_machine.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::app {
namespace {

using sim::machine::Moment;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Conversation : public ::testing::Test {
protected:
    Conversation() {
        sim::debug::SessionOptions options;
        options.asker = sim::debug::queries::ask_in_words;
        watch.session = std::make_unique<sim::debug::Session>(sim::debug::script::subject(), options);
        lines = std::make_unique<LineMode>(watch, [this](std::string_view text) { told += text; });
    }
    std::string say(std::string_view line) {
        told.clear();
        goes_on = lines->obey(line);
        return told;
    }
    Watch watch;
    std::string told;
    std::unique_ptr<LineMode> lines;
    bool goes_on = true;
};

TEST_F(Conversation, steps_both_ways_and_says_where_it_stands) {
    EXPECT_EQ(say("step.instruction 4"), "paused at 4, 4 ns: 0x4\n");
    EXPECT_EQ(say("step.instruction.back 3"), "paused at 1, 1 ns: 0x1\n");
    EXPECT_THAT(say("step.instruction.back 9"), HasSubstr("this is the beginning\n"));
    EXPECT_THAT(say("1000"), StartsWith("paused at 1000, "));
    EXPECT_THAT(say("next.packet"), HasSubstr("paused at 1"));
    EXPECT_THAT(say("packet:1"), HasSubstr("selected: packet 1"));
    EXPECT_THAT(say("back"), HasSubstr("paused at 1"));
    EXPECT_EQ(say(""), "");
    EXPECT_EQ(say("  # a remark"), "");
    EXPECT_EQ(lines->refused(), 0u);
    say("quit");
    EXPECT_FALSE(goes_on);
}

TEST_F(Conversation, a_hunt_for_the_writer_of_a_byte) {
    say("3000");
    EXPECT_THAT(say("stop.add watch u64[0x4000]"), HasSubstr("watchpoint 1"));
    EXPECT_THAT(say("continue.back"), HasSubstr("watchpoint 1"));
    EXPECT_THAT(say("ask.question last-write phys:0x4000"), HasSubstr("0x4"));
    EXPECT_THAT(say("stops"), HasSubstr("watchpoint 1"));
    EXPECT_THAT(say("stop.remove 1"), HasSubstr("no breakpoint, watchpoint or condition"));
    EXPECT_THAT(say("show.memory 0x4000"), HasSubstr("0000000000004000 "));
    EXPECT_EQ(lines->refused(), 0u);
}

TEST_F(Conversation, another_future_is_begun_and_compared) {
    say("2000");
    say("500");
    EXPECT_THAT(say("write phys:0x8000 0x5a"), HasSubstr(" became 5a\n"));
    EXPECT_THAT(say("1500"), HasSubstr(", branch 1 fork 1\n"));
    std::string const compared = say("compare original");
    EXPECT_THAT(compared, HasSubstr("not the same\n"));
    EXPECT_THAT(compared,
                HasSubstr("first difference: another input: none | a write of 1 byte to 0x8000 at 500"));
    EXPECT_THAT(say("branches"), HasSubstr("fork 1"));
    EXPECT_THAT(say("branch.name 1 one more"), "");
    EXPECT_THAT(say("branch original"), HasSubstr("paused at 500, "));
    EXPECT_THAT(say("branch one more"), HasSubstr(", branch 1 one more"));
    EXPECT_EQ(lines->refused(), 0u);
}

TEST_F(Conversation, every_view_is_printed_and_is_json_on_demand) {
    say("700");
    for (auto const& view : model::text_views()) {
        EXPECT_NE(say(view.name), "") << view.name;
        std::string const json = say(fmt::format("json {}", view.name));
        EXPECT_FALSE(nlohmann::json::parse(json, nullptr, false).is_discarded()) << view.name << ": " << json;
    }
    for (auto const& view : model::all_views())
        EXPECT_NE(say(fmt::format("view {}", view.name)), "") << view.name;
    EXPECT_EQ(lines->refused(), 0u);
}

TEST_F(Conversation, counts_reads_and_writes_where_it_stands_and_between_the_markers) {
    say("1000");
    std::string const all = say("accesses");
    EXPECT_THAT(all, HasSubstr("from 0 to 1000"));
    EXPECT_THAT(all, HasSubstr("0x000000004000"));
    for (char const* line : {"400", "mark.a", "800", "mark.b", "600"}) say(line);
    EXPECT_THAT(say("accesses"), HasSubstr("from 400 to 800"));
    EXPECT_THAT(say("json accesses"), HasSubstr("\"from\": \"400\""));
    EXPECT_EQ(lines->refused(), 0u);
}

TEST_F(Conversation, help_lists_what_can_be_typed) {
    std::string const help = say("help");
    for (char const* word : {"step.line", "go.place PLACE", "compare BRANCH", "threads", "json VIEW"})
        EXPECT_THAT(help, HasSubstr(word));
    EXPECT_THAT(help, Not(HasSubstr("palette")));
    EXPECT_THAT(say("help fork"), StartsWith("  fork [NAME]"));
}

// QEMU, say: nobody here drives it.
struct FarMachine : sim::debug::WatchedMachine {
    FarMachine() {
        auto info = std::make_shared<sim::debug::MachineInfo>(*now->machine);
        info->runs_by_itself = true;
        now->machine = info;
    }
    std::shared_ptr<sim::debug::Snapshot const> snapshot() const override { return now; }
    void request(sim::debug::ViewRequest) override {}
    sim::debug::CommandNumber post(sim::debug::Command) override { return 1; }
    std::shared_ptr<sim::debug::Symbols const> symbols() const override { return now->symbols; }
    void start(std::function<void()>) override {}
    void stop() override {}
    bool advance() override { return false; }
    std::shared_ptr<sim::debug::Snapshot> now =
        std::make_shared<sim::debug::Snapshot>(*viz::testing::sample_snapshot());
};

TEST_F(Conversation, help_tells_of_waiting_where_a_machine_runs_by_itself) {
    EXPECT_THAT(say("help"), Not(HasSubstr("wait [SECONDS]")));
    watch.session = std::make_unique<FarMachine>();
    lines = std::make_unique<LineMode>(watch, [this](std::string_view text) { told += text; });
    EXPECT_THAT(say("help"), HasSubstr("wait [SECONDS]"));
    EXPECT_EQ(say("wait"), "") << "it stands still already";
}

TEST_F(Conversation, what_is_wrong_is_refused_in_one_line) {
    for (char const* line :
         {"nonsense", "step", "json nonsense", "go.place nowhere", "write 0x1000", "stop.remove 7",
          "branch 9", "compare original", "palette", "go", "ask.question nonsense", "stop.add nonsense",
          "help nonsense", "ask.wrote", "write phys:0xffffffffffff 1"}) {
        unsigned const before = lines->refused();
        std::string const text = say(line);
        EXPECT_THAT(text, StartsWith("refused: ")) << line;
        EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
        EXPECT_EQ(lines->refused(), before + 1) << line;
    }
}

// Anything may stand in a line; the machine's own life stays what it was.
TEST(LineMode, a_bookmark_tells_what_its_recording_says_of_it) {
    auto subject = sim::debug::script::subject();
    subject.bookmarks = {{"second page", Moment{100, 0}, "the worker answers", "threads", 0x1000},
                         {"plain", Moment{200, 0}, "", "", {}}};
    Watch watch;
    watch.session = std::make_unique<sim::debug::Session>(std::move(subject), sim::debug::SessionOptions{});
    LineMode lines(watch, [](std::string_view) {});
    EXPECT_EQ(lines.look_at("bookmark:second page"), "the worker answers");
    EXPECT_EQ(lines.look_at("bookmark:plain"), "plain");
    EXPECT_EQ(lines.look_at("100"), "");
}

// What a line may do, and what none may: the life that was there first stays as it
// was, what is published agrees with itself, and every answer is whole lines.
TEST_F(Conversation, random_lines_never_harm) {
    constexpr unsigned seed = 20260102;
    std::mt19937 random(seed);
    auto const below = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
    std::vector<std::string> const words = {
        "1000",  "0x10",        "packet:1",    "\xff\xfe", "thread", "phys:0x0", "999999999999999999999",
        "end",   "line",        "original",    "1",        "-1",     "@3",       "watch",
        "when",  "break",       "u64[0x4000]", "0x4000",   "0x5a",   "7",        "fork",
        "@500",  "phys:0x8000", "last-write",  "rip",      "==",     "walk",     "memory",
        "write", "packets",     "in",          "or",       "not",    "len>10",   "",
        "0",     "2",           "3",           "12us"};
    // Some that are right, as people type them.
    std::vector<std::string> const lines_of_people = {"write phys:0x8000 0x5a 7",
                                                      "write 0x8000 1",
                                                      "type status",
                                                      "fork what if",
                                                      "branch 0",
                                                      "branch 1",
                                                      "compare original",
                                                      "compare 1 2",
                                                      "compare 0 1 @700",
                                                      "stop.add watch u64[0x4000]",
                                                      "stop.add when rip == 4",
                                                      "stop.add break 0x9",
                                                      "stop.remove 1",
                                                      "continue.back",
                                                      "packet:2",
                                                      "900",
                                                      "12us",
                                                      "ask.question last-write phys:0x4000",
                                                      "filter.packets in len>10",
                                                      "filter.events packets",
                                                      "json events",
                                                      "print walk",
                                                      "branches",
                                                      "comparison",
                                                      "step.instruction 9",
                                                      "next.packet",
                                                      "next.interrupt 2",
                                                      "back",
                                                      "forward",
                                                      "go.end",
                                                      "go.start",
                                                      "select packet 1",
                                                      "ask.story"};
    std::vector<std::string> names;
    for (auto const& c : model::all_commands()) switch (c.id) {
            case model::CommandId::run_pause:  // these run on for ever: here no thread is ever switched
            case model::CommandId::next_switch:
            case model::CommandId::step_out:
            case model::CommandId::choose_unit:
            case model::CommandId::next_unit:
            case model::CommandId::save_branch:  // leaves a file
            case model::CommandId::quit:
                break;
            default:
                names.emplace_back(c.name);
        }
    auto& machine = dynamic_cast<sim::debug::Session&>(*watch.session).world().machine();
    say("3000");
    say("300");
    auto const hash = machine.hash();
    say("400");
    unsigned moved = 0, branched = 0;
    for (unsigned i = 0; i < 1200; ++i) {
        std::string line;
        if (std::size_t const kind = below(10); kind < 4) {
            line = lines_of_people[below(lines_of_people.size())];
        } else if (kind < 9) {
            line = names[below(names.size())];
            for (std::size_t n = below(4); n > 0; --n) line += " " + words[below(words.size())];
        } else {
            for (std::size_t n = below(40); n > 0; --n) line += static_cast<char>(below(256));
            std::erase(line, '\n');
        }
        SCOPED_TRACE(fmt::format("seed {}, line {}: {}", seed, i, line));
        auto const before = watch.session->snapshot();
        unsigned const refused = lines->refused();
        std::string const answer = say(line);
        ASSERT_TRUE(goes_on);
        auto const now = watch.session->snapshot();
        EXPECT_TRUE(answer.empty() || answer.back() == '\n') << answer;
        EXPECT_EQ(lines->refused() - refused, answer.find("refused: ") == 0 ? 1u : 0u) << answer;
        ASSERT_NE(now->state, sim::debug::RunState::running) << "nobody could stop it";
        EXPECT_LE(now->moment, now->end);
        ASSERT_EQ(std::ranges::count(now->branches, true, &sim::debug::BranchInfo::active), 1);
        for (auto const& b : now->branches) EXPECT_EQ(b.active, b.number == now->branch);
        EXPECT_EQ(now->branches.front().number, sim::debug::original);
        moved += now->moment != before->moment;
        branched += now->branches.size() > before->branches.size();
        if (HasFailure()) return;
    }
    EXPECT_GT(moved, 100u) << "most of it was refused: this tests nothing";
    EXPECT_GT(branched, 3u);
    EXPECT_GT(lines->refused(), 100u);
    // By its number: another one may be called "0" by now.
    watch.session->perform(sim::debug::SwitchBranch{sim::debug::original});
    watch.session->perform(sim::debug::SeekTo{{300, 0}});
    EXPECT_EQ(watch.session->snapshot()->branch, sim::debug::original);
    EXPECT_EQ(machine.moment(), (Moment{300, 0}));
    EXPECT_EQ(machine.hash(), hash) << "seed " << seed;
}

// Types into a terminal of its own, and reads what is told there.
class Terminal {
public:
    template <class Work>
    explicit Terminal(Work const& work) {
        child_ = forkpty(&end_, nullptr, nullptr, nullptr);
        if (child_ == 0) _exit(work());
    }
    ~Terminal() {
        if (child_ > 0) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
        close(end_);
    }
    void type(std::string_view text) const {
        EXPECT_EQ(write(end_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    // All until then; what is missing after a minute is not told.
    std::string until(std::string_view wanted) {
        std::string out;
        char bytes[512];
        pollfd ready{end_, POLLIN, 0};
        while (out.find(wanted) == std::string::npos && poll(&ready, 1, 60'000) == 1) {
            ssize_t const n = read(end_, bytes, sizeof bytes);
            if (n <= 0) break;
            out.append(bytes, static_cast<std::size_t>(n));
        }
        return out;
    }
    int wait() {
        int status = 0;
        waitpid(std::exchange(child_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    int end_ = -1;
    pid_t child_ = -1;
};

TEST(LineMode, ctrl_c_at_a_terminal_gives_up_what_runs_and_not_the_session) {
    Terminal terminal([] {
        sim::cli::Interruption interruption;
        Watch watch;
        auto subject = sim::debug::script::subject();
        subject.after_slice = [told = false](sim::machine::World& world) mutable {
            if (world.machine().moment().retired == 0) return;  // a busy host: nothing yet
            if (!std::exchange(told, true)) std::puts("it runs"), std::fflush(stdout);
        };
        watch.session = std::make_unique<sim::debug::Session>(std::move(subject));
        LineMode lines(watch, [](std::string_view text) { fmt::print("{}", text); });
        return lines.converse();
    });
    EXPECT_THAT(terminal.until("> "), HasSubstr("quit ends"));
    terminal.type("run-pause\n");  // for ever
    EXPECT_THAT(terminal.until("it runs"), HasSubstr("it runs"));
    terminal.type("\x03");
    EXPECT_THAT(terminal.until("> "), HasSubstr("paused at "));
    terminal.type("step.inst");
    terminal.until("step.inst");
    terminal.type("\x03");
    EXPECT_THAT(terminal.until("> "), HasSubstr("Ctrl-D"));
    terminal.type("go.start\n");
    EXPECT_THAT(terminal.until("> "), HasSubstr("paused at 0"));
    terminal.type("quit\n");
    EXPECT_EQ(terminal.wait(), 0);
}

}  // namespace
}  // namespace viz::app
