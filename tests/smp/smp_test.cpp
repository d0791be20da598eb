// SPDX-License-Identifier: MIT
//
// Several processors: what they do to one another is right, and the same
// whenever and however it is run.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "simulator/board/pc.hpp"

namespace smp {
namespace {

using namespace sim::machine;

struct Console final : MachineObserver {
    void on_output(Machine&, Device const&, OutputKind kind, std::span<std::uint8_t const> bytes) override {
        if (kind == OutputKind::console) text.append(bytes.begin(), bytes.end());
    }
    void on_report(Machine&, std::string_view device, std::string_view what) override {
        text += "report of " + std::string(device) + ": " + std::string(what) + "\n";
    }
    std::string text;
};

std::unique_ptr<Machine> make(unsigned processors, std::string const& words, std::uint64_t quantum = 10'000) {
    static auto const image = [] {
        std::ifstream file(SMP_GUEST, std::ios::binary);
        return std::make_shared<std::vector<std::uint8_t> const>(std::istreambuf_iterator<char>(file),
                                                                 std::istreambuf_iterator<char>());
    }();
    MachineConfig config;
    config.image = {"smp_guest.elf", "", image};
    config.memory_bytes = 16 << 20;
    config.processors = processors;
    config.quantum = quantum;
    config.command_line = words;
    auto machine = sim::board::make_pc(config);
    machine->set_checkpoint_interval(0);
    return machine;
}

constexpr RunLimit enough{.virtual_ns = 200'000'000};

std::string verdicts(unsigned processors) {
    return "processors: " + std::to_string(processors) +
           "\n"
           "start-up: right\n"
           "unlocked counter: loses updates\n"
           "locked increments: right\n"
           "spinlock: right\n"
           "rewritten code: right\n"
           "page changed, nobody told: the old one is seen\n"
           "page changed, all told by interrupt: right\n"
           "ping and pong: right\n"
           "NMI: right\n"
           "timers: right\n"
           "groups: right\n"
           "started again: right\n"
           "all is right\n";
}

void expect_right(unsigned processors, std::string const& words, std::uint64_t quantum = 10'000) {
    SCOPED_TRACE(words + ", " + std::to_string(processors) + " processors, quantum " +
                 std::to_string(quantum));
    auto const machine = make(processors, words, quantum);
    Console console;
    machine->add_observer(console);
    RunResult const result = machine->run(enough);
    EXPECT_EQ(result.stop, RunStop::exited) << result.message;
    EXPECT_EQ(result.status, 0u);
    EXPECT_EQ(console.text, verdicts(processors));
}

TEST(Smp, all_verdicts_are_right_for_any_number_of_processors) {
    for (unsigned const processors : {2u, 3u, 8u}) expect_right(processors, "");
    for (unsigned const processors : {2u, 16u}) expect_right(processors, "x2apic");
}

TEST(Smp, all_verdicts_are_right_wherever_turns_end) {
    for (std::uint64_t const quantum : {1, 2, 3, 5, 13, 14, 15, 16, 17, 50, 333}) {
        expect_right(2, "short", quantum);
    }
}

TEST(Smp, one_processor_is_told_that_it_is_alone) {
    auto const machine = make(1, "");
    EXPECT_EQ(machine->run(enough).status, 3u);
}

// The lost updates are lost the same way every time: the sum is a number that
// one can rely on, and it depends on where the turns end.
TEST(Smp, updates_are_lost_deterministically) {
    auto const sum = [](std::uint64_t quantum) {
        auto const machine = make(2, "unlocked", quantum);
        Console console;
        machine->add_observer(console);
        machine->run(enough);
        return console.text;
    };
    std::string const once = sum(10'000);
    EXPECT_NE(once.find("unlocked sum: "), std::string::npos);
    EXPECT_EQ(sum(10'000), once);
    EXPECT_NE(sum(1'000), once);
}

void expect_equal(unsigned processors, std::uint64_t quantum, Checkpoint const& expected,
                  Checkpoint const& seen, std::string const& how) {
    if (hash_of(expected) == hash_of(seen)) return;
    std::string text;
    for (std::string const& line : make(processors, "short", quantum)->differences(expected, seen))
        text += "\n  " + line;
    FAIL() << how << " differs:" << text;
}

class Life : public testing::TestWithParam<std::pair<unsigned, std::uint64_t>> {};
INSTANTIATE_TEST_SUITE_P(Smp, Life,
                         testing::Values(std::pair{2u, 10'000ull}, std::pair{2u, 97ull},
                                         std::pair{4u, 11ull}));

TEST_P(Life, is_the_same_in_pieces_after_restores_and_on_other_machines) {
    auto const [processors, quantum] = GetParam();
    auto const straight = make(processors, "short", quantum);
    ASSERT_EQ(straight->run(enough).stop, RunStop::exited);
    Moment const end = straight->moment();
    auto const last = straight->checkpoint();

    std::mt19937_64 random(1);
    auto machine = make(processors, "short", quantum);
    std::vector<CheckpointPtr> kept{machine->checkpoint()};
    for (int i = 0; i < 150 && machine->moment() < end; ++i) {
        std::uint64_t const piece = random() % (i % 3 == 0 ? 50 : end.retired / 20 + 1);
        machine->run({.moment = {machine->moment().retired + piece, random() % 2}});
        kept.push_back(machine->checkpoint());
        if (random() % 3 == 0) machine->restore(*kept[random() % kept.size()]);
        if (random() % 8 == 0) {
            auto other = make(processors, "short", quantum);
            other->restore(*machine->checkpoint());
            machine = std::move(other);
        }
    }
    machine->run(enough);
    EXPECT_EQ(machine->moment(), end);
    expect_equal(processors, quantum, *last, *machine->checkpoint(), "the chopped run");
}

TEST_P(Life, can_be_visited_backwards_at_any_instruction) {
    auto const [processors, quantum] = GetParam();
    auto const machine = make(processors, "short", quantum);
    machine->set_checkpoint_interval(10'007);
    ASSERT_EQ(machine->run(enough).stop, RunStop::exited);
    std::uint64_t const length = machine->moment().retired;

    // A straight run, looked at here and there: in the middle of turns, at
    // their ends, instruction by instruction for a while.
    std::mt19937_64 random(2);
    std::vector<std::uint64_t> counts;
    for (int i = 0; i < 30; ++i) counts.push_back(random() % length);
    for (std::uint64_t i = 0; i < 60; ++i) counts.push_back(length / 2 + i);
    std::sort(counts.begin(), counts.end());
    auto const straight = make(processors, "short", quantum);
    std::vector<CheckpointPtr> history;
    for (std::uint64_t const count : counts) {
        straight->run({.moment = {count, 0}});
        history.push_back(straight->checkpoint());
    }
    for (auto then = history.rbegin(); then != history.rend(); ++then) {
        machine->seek((*then)->at);
        ASSERT_EQ(machine->moment(), (*then)->at);
        expect_equal(processors, quantum, **then, *machine->checkpoint(), "moment " + to_string((*then)->at));
        if (HasFatalFailure()) return;
    }
}

// Everything that the processors write is in the checkpoint: pages that another
// machine gets from it are all that it needs.
TEST(Smp, the_dirty_pages_of_all_processors_are_found) {
    auto const machine = make(4, "short", 500);
    auto other = make(4, "short", 500);
    while (!machine->ended()) {
        machine->run({.moment = {machine->moment().retired + 9'999, 0}});
        auto const taken = machine->checkpoint();
        for (std::size_t i = 0; i < taken->ram.pages(); ++i) {
            auto const bytes = machine->memory().at(machine->memory().number_of(i) * page_bytes, page_bytes);
            ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), taken->ram.page(i)->bytes.begin())) << i;
        }
    }
}

TEST(Smp, a_saved_machine_with_another_number_of_processors_is_refused) {
    auto const two = make(2, ""), three = make(3, "");
    EXPECT_THROW(three->restore(*two->checkpoint()), StateError);
}

}  // namespace
}  // namespace smp
