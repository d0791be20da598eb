// SPDX-License-Identifier: GPL-2.0-or-later
//
// Back near a moment of a life, for few instructions; and what cannot be used is
// refused, and costs no more than time.
#include "simulator/recording/near_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "simulator/machine/odometer.hpp"
#include "simulator/recording/live.hpp"
#include "simulator/recording/replay.hpp"
#include "simulator/recording/sha256.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;
using machine::Moment;
using testing::HasSubstr;

// mov edi, 0x200000; back: inc eax; mov [edi], eax; add edi, 4096; and edi, 0x3fffff; or edi, 0x200000; jmp
// back
std::string const writes_pages{
    "\xBF\x00\x00\x20\x00\x40\x89\x07\x81\xC7\x00\x10\x00\x00\x81\xE7\xFF\xFF\x3F\x00\x81\xCF\x00\x00\x20\x00"
    "\xEB"
    "\xE9",
    28};

struct NearFile : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("viv-near-" + std::to_string(getpid()));
    NearFile() {
        fs::create_directories(folder);
        setenv("XDG_CACHE_HOME", folder.c_str(), 1);
    }
    ~NearFile() override { fs::remove_all(folder); }

    LiveOptions options(unsigned processors = 1) const {
        std::string const elf = scenario::TinyImage{writes_pages}.elf();
        std::vector<std::uint8_t> bytes(elf.begin(), elf.end());
        LiveOptions made;
        made.config.image = {"tiny.elf", sha256(bytes),
                             std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes))};
        made.config.memory_bytes = 4 << 20;
        made.config.processors = processors;
        made.record = folder / "a.run";
        made.embed = true;
        return made;
    }
    NearWriter::Options near(std::uint64_t most = NearWriter::most_bytes) {
        NearWriter::Options made;
        made.name = [this](unsigned n) { return folder / (std::to_string(n) + ".near"); };
        made.told = [this](std::string const& why) { told.push_back(why); };
        made.apart = 10'000;
        made.per_byte = 0;
        made.most_bytes = most;
        made.enough = 1'000;
        made.enough_bytes = NearWriter::most_bytes;
        return made;
    }
    fs::path file(unsigned n) const {
        return folder / (std::to_string(n) + ".near." + std::to_string(getpid()) + ".part");
    }
    std::vector<fs::path> files() const {
        std::vector<fs::path> found;
        for (auto const& one : fs::directory_iterator(folder))
            if (one.path().string().find(".near.") != std::string::npos) found.push_back(one.path());
        std::ranges::sort(found);
        return found;
    }
    // A copy outlives its writer, as a file does whose writer was killed.
    fs::path killed(fs::path const& one) const {
        fs::path const copy = folder / ("left-" + one.filename().string());
        fs::copy_file(one, copy, fs::copy_options::overwrite_existing);
        return copy;
    }
    static void live_to(Live& live, NearWriter& writer, std::uint64_t until, std::uint64_t step = 5'000) {
        while (live.machine().moment().retired < until) {
            live.machine().run({.moment = {live.machine().moment().retired + step, 0}});
            live.after_slice();
            writer.update(live.machine(), true, [&] {
                return Heard{static_cast<std::uint8_t>(live.machine().moment().retired / 10'000)};
            });
        }
    }
    static Replay open(fs::path const& recording, std::vector<fs::path> const& near, Moment at) {
        ReplayOptions how;
        how.near = at;
        how.near_files = near;
        return Replay(recording, how);
    }
    std::vector<std::string> told;
};

TEST_F(NearFile, a_life_begins_near_a_moment_and_is_the_same_there) {
    for (unsigned const processors : {1u, 2u}) {
        fs::path left;
        {
            Live live(options(processors));
            NearWriter writer(near());
            live_to(live, writer, 1'000'000);
            left = killed(file(1));
            live.finish();
        }
        EXPECT_TRUE(fs::exists(left));
        EXPECT_EQ(files().size(), 1u) << "the writer's own is gone, the copy is there";
        Moment const at{734'567, 0};
        Replay whole(folder / "a.run");
        whole.machine().seek(at);

        Replay replay = open(folder / "a.run", {left}, at);
        ASSERT_TRUE(replay.near_begin()) << processors << testing::PrintToString(replay.near_trouble());
        EXPECT_EQ(replay.machine().moment(), replay.near_begin()->at);
        EXPECT_EQ(replay.near_heard(), Heard{static_cast<std::uint8_t>(replay.near_begin()->at.retired / 10'000)});
        std::uint64_t const before = machine::Odometer::executed();
        replay.machine().seek(at);
        EXPECT_LE(machine::Odometer::executed() - before, 10'000u + 5'000u);
        EXPECT_EQ(replay.machine().moment(), at);
        EXPECT_EQ(replay.machine().hash(), whole.machine().hash());
        fs::remove(folder / "a.run");
        fs::remove(left);
    }
}

TEST_F(NearFile, whoever_writes_much_has_them_farther_apart) {
    Live live(options());
    NearWriter::Options often = near();
    often.per_byte = 2;
    NearWriter writer(often);
    live_to(live, writer, 9'000'000);
    live.finish();
    // The first brings nothing to wait for; each other one all 512 pages.
    Replay replay = open(folder / "a.run", files(), {9'000'000, 0});
    ASSERT_TRUE(replay.near_begin());
    auto const moments = replay.machine().checkpoints().moments();
    ASSERT_EQ(moments.size(), 5u);
    EXPECT_EQ(moments[1], (Moment{10'000, 0}));
    EXPECT_EQ(moments[2], (Moment{20'000, 0}));
    for (std::size_t i = 3; i < 5; ++i) {
        std::uint64_t const apart = moments[i].retired - moments[i - 1].retired;
        EXPECT_GE(apart, 10'000u + 2 * 512 * 4096);
        EXPECT_LE(apart, 10'000u + 2 * 540 * 4096) << "and what the machine keeps of its pages";
    }
}

TEST_F(NearFile, who_goes_back_or_fills_a_file_begins_the_next_and_one_stays) {
    Live live(options());
    NearWriter writer(near(8 << 20));  // of 2 MiB each
    live_to(live, writer, 60'000'000, 500'000);
    ASSERT_EQ(files().size(), 1u);
    EXPECT_NE(files()[0], file(1)) << "the first one was full";
    EXPECT_LE(fs::file_size(files()[0]), 8u << 20);
    fs::path const last = files()[0];
    live.machine().seek({2'000'000, 0});
    writer.update(live.machine(), true, [] { return Heard{}; });
    ASSERT_EQ(files().size(), 1u);
    EXPECT_NE(files()[0], last);
    live.finish();
    Replay replay = open(folder / "a.run", files(), {2'000'001, 0});
    ASSERT_TRUE(replay.near_begin());
    EXPECT_EQ(replay.near_begin()->at.retired, 2'000'000u);
    EXPECT_TRUE(told.empty());
}

// All of it is read for one of its checkpoints.
TEST_F(NearFile, a_file_that_is_long_to_read_is_followed_by_the_next) {
    NearWriter::Options few = near();
    few.enough = 10;
    NearWriter::Options light = near();
    light.enough_bytes = 5 << 20;  // two MiB come with each
    light.apart = 1'000'000;
    for (auto const& [options_of, apart] : {std::pair{few, 10'000u}, {light, 1'000'000u}}) {
        Live live(options());
        NearWriter writer(options_of);
        live_to(live, writer, 25 * apart, apart / 2);
        ASSERT_EQ(files().size(), 1u);
        EXPECT_NE(files()[0], file(1));
        Recording const kept = read_run_file(files()[0], Tolerance::salvage);
        EXPECT_LE(kept.checkpoints.size(), 10u);
        EXPECT_LE(kept.pages.size() * sizeof(machine::Page), (5u << 20) + (6u << 20)) << "the first brings all";
        live.finish();
        Replay replay = open(folder / "a.run", files(), {25 * apart, 0});
        ASSERT_TRUE(replay.near_begin());
        EXPECT_GE(replay.near_begin()->at.retired + 2 * apart, 25 * apart);
    }
    EXPECT_TRUE(told.empty());
}

TEST_F(NearFile, a_branch_of_a_life_that_is_looked_at_is_a_recording_of_its_own) {
    {
        Live live(options());
        live.machine().run({.moment = {1'000'000, 0}});
        live.finish();
    }
    NearWriter::Options how = near();
    how.branch_name = [this](unsigned n) { return folder / (std::to_string(n) + ".branch"); };
    Replay replay(folder / "a.run");
    auto& machine = replay.machine();
    NearWriter writer(how);
    auto const rest = [&] { writer.update(machine, true, [] { return Heard{}; }); };
    machine.seek({300'000, 0});
    rest();
    ASSERT_EQ(files(), std::vector{file(1)});
    auto const trunk = machine.log();
    machine.set_log(machine::InputLog({}, machine.moment()));
    machine.set_replay_only(false);
    machine.give({"", machine::InputKind::poke, {0, 0x80, 0, 0, 0, 0, 0, 0, 0x5a}});
    rest();
    fs::path const branch = folder / ("2.branch." + std::to_string(getpid()) + ".part");
    EXPECT_TRUE(files().empty()) << "the life before is in nobody's way";
    machine.run({.moment = {305'000, 0}});
    rest();
    machine.seek({301'000, 0});
    rest();
    auto const hash = machine.hash();
    {
        fs::path const left = killed(branch);
        ReplayOptions options;
        options.tolerance = Tolerance::salvage;
        options.near = machine.moment();
        options.near_files = {left};
        Replay back(left, options);
        EXPECT_TRUE(back.near_begin()) << testing::PrintToString(back.near_trouble());
        EXPECT_EQ(back.recording().end.at, (Moment{305'000, 0}));
        EXPECT_EQ(back.recording().end.virtual_ns, 305'000u);
        back.machine().seek(machine.moment());
        EXPECT_EQ(back.machine().hash(), hash);
        options.near_files.clear();
        Replay whole(left, options);
        whole.machine().seek(machine.moment());
        EXPECT_EQ(whole.machine().hash(), hash);
    }
    machine.set_log(trunk);
    machine.set_replay_only(true);
    rest();
    EXPECT_FALSE(fs::exists(branch)) << "nobody stands there any more";
}

TEST_F(NearFile, what_is_torn_of_another_life_or_no_such_file_is_refused_by_name) {
    fs::path left;
    {
        Live live(options());
        NearWriter writer(near());
        live_to(live, writer, 9'000'000, 1'000'000);
        left = killed(file(1));
        live.finish();
    }
    std::ifstream in(left, std::ios::binary);
    std::string const whole((std::istreambuf_iterator<char>(in)), {});
    auto const with = [&](std::string const& bytes) {
        std::ofstream(left, std::ios::binary) << bytes;
        return open(folder / "a.run", {left}, {8'500'000, 0});
    };
    ASSERT_TRUE(with(whole).near_begin());
    // Cut off anywhere it is of use, or it is refused; its life is the same.
    Moment best{};
    for (std::size_t length = 0; length < whole.size(); length += whole.size() / 37 + 1) {
        Replay const replay = with(whole.substr(0, length));
        EXPECT_NE(replay.near_begin() != nullptr, !replay.near_trouble().empty()) << length;
        if (replay.near_begin()) best = std::max(best, replay.near_begin()->at);
    }
    EXPECT_GT(best, Moment{});
    // One bit anywhere: a checksum says so.
    for (std::size_t at = 9; at < whole.size(); at += whole.size() / 41 + 1) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 4);
        Replay replay = with(bytes);
        EXPECT_FALSE(replay.near_begin()) << at;
        ASSERT_EQ(replay.near_trouble().size(), 1u) << at;
        EXPECT_THAT(replay.near_trouble()[0], HasSubstr(left.string()));
        EXPECT_EQ(replay.machine().moment(), Moment{});
    }
    EXPECT_THAT(with("not a file of ours").near_trouble().at(0), HasSubstr("no recording"));
    // Another machine's.
    LiveOptions other = options();
    other.config.seed = 7;
    other.record = folder / "b.run";
    Live stranger(other);
    stranger.machine().run({.moment = {9'000'000, 0}});
    stranger.finish();
    std::ofstream(left, std::ios::binary) << whole;
    EXPECT_THAT(open(folder / "b.run", {left}, {8'500'000, 0}).near_trouble().at(0), HasSubstr("another life"));
    EXPECT_THAT(open(folder / "a.run", {left}, {5'000, 0}).near_trouble().at(0), HasSubstr("so early"));
}

// The disk is full: a limit on files says the same.
TEST_F(NearFile, a_full_disk_ends_it_and_the_machine_lives_on) {
    Live live(options());
    NearWriter writer(near());
    live_to(live, writer, 200'000);
    ASSERT_EQ(files().size(), 1u);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    auto const handler = signal(SIGXFSZ, SIG_IGN);
    rlimit const small{.rlim_cur = 1, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    live.machine().run({.moment = {30'000'000, 0}});
    writer.update(live.machine(), true, [] { return Heard{}; });
    writer.update(live.machine(), true, [] { return Heard{}; });
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    ASSERT_EQ(told.size(), 1u) << "once";
    EXPECT_THAT(told[0], HasSubstr("disk full"));
    live.machine().run({.moment = {31'000'000, 0}});
    live.finish();
    // What had been kept is of use.
    EXPECT_TRUE(open(folder / "a.run", files(), {31'000'000, 0}).near_begin());
}

}  // namespace
}  // namespace sim::recording
