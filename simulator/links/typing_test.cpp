// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/typing.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

namespace sim::links {
namespace {

struct Silence final : machine::Outside {
    void resume(std::uint64_t) override { ++resumed; }
    void poll(std::uint64_t, std::vector<machine::Arrival>& arrived) override {
        arrived.push_back({"net0", machine::InputKind::frame, {1}});
    }
    std::optional<std::uint64_t> wait(std::uint64_t now, std::optional<std::uint64_t>) override {
        return now;
    }
    void output(std::uint64_t, std::string_view, machine::OutputKind,
                std::span<std::uint8_t const>) override {
        ++sent;
    }
    int resumed = 0, sent = 0;
};

constexpr std::uint8_t prompt[] = {'>'};

struct Pipe {
    Pipe() { EXPECT_EQ(pipe(ends), 0); }
    ~Pipe() {
        close(ends[0]);
        end();
    }
    void type(std::string const& text) {
        EXPECT_EQ(write(ends[1], text.data(), text.size()), ssize_t(text.size()));
    }
    void end() {
        if (ends[1] >= 0) close(ends[1]);
        ends[1] = -1;
    }
    int ends[2];
};

TEST(Typing, what_is_typed_arrives_at_the_serial_port_behind_all_else) {
    Pipe pipe;
    Silence inner;
    Typing typing(inner, pipe.ends[0]);
    typing.output(0, "uart0", machine::OutputKind::console, prompt);
    std::vector<machine::Arrival> arrived;
    typing.poll(0, arrived);
    EXPECT_EQ(arrived.size(), 1u) << "nothing typed, and no waiting for it";
    pipe.type("ps\n");
    arrived.clear();
    typing.poll(0, arrived);
    ASSERT_EQ(arrived.size(), 2u);
    EXPECT_EQ(arrived[1].target, "uart0");
    EXPECT_EQ(arrived[1].kind, machine::InputKind::console);
    EXPECT_EQ(std::string(arrived[1].bytes.begin(), arrived[1].bytes.end()), "ps\n");
    typing.resume(0);
    typing.output(0, "net0", machine::OutputKind::frame, {});
    EXPECT_EQ(inner.resumed, 1);
    EXPECT_EQ(inner.sent, 2);
}

TEST(Typing, nobody_types_before_the_guest_can_hear) {
    Pipe pipe;
    pipe.type("abc");
    Silence inner;
    auto const typed = [&](Typing& typing, std::uint64_t now_ns) {
        std::vector<machine::Arrival> arrived;
        typing.poll(now_ns, arrived);
        return arrived.size() > 1 ? arrived[1].bytes.size() : 0;
    };
    Typing talkative(inner, pipe.ends[0]);
    EXPECT_EQ(typed(talkative, 0), 0u);
    talkative.output(0, "net0", machine::OutputKind::frame, {});
    EXPECT_EQ(typed(talkative, 10), 0u) << "a frame is not for a person";
    talkative.output(20, "uart0", machine::OutputKind::console, prompt);
    EXPECT_EQ(typed(talkative, 20), 3u);
    pipe.type("d");
    Typing silent(inner, pipe.ends[0]);
    EXPECT_EQ(typed(silent, Typing::longest_silence_ns - 1), 0u);
    EXPECT_EQ(typed(silent, Typing::longest_silence_ns), 1u);
}

TEST(Typing, the_end_of_what_is_typed_is_no_end_of_the_machine) {
    Pipe pipe;
    Silence inner;
    Typing typing(inner, pipe.ends[0]);
    typing.output(0, "uart0", machine::OutputKind::console, prompt);
    pipe.type(std::string(10'000, 'x'));
    pipe.end();
    std::size_t typed = 0;
    for (int i = 0; i < 10; ++i) {
        std::vector<machine::Arrival> arrived;
        typing.poll(0, arrived);
        if (arrived.size() > 1) typed += arrived[1].bytes.size();
    }
    EXPECT_EQ(typed, 10'000u);
}

using std::chrono::milliseconds, std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// How long so many waits of 10 ms sleep: at least, since nobody knows how long at most.
Clock::duration slept(NoLink& link, int waits) {
    auto const begin = Clock::now();
    for (int i = 0; i < waits; ++i) EXPECT_FALSE(link.wait(milliseconds(10)));
    return Clock::now() - begin;
}

TEST(Typing, without_a_network_a_wait_ends_when_something_is_typed) {
    Pipe pipe;
    NoLink link(pipe.ends[0]);
    EXPECT_FALSE(link.receive());
    EXPECT_GE(slept(link, 3), milliseconds(25));
    pipe.type("ps\n");
    for (int i = 0; i < 3; ++i) {
        auto const begin = Clock::now();
        EXPECT_FALSE(link.wait(seconds(60)));
        EXPECT_LT(Clock::now() - begin, seconds(30));
    }
}

TEST(Typing, without_a_network_time_passes_after_the_end_of_what_is_typed) {
    Pipe pipe;
    NoLink link(pipe.ends[0]);
    pipe.end();
    EXPECT_GE(slept(link, 4), milliseconds(25));
}

// What is no terminal: always ready, and nothing comes.
TEST(Typing, a_file_or_dev_null_costs_no_time_at_its_end) {
    std::string const name = testing::TempDir() + "typing_test.txt";
    std::ofstream(name) << "help\n";
    for (std::string const& path : {std::string("/dev/null"), name}) {
        int const descriptor = open(path.c_str(), O_RDONLY);
        ASSERT_GE(descriptor, 0) << path;
        Silence inner;
        Typing typing(inner, descriptor);
        NoLink link(descriptor);
        std::size_t typed = 0;
        for (int i = 0; i < 3; ++i) {
            std::vector<machine::Arrival> arrived;
            typing.poll(Typing::longest_silence_ns, arrived);
            if (arrived.size() > 1) typed += arrived[1].bytes.size();
        }
        EXPECT_EQ(typed, path == name ? 5u : 0u);
        EXPECT_GE(slept(link, 4), milliseconds(25)) << path;
        close(descriptor);
    }
    unlink(name.c_str());
}

}  // namespace
}  // namespace sim::links
