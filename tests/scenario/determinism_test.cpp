// SPDX-License-Identifier: MIT
//
// Real kernels in the real engine: the same life however it is cut. A straight
// run is the truth; runs in random pieces, restored at random moments, on other
// machines and backwards must end with the same hash of the whole machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>

#include "simulator/board/pc.hpp"
#include "simulator/recording/replay.hpp"
#include "tests/scenario/console.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using namespace sim::machine;

std::shared_ptr<std::vector<std::uint8_t> const> image(std::string const& name) {
    std::ifstream file(std::string(std::getenv("VIV_BUILD")) + "/images/" + name + ".elf", std::ios::binary);
    EXPECT_TRUE(file) << name;
    return std::make_shared<std::vector<std::uint8_t> const>(std::istreambuf_iterator<char>(file),
                                                             std::istreambuf_iterator<char>());
}

// How to make the same machine again, at moment 0.
using Make = std::function<std::unique_ptr<Machine>()>;

Make make_image(std::string const& name) {
    return [name, bytes = image(name)] {
        MachineConfig config;
        config.image = {name + ".elf", "", bytes};
        return sim::board::make_pc(config);
    };
}

// A life of the HTTP server with requests from the host, recorded once.
Make make_replay_of_http(Folder const& folder) {
    std::string const file = folder / "http.run";
    Result const made = run(
        viv({"run", "http", "--exit-after", "3", "--self-request", "--forward", "0:80", "--record", file}));
    EXPECT_EQ(made.status, 0) << made.err;
    auto const replay = std::make_shared<sim::recording::Replay>(file);
    return [replay] {
        auto machine = sim::board::make_pc(replay->machine().config());
        machine->set_log(replay->machine().log());
        machine->set_replay_only(true);
        return machine;
    };
}

struct Truth {
    RunResult result;
    Moment end;
    CheckpointPtr last;
    std::string console;
};

Truth straight(Make const& make) {
    auto const machine = make();
    machine->set_checkpoint_interval(0);
    Console console;
    machine->add_observer(console);
    RunResult const result = machine->run({});
    return {result, machine->moment(), machine->checkpoint(), console.text};
}

void expect_equal(Make const& make, Checkpoint const& expected, Checkpoint const& seen,
                  std::string const& how) {
    if (hash_of(expected) == hash_of(seen)) return;
    std::string text;
    for (std::string const& line : make()->differences(expected, seen)) text += "\n  " + line;
    ADD_FAILURE() << how << " differs:" << text;
}

class Life : public testing::TestWithParam<std::string> {
protected:
    Make make() { return GetParam() == "http" ? make_replay_of_http(folder) : make_image(GetParam()); }
    Folder folder;
};

TEST_P(Life, is_the_same_twice) {
    Make const again = make();
    Truth const one = straight(again), two = straight(again);
    EXPECT_NE(one.result.stop, RunStop::diverged) << one.result.message;
    EXPECT_FALSE(one.console.empty());
    EXPECT_EQ(one.end, two.end);
    EXPECT_EQ(one.console, two.console);
    expect_equal(again, *one.last, *two.last, "the second run");
}

TEST_P(Life, is_the_same_in_pieces_and_after_restores) {
    Make const again = make();
    Truth const truth = straight(again);
    std::mt19937_64 random(1);
    auto machine = again();
    machine->set_checkpoint_interval(0);
    std::vector<CheckpointPtr> kept{machine->checkpoint()};
    for (int i = 0; i < 60 && machine->moment() < truth.end; ++i) {
        std::uint64_t const piece = random() % (truth.end.retired / 20 + 1);
        machine->run({.moment = {machine->moment().retired + piece, random() % 3}});
        kept.push_back(machine->checkpoint());
        if (random() % 3 == 0) machine->restore(*kept[random() % kept.size()]);
        if (random() % 5 == 0) {  // on another machine
            auto other = again();
            other->set_checkpoint_interval(0);
            other->restore(*machine->checkpoint());
            machine = std::move(other);
        }
    }
    machine->run({});
    EXPECT_EQ(machine->moment(), truth.end);
    expect_equal(again, *truth.last, *machine->checkpoint(), "the chopped run");
}

