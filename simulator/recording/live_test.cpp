// SPDX-License-Identifier: GPL-2.0-or-later
//
// A real machine with a guest of fifteen instructions: recorded, run again,
// compared, and caught when the recording is changed.
#include "simulator/recording/live.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "simulator/recording/replay.hpp"
#include "simulator/recording/sha256.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;
using scenario::TinyImage;
namespace code = scenario::code;

// Waits for a byte on the serial line, and prints it.
std::string const echo{
    "\x66\xBA\xFD\x03"      // mov dx, 0x3fd   line status
    "\xEC\xA8\x01\x74\xF7"  // in al, dx; test al, 1; jz back
    "\x66\xBA\xF8\x03"      // mov dx, 0x3f8
    "\xEC\xEE",             // in al, dx; out dx, al
    15};

struct LiveTest : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("viv-live-" + std::to_string(getpid()));
    LiveTest() { fs::create_directories(folder); }
    ~LiveTest() override { fs::remove_all(folder); }

    LiveOptions options(std::string const& text) {
        std::string const elf = TinyImage{text}.elf();
        std::vector<std::uint8_t> bytes(elf.begin(), elf.end());
        LiveOptions result;
        result.config.image.name = "tiny.elf";
        result.config.image.sha256 = sha256(bytes);
        result.config.image.bytes = std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes));
        result.config.memory_bytes = 4 << 20;
        result.record = folder / "a.run";
        result.embed = true;  // the tests leave nothing in the user's cache
        return result;
    }
    static void run(Live& live, std::uint64_t instructions) {
        machine::RunLimit limit;
        limit.moment.retired = live.machine().moment().retired + instructions;
        live.machine().run(limit);
        live.after_slice();
    }
    static machine::Arrival typed(char c) {
        return {"uart0", machine::InputKind::console, {static_cast<std::uint8_t>(c)}};
    }
};

TEST_F(LiveTest, a_recorded_life_is_the_same_again) {
    Live live(options(echo + code::exit(9)));
    run(live, 12'345);
    live.machine().give(typed('x'));
    run(live, 12'345);
    ASSERT_TRUE(live.machine().ended());
    live.finish();
    for (int i = 0; i < 3; ++i) {
        Replay replay(folder / "a.run");
        EXPECT_EQ(replay.recording().end.ending, Ending::exited);
        EXPECT_EQ(replay.recording().inputs.size(), 1u);
        Verdict const verdict = replay.verify();
        EXPECT_TRUE(verdict.same) << verdict.text;
        EXPECT_GT(verdict.hashes, 0u);
    }
}

TEST_F(LiveTest, a_triple_fault_is_the_same_again) {
    Live live(options(code::triple_fault));
    run(live, 1000);
    live.finish();
    Replay replay(folder / "a.run");
    EXPECT_EQ(replay.recording().end.ending, Ending::shutdown);
    Verdict const verdict = replay.verify();
    EXPECT_TRUE(verdict.same) << verdict.text;
}

TEST_F(LiveTest, a_changed_input_is_found_and_its_part_named) {
    {
        Live live(options(echo + code::spin));
        run(live, 5000);
        live.machine().give(typed('x'));
        run(live, 5000);
        live.finish();
    }
    Recording changed = read_run_file(folder / "a.run");
    RunWriter writer(folder / "b.run", changed.config, true);
    changed.inputs.at(0).bytes[0] = 'y';
    for (auto const& input : changed.inputs) writer.input(input);
    for (auto const& point : changed.hashes) writer.hash(point);
    writer.finish(changed.end);

    Verdict const verdict = Replay(folder / "b.run").verify();
    EXPECT_FALSE(verdict.same);
    EXPECT_THAT(verdict.components, testing::Contains("cpu0"));
    EXPECT_GT(verdict.first_different.retired, 5000u);
    EXPECT_THAT(verdict.text, testing::HasSubstr("differs at moment"));
}

TEST_F(LiveTest, a_new_future_replaces_the_old_one_in_the_file) {
    Live live(options(echo + code::spin));
    run(live, 5000);
    machine::Moment const fork = live.machine().moment();
    live.machine().give(typed('x'));
    run(live, 5000);
    live.machine().seek(fork);
    live.machine().give(typed('y'));
    run(live, 5000);
    live.finish();
    Replay replay(folder / "a.run");
    ASSERT_EQ(replay.recording().inputs.size(), 1u);
    EXPECT_EQ(&replay.machine().log().inputs(), &replay.recording().inputs) << "there may be millions";
    EXPECT_EQ(&replay.maker()()->log().inputs(), &replay.recording().inputs);
    EXPECT_EQ(replay.recording().inputs[0].bytes[0], 'y');
    Verdict const verdict = replay.verify();
    EXPECT_TRUE(verdict.same) << verdict.text;
}

TEST_F(LiveTest, a_recording_that_is_full_is_completed_and_the_machine_lives_on) {
    LiveOptions const wanted = options(echo + code::spin);
    LiveOptions alone = wanted;
    alone.record.clear();
    Live live(alone);
    Recorder recorder(wanted.record, wanted.config, true, 1 << 20);
    recorder.watch(live.machine());
    for (int i = 0; i < 200; ++i) {
        run(live, 1000);
        live.machine().give({"net0", machine::InputKind::frame, std::vector<std::uint8_t>(5000)});
        recorder.update(live.machine());
    }
    ASSERT_TRUE(recorder.full_at());
    EXPECT_LT(*recorder.full_at(), live.machine().moment());
    recorder.bookmark({});
    recorder.finish(live.machine());
    Replay replay(folder / "a.run");
    EXPECT_EQ(replay.recording().end.at, *recorder.full_at());
    EXPECT_GT(replay.recording().inputs.size(), 5u);
    EXPECT_TRUE(replay.verify().same);
}

TEST_F(LiveTest, another_image_is_refused_by_its_hash) {
    {
        Live live(options(code::exit(0)));
        run(live, 100);
        live.finish();
    }
    std::string const other = TinyImage{code::exit(1)}.elf();
    std::FILE* file = std::fopen((folder / "other.elf").c_str(), "wb");
    std::fwrite(other.data(), 1, other.size(), file);
    std::fclose(file);
    ReplayOptions wanted;
    wanted.image = folder / "other.elf";
    EXPECT_THROW(Replay(folder / "a.run", wanted), RunFileError);
}

TEST_F(LiveTest, without_a_finish_there_is_no_file) {
    {
        Live live(options(code::spin));
        run(live, 1000);
    }
    EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(LiveTest, an_uplink_needs_no_guest_to_be_closed) {
    LiveOptions wanted = options(code::spin);
    wanted.uplink = true;
    wanted.forwards = {{0, 80}};
    Live live(wanted);
    EXPECT_NE(live.forwards().at(0).host_port, 0);
    run(live, 200'000);
    live.finish();
    Verdict const verdict = Replay(folder / "a.run").verify();
    EXPECT_TRUE(verdict.same) << verdict.text;
}

}  // namespace
}  // namespace sim::recording
