// SPDX-License-Identifier: GPL-2.0-or-later
//
// A world's capture names the thread that sends, whatever becomes of frames before the link.
#include "simulator/recording/world_capture.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "simulator/recording/sha256.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t ms = 1'000'000;

// c is on no link.
char const* const topology = R"({"machines": [
    {"name": "a", "app": "spin", "memory": "4M"}, {"name": "b", "app": "spin", "memory": "4M"},
    {"name": "c", "app": "spin", "memory": "4M"}],
    "links": [{"name": "wire", "between": ["a", "b"], "delay": "1ms"}]})";

struct WorldCaptureTest : testing::Test {
    fs::path file = fs::temp_directory_path() / ("viv-world-capture-" + std::to_string(getpid()) + ".pcapng");
    ~WorldCaptureTest() override { fs::remove(file); }

    static WorldOptions options() {
        std::string const elf = scenario::TinyImage{scenario::code::spin}.elf();
        machine::MachineConfig config;
        config.image.name = "tiny.elf";
        config.image.bytes = std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end());
        config.image.sha256 = sha256(*config.image.bytes);
        config.memory_bytes = 4 << 20;
        WorldOptions result;
        result.topology = links::parse_topology("net.json", topology);
        result.configs = {config, config, config};
        return result;
    }
    static void send(machine::Machine& machine, std::size_t bytes) {
        machine.output(*machine.find_device("net0"), machine::OutputKind::frame,
                       std::vector<std::uint8_t>(bytes));
    }
    std::size_t named(std::string const& thread) const {
        std::string bytes(fs::file_size(file), 0);
        std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        std::string const words = ", thread " + thread + ", a to b, ";
        std::size_t n = 0;
        for (std::size_t at = bytes.find(words); at != std::string::npos; at = bytes.find(words, at + 1)) ++n;
        return n;
    }
};

TEST_F(WorldCaptureTest, frames_that_never_come_to_the_link_shift_no_names) {
    WorldOptions const of = options();
    JoinedWorld world(of);
    std::string thread = "flood";
    unsigned asked = 0;
    WorldCapture const capture(world, of.topology, file, [&](machine::Machine&) { return ++asked, thread; });
    machine::Machine& a = world.machine("a");
    constexpr std::size_t large = 60'000, many = 300;  // more than one window takes
    for (std::size_t i = 0; i < many; ++i) send(a, large);
    world.network().run_until(2 * ms);
    std::size_t const came = named("flood");
    EXPECT_GT(came, 200u);
    EXPECT_LT(came, many) << "this tests nothing";
    thread = "calm";
    for (int i = 0; i < 3; ++i) send(a, 60);
    world.network().run_until(4 * ms);
    EXPECT_EQ(named("flood"), came);
    EXPECT_EQ(named("calm"), 3u);

    // Who is on no link is not asked: nobody would hear of it.
    unsigned const before = asked;
    send(world.machine("c"), 60);
    EXPECT_EQ(asked, before);
}

}  // namespace
}  // namespace sim::recording
