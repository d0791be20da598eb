// SPDX-License-Identifier: GPL-2.0-or-later
//
// Files of old programs still open. testdata/format-1.run was made by the first
// format that was ever published, with an image of its own inside: it is never
// made again. A new format adds a new file here and keeps the old ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "simulator/recording/replay.hpp"
#include "simulator/recording/run_reader.hpp"

namespace sim::recording {
namespace {

std::string testdata(std::string const& name) {
    char const* root = std::getenv("VIV_ROOT");
    return std::string(root ? root : ".") + "/simulator/recording/testdata/" + name;
}

TEST(OldFile, the_first_format_still_opens) {
    Recording const old = read_run_file(testdata("format-1.run"));
    EXPECT_TRUE(old.complete);
    EXPECT_EQ(old.engine, 1u);
    EXPECT_THAT(old.unknown_fields, testing::IsEmpty());
    EXPECT_EQ(old.config.image.name, "tiny.elf");
    ASSERT_TRUE(old.config.image.present());
    EXPECT_EQ(old.config.image.bytes->size(), 310u);
    EXPECT_EQ(old.config.command_line, "a command line");
    EXPECT_EQ(old.config.memory_bytes, 4u << 20);
    EXPECT_EQ(old.config.seed, 77u);
    EXPECT_EQ(old.config.processors, 1u);
    EXPECT_TRUE(old.config.network);
    EXPECT_EQ(old.config.rtc_base, 1'767'225'600u);
    ASSERT_EQ(old.inputs.size(), 3u);
    EXPECT_EQ(old.inputs[0].target, "uart0");
    EXPECT_THAT(old.inputs[0].bytes, testing::ElementsAre('x'));
    EXPECT_EQ(old.inputs[1].target, "net0");
    EXPECT_EQ(old.inputs[1].kind, machine::InputKind::link_state);
    EXPECT_EQ(old.inputs[2].at, (machine::Moment{2500, 0}));
    EXPECT_FALSE(old.hashes.empty());
    EXPECT_EQ(old.end.ending, Ending::exited);
    EXPECT_EQ(old.end.status, 9u);
}

// It cannot be run, as another engine made it, but looked at: registers, memory, disks.
TEST(OldFile, one_with_checkpoints_and_disks_is_looked_at) {
    std::string const file = testdata("engine-10.run");
    EXPECT_THROW(Replay{file}, RunFileError);
    ReplayOptions look;
    look.look_only = true;
    Replay replay(file, look);
    EXPECT_FALSE(replay.can_run());
    EXPECT_THAT(replay.why_not(), testing::HasSubstr("recorded by engine version 10"));
    machine::Machine& machine = replay.machine();
    // mov edi, then rounds of six: inc eax, a store, where the next one goes.
    for (std::uint64_t const at : {5000u, 0u}) {
        machine.seek({at, 0});
        EXPECT_EQ(machine.moment(), (machine::Moment{at, 0}));
        EXPECT_EQ(machine.cpu().state()[engine::Gpr::rax], at == 0 ? 0u : 834u);
        std::array<std::uint8_t, 4> word{};
        ASSERT_TRUE(machine.peek(0x200000, word));
        // The 513th store was there again.
        EXPECT_EQ(word == (std::array<std::uint8_t, 4>{1, 2, 0, 0}), at != 0);
    }
    machine.seek({5000, 0});
    machine::PageOverlay* const disk = machine.find_device("disk0")->pages();
    ASSERT_TRUE(disk->page(3));
    ASSERT_TRUE(disk->page(255));
    EXPECT_EQ(disk->page(3)->bytes[0], 0x44);
    EXPECT_EQ(disk->page(255)->bytes[0], 0x33);
    EXPECT_FALSE(disk->page(4));
    EXPECT_FALSE(machine.find_device("disk1")->pages()->page(3));
}

}  // namespace
}  // namespace sim::recording
