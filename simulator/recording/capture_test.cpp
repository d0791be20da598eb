// SPDX-License-Identifier: GPL-2.0-or-later
//
// A capture of a machine with a link before it: every frame once, and what becomes of it.
#include "simulator/recording/capture.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <regex>

#include "simulator/board/pc.hpp"
#include "simulator/links/link_outside.hpp"
#include "simulator/recording/sha256.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;

// It gives a frame at each poll, until it has none.
struct Sender final : machine::Outside {
    unsigned left;
    explicit Sender(unsigned frames) : left(frames) {}
    void resume(std::uint64_t) override {}
    void poll(std::uint64_t, std::vector<machine::Arrival>& arrived) override {
        if (left == 0) return;
        links::Frame frame(60);
        frame[14] = static_cast<std::uint8_t>(left--);
        arrived.push_back({"net0", machine::InputKind::frame, std::move(frame)});
    }
    std::optional<std::uint64_t> wait(std::uint64_t, std::optional<std::uint64_t> deadline) override {
        return deadline;
    }
    void output(std::uint64_t, std::string_view, machine::OutputKind,
                std::span<std::uint8_t const>) override {}
};

class CaptureTest : public ::testing::Test {
protected:
    fs::path file = fs::temp_directory_path() / ("viv-capture-" + std::to_string(getpid()) + ".pcapng");
    ~CaptureTest() override { fs::remove(file); }

    static machine::MachineConfig config() {
        std::string const elf = scenario::TinyImage{scenario::code::spin}.elf();
        machine::MachineConfig config;
        config.image.name = "tiny.elf";
        config.image.bytes = std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end());
        config.image.sha256 = sha256(*config.image.bytes);
        config.memory_bytes = 4 << 20;
        return config;
    }
    // How many comments say so, as a whole.
    long comments(std::string const& pattern) const {
        std::ifstream in(file, std::ios::binary);
        std::string const bytes{std::istreambuf_iterator<char>(in), {}};
        std::regex const words("moment " + pattern + "[^a-z0-9,.]");
        return std::distance(std::sregex_iterator(bytes.begin(), bytes.end(), words), {});
    }
};

TEST_F(CaptureTest, a_frame_that_the_link_loses_is_there_and_says_so) {
    auto const machine = board::make_pc(config());
    CaptureObserver capture(*machine, file);
    Sender sender(60);
    links::LinkOutside link(sender, links::parse_properties("delay=1us,loss=30%,duplicate=20%,corrupt=20%"),
                            7);
    link.tell(capture.follow());
    machine->set_outside(&link);
    machine::RunLimit limit;
    limit.moment.retired = 10'000'000;
    machine->run(limit);
    machine->set_outside(nullptr);

    auto const lost = static_cast<long>(link.in().lost());
    ASSERT_EQ(link.in().sent(), 60u);
    ASSERT_GT(lost, 5);
    EXPECT_EQ(comments("[0-9]+[mun]?s, lost"), lost);
    std::string const way = "[0-9]+(\\.[0-9]+)?, under way for [0-9]+[mun]s";
    long const doubled = comments(way + ", twice(, changed)?");
    EXPECT_GT(doubled, 2);
    EXPECT_EQ(comments(way + "(, twice)?(, changed)?") - doubled / 2, 60 - lost);
    EXPECT_GT(comments(way + ", changed"), 2);
}

// The run says so; whoever cleans up behind it has only to come to its end.
TEST_F(CaptureTest, a_disk_that_is_full_ends_the_run_and_no_more) {
    auto const machine = board::make_pc(config());
    auto const ignored = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    {
        CaptureObserver capture(*machine, file);
        capture.follow();
        machine::Device& card = *machine->find_device("net0");
        links::Frame const frame(60);
        machine->output(card, machine::OutputKind::frame, frame);
        rlimit const full{fs::file_size(file), before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &full);
        EXPECT_THROW(machine->output(card, machine::OutputKind::frame, frame), std::runtime_error);
        EXPECT_NO_THROW(machine->output(card, machine::OutputKind::frame, frame)) << "told twice";
        EXPECT_THROW(capture.finish(), std::runtime_error);
        machine->output(card, machine::OutputKind::frame, frame);
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, ignored);
}

TEST_F(CaptureTest, who_runs_when_a_frame_comes_is_named_if_somebody_knows) {
    auto const machine = board::make_pc(config());
    int asked = 0;
    CaptureObserver capture(*machine, file, [&](machine::Machine& of) {
        EXPECT_EQ(&of, machine.get());
        return ++asked % 2 == 0 ? "network" : "";
    });
    Sender sender(6);
    machine->set_outside(&sender);
    machine::RunLimit limit;
    limit.moment.retired = 10'000'000;
    machine->run(limit);
    machine->set_outside(nullptr);
    EXPECT_EQ(asked, 6);
    EXPECT_EQ(comments("[0-9]+(\\.[0-9]+)?, thread network"), 3);
    EXPECT_EQ(comments("[0-9]+(\\.[0-9]+)?"), 3);
}

}  // namespace
}  // namespace sim::recording
