// SPDX-License-Identifier: GPL-2.0-or-later
//
// A branch is a recording of its own that knows where it comes from.
#include "simulator/recording/parent.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "simulator/board/pc.hpp"
#include "simulator/recording/replay.hpp"
#include "simulator/recording/sha256.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;

struct ParentTest : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("viv-parent-" + std::to_string(getpid()));
    ParentTest() { fs::create_directories(folder); }
    ~ParentTest() override { fs::remove_all(folder); }

    std::unique_ptr<machine::Machine> machine() {
        std::string const elf = scenario::TinyImage{std::string(scenario::code::spin)}.elf();
        std::vector<std::uint8_t> bytes(elf.begin(), elf.end());
        machine::MachineConfig config;
        config.image = {"tiny.elf", sha256(bytes),
                        std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes))};
        config.memory_bytes = 4 << 20;
        return board::make_pc(config);
    }
    static machine::Arrival poke(std::uint8_t value) {
        return {"memory", machine::InputKind::poke, {0, 0x80, 0, 0, 0, 0, 0, 0, value}};
    }
};

TEST_F(ParentTest, a_fork_names_its_parent_and_lives_without_it) {
    auto m = machine();
    m->run({.moment = {1000, 0}});
    m->give(poke(1));
    m->run({.moment = {5000, 0}});
    save_life(folder / "a.run", *m, std::nullopt, true);
    m->seek({3000, 0});
    auto const parent = parent_of("fork", "a.run", m->config(), m->log().inputs(), m->moment());
    m->give(poke(2));
    m->run({.moment = {6000, 0}});
    save_life(folder / "b.run", *m, parent, true);

    Recording const a = read_run_file(folder / "a.run"), b = read_run_file(folder / "b.run");
    EXPECT_FALSE(a.parent);
    ASSERT_TRUE(b.parent);
    EXPECT_EQ(*b.parent, parent);
    EXPECT_TRUE(comes_from(b, a));
    EXPECT_FALSE(comes_from(a, b));
    EXPECT_EQ(common_past(a, b), (machine::Moment{3000, 0}));
    EXPECT_EQ(common_past(a, a), a.end.at);
    for (char const* name : {"a.run", "b.run"}) {
        auto const verdict = Replay(folder / name).verify();
        EXPECT_TRUE(verdict.same) << verdict.text;
    }
    // Another past is another parent, and another machine is no relation at all.
    Recording other = a;
    other.inputs[0].bytes.back() = 9;
    EXPECT_FALSE(comes_from(b, other));
    EXPECT_EQ(common_past(other, b), (machine::Moment{1000, 0}));
    other.config.memory_bytes *= 2;
    EXPECT_EQ(common_past(other, b), std::nullopt);
}

}  // namespace
}  // namespace sim::recording
