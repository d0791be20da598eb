// SPDX-License-Identifier: GPL-2.0-or-later
//
// The trail: what is kept of a life comes back from the file, and a replay that
// leaves it is seen within one input.
#include "simulator/recording/trail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "simulator/recording/live.hpp"
#include "simulator/recording/replay.hpp"
#include "simulator/recording/run_writer.hpp"
#include "simulator/recording/sha256.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;
namespace code = scenario::code;

// Waits for a byte on the serial line, prints it and keeps it in BL.
std::string const echo{"\x66\xBA\xFD\x03\xEC\xA8\x01\x74\xF7\x66\xBA\xF8\x03\xEC\xEE\x88\xC3", 17};

struct TrailTest : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("viv-trail-" + std::to_string(getpid()));
    TrailTest() { fs::create_directories(folder); }
    ~TrailTest() override { fs::remove_all(folder); }

    LiveOptions options(std::string const& text) {
        std::string const elf = scenario::TinyImage{text}.elf();
        std::vector<std::uint8_t> bytes(elf.begin(), elf.end());
        LiveOptions result;
        result.config.image = {"tiny.elf", sha256(bytes),
                               std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes))};
        result.config.memory_bytes = 4 << 20;
        result.record = folder / "a.run";
        result.embed = true;
        return result;
    }
    static void run(Live& live, std::uint64_t instructions) {
        live.machine().run({.moment = {live.machine().moment().retired + instructions, 0}});
        live.after_slice();
    }
    static machine::Arrival typed(char c) {
        return {"uart0", machine::InputKind::console, {static_cast<std::uint8_t>(c)}};
    }
    void record_three_keys() {
        Live live(options(echo + echo + echo + code::spin));
        for (char const key : {'x', 'y', 'z'}) {
            run(live, 3000);
            live.machine().give(typed(key));
        }
        run(live, 3000);
        live.finish();
    }
};

TEST_F(TrailTest, has_a_point_before_every_input) {
    record_three_keys();
    Recording const got = read_run_file(folder / "a.run");
    ASSERT_EQ(got.inputs.size(), 3u);
    std::vector<TrailPoint> points;
    for (TrailPoint const& point : got.trail)
        if (point.before_input) points.push_back(point);
    ASSERT_EQ(points.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(points[i].at, got.inputs[i].at);
        EXPECT_EQ(points[i].input, i);
    }
    EXPECT_NE(points[0].hash, points[1].hash);
    Verdict const verdict = Replay(folder / "a.run").verify();
    EXPECT_TRUE(verdict.same) << verdict.text;
}

TEST_F(TrailTest, a_difference_is_seen_within_one_input) {
    record_three_keys();
    Recording changed = read_run_file(folder / "a.run");
    RunWriter writer(folder / "b.run", changed.config, true);
    changed.inputs.at(1).bytes[0] = 'Y';  // one bit of one register, for the rest of its life
    for (auto const& input : changed.inputs) writer.input(input);
    for (auto const& point : changed.trail) writer.trail(point);
    for (auto const& point : changed.hashes)
        if (point.at < changed.inputs[1].at) writer.hash(point);
    writer.finish(changed.end);

    Verdict const verdict = Replay(folder / "b.run").verify();
    EXPECT_FALSE(verdict.same);
    EXPECT_EQ(verdict.registers_equal, changed.inputs[1].at) << verdict.text;
    EXPECT_EQ(verdict.first_different, changed.inputs[2].at) << verdict.text;
    EXPECT_THAT(verdict.text, testing::HasSubstr("differs between"));
}

TEST_F(TrailTest, another_future_replaces_the_old_points) {
    Live live(options(echo + echo + code::spin));
    run(live, 3000);
    machine::Moment const fork = live.machine().moment();
    live.machine().give(typed('x'));
    run(live, 3000);
    live.machine().give(typed('y'));
    run(live, 3000);
    live.machine().seek(fork);
    live.machine().give(typed('z'));
    run(live, 1000);
    live.finish();
    Recording const got = read_run_file(folder / "a.run");
    ASSERT_EQ(got.inputs.size(), 1u);
    for (TrailPoint const& point : got.trail) EXPECT_LE(point.at, got.end.at);
    Verdict const verdict = Replay(folder / "a.run").verify();
    EXPECT_TRUE(verdict.same) << verdict.text;
}

TEST_F(TrailTest, a_mark_is_where_a_cut_recording_ends) {
    fs::path part;
    RunWriter writer(folder / "a.run", options(code::spin).config, true);
    writer.trail({{5'000, 0}, 5'000, false, 0, 1});
    writer.flush();
    writer.input({{7'000, 0}, 7'000, "net0", machine::InputKind::frame, {1}});
    writer.trail({{7'000, 0}, 7'000, true, 0, 2});
    writer.trail({{9'000, 3}, 12'000, false, 0, 3});
    writer.flush();
    Recording const got = read_run_file(writer.part_path(), Tolerance::salvage);
    EXPECT_FALSE(got.complete);
    EXPECT_EQ(got.end.at, (machine::Moment{9'000, 3}));
    EXPECT_EQ(got.end.virtual_ns, 12'000u);
    EXPECT_EQ(got.trail.size(), 3u);
    Recording const hasty = read_run_file(writer.part_path(), Tolerance::salvage, {.trail = false});
    EXPECT_EQ(hasty.end.at, got.end.at);
    EXPECT_EQ(hasty.end.virtual_ns, 12'000u);
    EXPECT_EQ(hasty.trail.size(), 1u);
}

}  // namespace
}  // namespace sim::recording
