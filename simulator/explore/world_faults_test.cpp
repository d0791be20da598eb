// SPDX-License-Identifier: GPL-2.0-or-later
//
// Worlds of tiny guests in whose machines something goes wrong: recorded, and lived again.
#include "simulator/explore/world_faults.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "simulator/recording/sha256.hpp"
#include "simulator/recording/world_replay.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::explore {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t ms = 1'000'000;

// The window is 10 ms.
char const* const topology = R"({"machines": [
    {"name": "a", "app": "tiny", "memory": "4M"}, {"name": "b", "app": "tiny", "memory": "4M"}],
    "links": [{"name": "wire", "between": ["a", "b"], "delay": "40ms"}]})";

struct WorldsWithFaults : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("viv-world-faults-" + std::to_string(getpid()));
    WorldsWithFaults() { fs::create_directories(folder); }
    ~WorldsWithFaults() override { fs::remove_all(folder); }

    static recording::WorldOptions options(std::string const& code) {
        std::string const elf = scenario::TinyImage{code}.elf();
        std::vector<std::uint8_t> bytes(elf.begin(), elf.end());
        recording::WorldOptions result;
        result.topology = links::parse_topology("net.json", topology);
        machine::MachineConfig config;
        config.image = {"tiny.elf", recording::sha256(bytes),
                        std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes))};
        config.memory_bytes = 4 << 20;
        result.configs = {config, config};
        return result;
    }
    // In steps, with a hash of the world at each.
    void record(std::string const& code, std::vector<links::MachineFault> const& faults,
                std::uint64_t end_ns) {
        recording::WorldOptions const all = options(code);
        recording::JoinedWorld world(all);
        recording::WorldRecording manifest;
        manifest.topology = topology;
        manifest.seed = all.seed;
        recording::WorldRecorder recorder(folder / "net.run", world, std::move(manifest), true, false);
        WorldFaults const going_wrong(world, parse_faults(faults), [](std::string const&) {});
        world.network().run_until(end_ns, [&] { return recorder.update(), false; });
        EXPECT_TRUE(going_wrong.waiting().empty());
        recorder.finish();
        hashes_at_ = world.network().hashes();
    }
    // That is in order, and leads to the same life.
    void expect_the_same_again(std::size_t inputs) {
        recording::WorldReplay const replay(folder / "net.run");
        EXPECT_EQ(replay.recording().log.inputs.size(), inputs);
        auto const verdict = replay.verify();
        EXPECT_TRUE(verdict.same) << verdict.text;
        EXPECT_EQ(replay.recording().hashes.back().parts, hashes_at_);
    }
    std::map<std::string, std::uint64_t> hashes_at_;
};

// It is ahead of the others, and ahead of where the recording ends.
TEST_F(WorldsWithFaults, a_machine_that_has_lost_time_is_recorded_in_order) {
    record(scenario::code::spin,
           {{"stall 30ms at 12ms", "a"},
            {"flip 0x200000 bit 3 at 13ms", "a"},
            {"stall 1ms at 17ms", "b"},
            {"flip 0x200000 bit 4 at 25ms", "b"}},
           30 * ms);
    expect_the_same_again(4);
}

// Between two windows: what is given there belongs to the second.
TEST_F(WorldsWithFaults, what_comes_to_a_sleeper_at_the_end_of_a_window_comes_after_it) {
    for (std::string const& code : {scenario::code::sleep_for_ever, scenario::code::halt}) {
        fs::remove(folder / "net.run");
        record(code, {{"flip 0x200000 bit 3 at 10ms", "a"}, {"flip 0x200000 bit 3 at 9ms", "b"}}, 20 * ms);
        expect_the_same_again(2);
    }
}

}  // namespace
}  // namespace sim::explore
