// SPDX-License-Identifier: GPL-2.0-or-later
//
// Worlds of tiny guests: recorded until their files are full, lived again, and
// interrupted.
#include "simulator/recording/joined_world.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "simulator/recording/sha256.hpp"
#include "simulator/recording/world_replay.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t ms = 1'000'000;

char const* const topology = R"({"machines": [
    {"name": "a", "app": "spin", "memory": "4M"}, {"name": "b", "app": "spin", "memory": "4M"}],
    "links": [{"name": "wire", "between": ["a", "b"], "delay": "40ms"}]})";

struct Worlds : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("viv-worlds-" + std::to_string(getpid()));
    Worlds() { fs::create_directories(folder); }
    ~Worlds() override { fs::remove_all(folder); }

    static WorldOptions options() {
        std::string const elf = scenario::TinyImage{scenario::code::spin}.elf();
        std::vector<std::uint8_t> bytes(elf.begin(), elf.end());
        WorldOptions result;
        result.topology = links::parse_topology("net.json", topology);
        machine::MachineConfig config;
        config.image = {"tiny.elf", sha256(bytes),
                        std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes))};
        config.memory_bytes = 4 << 20;
        result.configs = {config, config};
        return result;
    }
    // Two frames every millisecond.
    void record(std::uint64_t most, std::uint64_t most_of_world, std::optional<std::uint64_t>& full_at) {
        JoinedWorld world(options());
        WorldRecording manifest;
        manifest.topology = topology;
        WorldRecorder recorder(folder / "net.run", world, std::move(manifest), true, false, most,
                               most_of_world);
        links::Network& network = world.network();
        for (std::uint64_t t = ms; t <= 40 * ms; t += ms) {
            for (int i = 0; i < 2; ++i)
                network.give("a", {"net0", machine::InputKind::frame, std::vector<std::uint8_t>(5000)});
            network.run_until(t, [&] { return recorder.update(), false; });
        }
        EXPECT_EQ(network.now_ns(), 40 * ms) << "the world lives on";
        recorder.member("b").bookmark({});  // too late for a file that is full
        recorder.finish();
        full_at = recorder.full_at_ns();
    }
    void expect_whole_until(std::uint64_t end_ns) {
        WorldReplay const replay(folder / "net.run");
        EXPECT_EQ(replay.end_ns(), end_ns);
        WorldVerdict const verdict = replay.verify();
        EXPECT_TRUE(verdict.same) << verdict.text;
    }
};

TEST_F(Worlds, a_recording_has_all_of_a_short_life) {
    std::optional<std::uint64_t> full_at;
    record(max_unpacked_bytes, max_world_bytes, full_at);
    EXPECT_FALSE(full_at);
    expect_whole_until(40 * ms);
}

TEST_F(Worlds, when_a_machines_recording_is_full_all_end_at_that_time) {
    std::optional<std::uint64_t> full_at;
    record(512 << 10, max_world_bytes, full_at);
    ASSERT_TRUE(full_at);
    EXPECT_LT(*full_at, 30 * ms);
    expect_whole_until(*full_at);
}

TEST_F(Worlds, when_the_worlds_own_recording_is_full_all_end_at_that_time) {
    std::optional<std::uint64_t> full_at;
    record(max_unpacked_bytes, 512 << 10, full_at);
    ASSERT_TRUE(full_at);
    EXPECT_LT(*full_at, 30 * ms);
    expect_whole_until(*full_at);
}

TEST_F(Worlds, a_verification_can_be_stopped_even_after_the_last_hash) {
    std::optional<std::uint64_t> full_at;
    record(max_unpacked_bytes, max_world_bytes, full_at);
    WorldRecording recording = read_world_file(folder / "net.run");
    recording.hashes.clear();
    write_world_file(folder / "net.run", recording);
    WorldReplay const replay(folder / "net.run");
    unsigned asked = 0;
    WorldVerdict const verdict = replay.verify({}, [&] { return ++asked == 2; });
    EXPECT_TRUE(verdict.interrupted);
    EXPECT_FALSE(verdict.same);
    EXPECT_EQ(asked, 2u);
}

TEST_F(Worlds, the_other_order_has_every_machine_with_its_own_configuration) {
    WorldOptions one = options();
    one.topology.uplinks = {{"in", {}}, {"out", {}}};
    WorldOptions const other = reversed(one);
    ASSERT_EQ(other.topology.machines.size(), 2u);
    EXPECT_EQ(other.topology.machines[0].name, "b");
    EXPECT_EQ(other.topology.uplinks[0].name, "out");
    JoinedWorld a(one), b(other);
    a.network().run_until(5 * ms);
    b.network().run_until(5 * ms);
    EXPECT_EQ(a.network().hash(), b.network().hash());
}

}  // namespace
}  // namespace sim::recording
