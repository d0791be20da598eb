// SPDX-License-Identifier: GPL-2.0-or-later
//
// Checkpoints in a recording: they come back as they were, and a file that
// cannot be run is looked at by them, and says why.
#include "simulator/recording/stored_checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "simulator/recording/crc32.hpp"
#include "simulator/recording/live.hpp"
#include "simulator/recording/replay.hpp"
#include "simulator/recording/sections.hpp"
#include "simulator/recording/sha256.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
using testing::HasSubstr;

// mov edi, 0x200000; back: inc eax; mov [edi], eax; add edi, 4096; and edi, 0x3fffff; or edi, 0x200000; jmp
// back
std::string const writes_pages{
    "\xBF\x00\x00\x20\x00\x40\x89\x07\x81\xC7\x00\x10\x00\x00\x81\xE7\xFF\xFF\x3F\x00\x81\xCF\x00\x00\x20\x00"
    "\xEB"
    "\xE9",
    28};

struct Stored : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("viv-stored-" + std::to_string(getpid()));
    Stored() {
        fs::create_directories(folder);
        setenv("XDG_CACHE_HOME", folder.c_str(), 1);
    }
    ~Stored() override { fs::remove_all(folder); }

    static LiveOptions options_for() {
        std::string const elf = scenario::TinyImage{writes_pages}.elf();
        Bytes bytes(elf.begin(), elf.end());
        LiveOptions options;
        options.config.image = {"tiny.elf", sha256(bytes), std::make_shared<Bytes const>(std::move(bytes))};
        options.config.memory_bytes = 4 << 20;
        return options;
    }
    // Records two checkpoints: of the begin and of the end.
    std::vector<machine::CheckpointPtr> record(bool embed) {
        LiveOptions const options = options_for();
        Recorder recorder(folder / "a.run", options.config, embed);
        recorder.keep_checkpoints(true);
        Live live(options);
        std::vector<machine::CheckpointPtr> taken;
        recorder.update(live.machine());
        taken.push_back(live.machine().checkpoint());
        live.machine().run({.moment = {5'000, 0}});
        recorder.finish(live.machine());
        taken.push_back(live.machine().checkpoint());
        return taken;
    }
    // The file with another manifest: `from` in it becomes `to`.
    void change_manifest(std::string const& from, std::string const& to) {
        std::ifstream in(folder / "a.run", std::ios::binary);
        Bytes const file(std::istreambuf_iterator<char>(in), {});
        auto const u32 = [&](std::size_t at) {
            return std::uint32_t{file[at]} | std::uint32_t{file[at + 1]} << 8 |
                   std::uint32_t{file[at + 2]} << 16 | std::uint32_t{file[at + 3]} << 24;
        };
        std::string text(u32(20), ' ');
        ASSERT_EQ(ZSTD_decompress(text.data(), text.size(), file.data() + 32, u32(24)), text.size());
        std::size_t const found = text.find(from);
        ASSERT_NE(found, std::string::npos) << text;
        text.replace(found, from.size(), to);
        Bytes stored(ZSTD_compressBound(text.size()));
        stored.resize(ZSTD_compress(stored.data(), stored.size(), text.data(), text.size(), 1));
        Bytes head;
        auto const put = [&](Bytes& into, std::uint64_t value) {
            for (unsigned i = 0; i < 4; ++i) into.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        };
        put(head, tag_manifest), put(head, text.size()), put(head, stored.size());
        put(head, crc32(stored, crc32(head)));
        Bytes result(file.begin(), file.begin() + 16);
        result.insert(result.end(), head.begin(), head.end());
        result.insert(result.end(), stored.begin(), stored.end());
        result.insert(result.end(), file.begin() + 32 + static_cast<std::ptrdiff_t>(u32(24)), file.end());
        std::ofstream(folder / "a.run", std::ios::binary)
            .write(reinterpret_cast<char const*>(result.data()), static_cast<std::streamsize>(result.size()));
    }
    void expect_looked_at(std::vector<machine::CheckpointPtr> const& taken, std::string const& why) {
        EXPECT_THROW(Replay(folder / "a.run"), RunFileError);
        ReplayOptions look;
        look.look_only = true;
        Replay replay(folder / "a.run", look);
        EXPECT_FALSE(replay.can_run());
        EXPECT_THAT(replay.why_not(), HasSubstr(why));
        EXPECT_THAT(replay.why_not(), HasSubstr("view only"));
        machine::Machine& machine = replay.machine();
        machine.seek({4'000, 0});  // between: the one before is shown
        EXPECT_EQ(machine.moment(), taken[0]->at);
        machine.seek(taken[1]->at);
        EXPECT_EQ(machine.moment(), taken[1]->at);
        EXPECT_EQ(machine.hash(), hash_of(*taken[1]));
        EXPECT_EQ(machine.run({.moment = {9'000, 0}}).stop, machine::RunStop::end_of_log);
        EXPECT_EQ(machine.moment(), taken[1]->at);
    }
};

TEST_F(Stored, checkpoints_come_back_as_they_were) {
    auto const taken = record(true);
    Recording const got = read_run_file(folder / "a.run");
    ASSERT_EQ(got.checkpoints.size(), 2u);
    auto const unpacked = unpack_checkpoints(got);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(unpacked[i]->at, taken[i]->at);
        EXPECT_EQ(hash_of(*unpacked[i]), hash_of(*taken[i]));
    }
    EXPECT_LT(got.pages.size(), 600u);  // 512 were written: the rest of 1,024 is as at power-on
    EXPECT_TRUE(Replay(folder / "a.run").verify().same);
}

TEST_F(Stored, unpacked_checkpoints_share_their_pages) {
    record(true);
    auto const unpacked = unpack_checkpoints(read_run_file(folder / "a.run"));
    auto const image = [&](std::size_t i) { return unpacked[i]->ram.page(0x100); };  // where it was loaded
    EXPECT_NE(image(0), unpacked[0]->ram.page(0x201));
    EXPECT_EQ(image(0), image(1));
}

TEST_F(Stored, one_moment_is_stored_once) {
    LiveOptions const options = options_for();
    Recorder recorder(folder / "a.run", options.config, true);
    recorder.keep_checkpoints(true);
    Live live(options);
    recorder.update(live.machine());
    recorder.finish(live.machine());  // where the first checkpoint was taken
    EXPECT_EQ(read_run_file(folder / "a.run").checkpoints.size(), 1u);
}

// A machine with two disks, of which the guest (here: we) writes the first.
struct StoredDisks : Stored {
    std::vector<machine::CheckpointPtr> taken;
    static void fill(machine::Machine& machine, std::size_t page, std::uint8_t byte) {
        std::array<std::uint8_t, machine::page_bytes> bytes;
        bytes.fill(byte);
        machine.find_device("disk0")->pages()->put(page, machine::make_page(bytes));
    }
    void record_disks(bool embed) {
        LiveOptions options = options_for();
        for (char const* name : {"a.img", "b.img"}) {
            Bytes bytes(1 << 20, static_cast<std::uint8_t>(name[0]));
            options.config.disks.push_back(
                {{name, sha256(bytes), std::make_shared<Bytes const>(bytes)}, false});
        }
        Recorder recorder(folder / "a.run", options.config, embed);
        recorder.keep_checkpoints(true);
        Live live(options);
        machine::Machine& machine = live.machine();
        fill(machine, 3, 0x33);
        fill(machine, 200, 0x33);
        recorder.update(machine);
        taken.push_back(machine.checkpoint());
        machine.run({.moment = {5'000, 0}});
        fill(machine, 3, 0x44);
        fill(machine, 255, 0x33);
        recorder.finish(machine);
        taken.push_back(machine.checkpoint());
    }
};

TEST_F(StoredDisks, what_was_written_to_disks_comes_back) {
    record_disks(true);
    Recording const got = read_run_file(folder / "a.run");
    auto const unpacked = unpack_checkpoints(got);
    ASSERT_EQ(unpacked.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(hash_of(*unpacked[i]), hash_of(*taken[i]));
    EXPECT_EQ(got.checkpoints[1].overlays.at(0).written.size(), 2u);  // what is new since the first
    EXPECT_EQ(unpacked[1]->overlays[0].pages.page(200), unpacked[0]->overlays[0].pages.page(200));
}

// An overlay has twice its disk's pages.
TEST(PageStore, takes_a_disk_of_four_gibibytes_and_no_larger_one) {
    auto const stored_with = [](std::uint64_t disk_bytes) {
        machine::Checkpoint checkpoint;
        checkpoint.ram = machine::PhysicalMemory(1 << 20, 1).capture();
        checkpoint.overlays.push_back({"disk0", machine::PageOverlay(2 * disk_bytes / machine::page_bytes)});
        std::array<std::uint8_t, machine::page_bytes> bytes;
        bytes.fill(7);
        checkpoint.overlays[0].pages.put(disk_bytes / machine::page_bytes - 1, machine::make_page(bytes));
        return PageStore(1 << 20, 1).store(checkpoint);
    };
    auto const stored = stored_with(std::uint64_t{4} << 30);
    ASSERT_TRUE(stored);
    Encoder out;
    encode_overlay(stored->overlays.at(0), out);
    Decoder in(out.result());
    EXPECT_EQ(decode_overlay(in, 1).written.size(), 1u);
    EXPECT_FALSE(stored_with((std::uint64_t{4} << 30) + 4096));
}

TEST_F(StoredDisks, a_recording_with_disks_is_looked_at) {
    record_disks(true);
    change_manifest("\"engine\": " + std::to_string(engine_version), "\"engine\": 99");
    expect_looked_at(taken, "recorded by engine version 99");
}

TEST_F(StoredDisks, a_disk_whose_file_is_not_here_is_named_and_the_rest_is_shown) {
    record_disks(false);
    fs::remove_all(folder / "vivarium");
    ReplayOptions look;
    look.look_only = true;
    Replay replay(folder / "a.run", look);
    EXPECT_THAT(replay.why_not(), HasSubstr("the file a.img (SHA-256"));
    EXPECT_THAT(replay.why_not(), HasSubstr("(without what is on disk0, what is on disk1)"));
    replay.machine().seek(taken[1]->at);
    auto const shown = replay.machine().hash(), was = hash_of(*taken[1]);
    for (auto const& part : was.parts) {
        bool const lost = part.name.ends_with(" pages");
        auto const same = std::find(shown.parts.begin(), shown.parts.end(), part) != shown.parts.end();
        EXPECT_EQ(same, !lost || part.hash == 0) << part.name;
    }
}

TEST_F(Stored, of_another_engine_is_looked_at) {
    auto const taken = record(true);
    change_manifest("\"engine\": " + std::to_string(engine_version), "\"engine\": 99");
    expect_looked_at(taken, "recorded by engine version 99, this program has version");
}

TEST_F(Stored, without_its_image_is_looked_at) {
    auto const taken = record(false);
    fs::remove_all(folder / "vivarium");
    expect_looked_at(taken, "the image tiny.elf (SHA-256");
}

TEST_F(Stored, of_a_newer_machine_is_looked_at) {
    auto const taken = record(true);
    change_manifest("\"seed\": 1", "\"seed\": 1, \"warp_drive\": true");
    expect_looked_at(taken, "its machine has warp_drive");
}

TEST_F(Stored, without_checkpoints_says_every_difference) {
    {
        LiveOptions options = options_for();
        options.record = folder / "a.run";
        Live live(options);
        live.machine().run({.moment = {5'000, 0}});
        live.finish();
    }
    fs::remove_all(folder / "vivarium");
    change_manifest("\"engine\": " + std::to_string(engine_version), "\"engine\": 99");
    ReplayOptions look;
    look.look_only = true;
    try {
        Replay replay(folder / "a.run", look);
        FAIL();
    } catch (RunFileError const& error) {
        EXPECT_THAT(error.what(), HasSubstr("engine version 99"));
        EXPECT_THAT(error.what(), HasSubstr("the image tiny.elf"));
        EXPECT_THAT(error.what(), HasSubstr("use the Vivarium and the files"));
        EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    }
}

}  // namespace
}  // namespace sim::recording