TEST_P(Life, can_be_visited_backwards) {
    Make const again = make();
    Truth const truth = straight(again);
    auto const machine = again();
    machine->set_checkpoint_interval(truth.end.retired / 10 + 1);
    std::mt19937_64 random(2);
    std::vector<CheckpointPtr> history;
    std::vector<std::uint64_t> counts;
    for (int i = 0; i < 20; ++i) counts.push_back(random() % truth.end.retired);
    std::sort(counts.begin(), counts.end());
    for (std::uint64_t const count : counts) {
        machine->run({.moment = {count, 0}});
        history.push_back(machine->checkpoint());
    }
    machine->run({});
    for (auto then = history.rbegin(); then != history.rend(); ++then) {
        machine->seek((*then)->at);
        ASSERT_EQ(machine->moment(), (*then)->at);
        expect_equal(again, **then, *machine->checkpoint(), "moment " + to_string((*then)->at));
    }
    machine->seek(truth.end);
    expect_equal(again, *truth.last, *machine->checkpoint(), "the end after going back");
}

// Looks at everything that an observer can be shown.
struct Watcher final : sim::engine::Observer {
    bool on_address(std::uint64_t) override {
        ++addresses;
        return false;
    }
    void on_interrupt(std::uint8_t, bool, std::uint32_t, std::uint64_t) override { ++interrupts; }
    bool on_memory(sim::engine::Access, std::uint64_t, unsigned, std::uint64_t) override {
        ++accesses;
        return false;
    }
    std::uint64_t addresses = 0, interrupts = 0, accesses = 0;
};

// Places worth watching: where the processor is, and its stack, at some moments.
struct Places {
    std::vector<std::uint64_t> code;
    std::vector<sim::engine::Cpu::MemoryRange> data;
};

// Watching a hot loop costs a stop a turn: long lives are watched at their end. Before it a
// server clears its buffers, one REP STOS as long as the window, in which stacks rest.
struct Window {
    explicit Window(Moment end)
        : length(std::min<std::uint64_t>(end.retired, 400'000)), start(end.retired - length) {}
    std::uint64_t length, start;
};

Places places_of(Make const& make, Window window) {
    Places places;
    auto const machine = make();
    for (std::uint64_t i = 1; i <= 8; ++i) {
        machine->run({.moment = {window.start + window.length * i / 9, 0}});
        auto const state = machine->cpu().state();
        places.code.push_back(state.rip);
        auto const stack =
            machine->cpu().walk(state[sim::engine::Gpr::rsp], sim::engine::Access::read, false);
        if (stack.present) places.data.push_back({stack.physical & ~63ull, 256, true, true});
    }
    return places;
}

TEST_P(Life, is_the_same_whoever_watches) {
    Make const again = make();
    Truth const truth = straight(again);
    Window const window(truth.end);
    Places const places = places_of(again, window);
    for (unsigned mode = 1; mode < 4; ++mode) {
        auto machine = again();
        machine->set_checkpoint_interval(0);
        Watcher watcher;
        machine->run({.moment = {window.start, 0}});
        machine->cpu().set_observer(&watcher);
        if (mode & 1) machine->cpu().set_watched_addresses(places.code);
        if (mode & 2) machine->cpu().set_watched_memory(places.data);
        std::mt19937_64 random(mode);
        CheckpointPtr kept = machine->checkpoint();
        for (int i = 0; i < 6; ++i) {
            machine->run({.moment = {machine->moment().retired + random() % (window.length / 4), 0}});
            if (i == 2) kept = machine->checkpoint();
            if (i == 4) machine->restore(*kept);
        }
        machine->run({.moment = {window.start + window.length, 0}});
        machine->cpu().set_watched_addresses({});
        machine->cpu().set_watched_memory({});
        machine->cpu().set_observer(nullptr);
        machine->run({});
        EXPECT_EQ(machine->moment(), truth.end) << mode;
        expect_equal(again, *truth.last, *machine->checkpoint(), "watching in mode " + std::to_string(mode));
        EXPECT_EQ(watcher.addresses > 0, (mode & 1) != 0);
        // The threads image counts in registers there: its stacks may rest.
        bool const must_touch = (mode & 2) && GetParam() != "threads";
        EXPECT_GE(watcher.accesses, must_touch ? 1u : 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Images, Life, testing::Values("hello", "threads", "crash", "http"),
                         [](auto const& life) { return life.param; });

}  // namespace
}  // namespace scenario
