// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/world_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <span>

#include "simulator/recording/crc32.hpp"
#include "simulator/recording/run_reader.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;

WorldRecording example() {
    WorldRecording world;
    world.topology = "{\"machines\": []}";
    world.seed = 0xFEDC'BA98'7654'3210;
    world.faults = {"drop tcp syn 1"};
    world.members = {{"a", "net-a.run"}, {"b", "net-b.run"}};
    std::string const line = "drop frame 3 from a";
    world.log.inputs = {
        {5, "net", "", machine::InputKind::frame, {1, 2, 3}},
        {5, "a", "clock", machine::InputKind::stall, std::vector<std::uint8_t>(8, 1)},
        {6, "b", "cpu0", machine::InputKind::set_register, std::vector<std::uint8_t>(9, 1),
         machine::Moment{7, 2}},
        {900, links::fault_target, "", machine::InputKind::device_fault, {line.begin(), line.end()}}};
    world.log.edge_ns = 1'000'000;
    world.hashes = {{0, {{"", 1}, {"a", 2}, {"b", 3}}}, {1'000'000, {{"", 4}, {"a", 5}, {"b", 6}}}};
    return world;
}

struct File {
    fs::path const path = fs::path(testing::TempDir()) / "world_file_test.run";
    File() { fs::remove(path); }
    ~File() { fs::remove(path); }
    std::string read() const {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(std::string const& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }
};

TEST(WorldFile, is_read_as_written) {
    File const file;
    write_world_file(file.path, example());
    EXPECT_TRUE(is_world_file(file.path));
    EXPECT_EQ(read_world_file(file.path), example());
    write_world_file(file.path, example());  // our own may be replaced
}

TEST(WorldFile, somebody_elses_file_is_left_alone) {
    File const file;
    file.write("years of work");
    EXPECT_FALSE(is_world_file(file.path));
    EXPECT_THROW(write_world_file(file.path, example()), std::runtime_error);
    EXPECT_EQ(file.read(), "years of work");
    EXPECT_THROW(read_world_file(file.path), RunFileError);
    EXPECT_FALSE(is_world_file("/nowhere/a.run"));
    EXPECT_THROW(read_world_file("/nowhere/a.run"), RunFileError);
}

// Whoever asks for one machine's life is told where it lies.
TEST(WorldFile, is_no_machines_recording_and_its_members_are_named) {
    File const file;
    write_world_file(file.path, example());
    try {
        read_run_file(file.path);
        FAIL();
    } catch (RunFileError const& error) {
        std::string const text = error.what();
        EXPECT_NE(text.find("a world of several machines"), std::string::npos) << text;
        for (auto const& [machine, member] : example().members)
            EXPECT_NE(text.find(fs::path(file.path).replace_filename(member).string() + " (" + machine + ")"),
                      std::string::npos)
                << text;
    }
    file.write(std::string(world_magic) + "and no more");
    EXPECT_THROW(read_run_file(file.path), RunFileError);
}

TEST(WorldFile, every_damage_is_refused) {
    File const file;
    write_world_file(file.path, example());
    std::string const whole = file.read();
    for (std::size_t n = 0; n < whole.size(); ++n) {
        file.write(whole.substr(0, n));
        EXPECT_THROW(read_world_file(file.path), RunFileError) << "cut at " << n;
        std::string damaged = whole;
        damaged[n] ^= 0x10;
        file.write(damaged);
        EXPECT_THROW(read_world_file(file.path), RunFileError) << "bit of byte " << n;
    }
}

// What a checksum cannot see, because the file was made so.
TEST(WorldFile, nonsense_with_a_right_checksum_is_refused) {
    File const file;
    auto const refused = [&](auto change) {
        WorldRecording world = example();
        change(world);
        write_world_file(file.path, world);
        EXPECT_THROW(read_world_file(file.path), RunFileError);
    };
    refused([](auto& w) { w.members["a"] = "../../etc/passwd"; });
    refused([](auto& w) { w.members["a"] = ".."; });
    refused([](auto& w) { w.members["a"] = ""; });
    refused([](auto& w) { w.log.edge_ns = 899; });
    refused([](auto& w) { w.log.edge_ns = machine::end_of_time_ns; });
    refused([](auto& w) { w.log.inputs[1].at_ns = 4; });
    refused([](auto& w) { w.log.inputs[3].bytes = {'x'}; });
    refused([](auto& w) { w.hashes[1].at_ns = 2'000'000; });
    refused([](auto& w) { std::swap(w.hashes[0], w.hashes[1]); });
}

// Small in the file, large in memory.
TEST(WorldFile, a_reader_has_a_budget_and_a_writer_keeps_to_it) {
    File const file;
    WorldRecording world = example();
    world.log.inputs.assign(10'000, {5, "a", "", machine::InputKind::frame, {}});
    write_world_file(file.path, world);
    EXPECT_LT(file.read().size(), 10'000u);
    EXPECT_EQ(read_world_file(file.path).log.inputs.size(), 10'000u);
    EXPECT_THROW(read_world_file(file.path, 1 << 20), RunFileError);
    EXPECT_THROW(write_world_file(file.path, world, 1 << 20), RunFileError);
    EXPECT_EQ(read_world_file(file.path), world) << "the file is as it was";
    world = example();
    WorldHash const hash{7, {{"", 1}, {"a", 2}}};
    world.hashes.assign(10'000, hash);
    write_world_file(file.path, world);
    EXPECT_THROW(read_world_file(file.path, 1 << 20), RunFileError);
}

// The head claims a length that the packed bytes do not: no memory is asked for.
TEST(WorldFile, a_length_that_is_a_lie_is_refused) {
    File const file;
    write_world_file(file.path, example());
    std::string bytes = file.read();
    auto const u32 = [&](std::size_t at, std::uint32_t value) {
        for (unsigned i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
    };
    auto const span = [&](std::size_t at, std::size_t length) {
        return std::span(reinterpret_cast<std::uint8_t const*>(bytes.data()) + at, length);
    };
    u32(12, max_world_bytes / 2);
    u32(20, crc32(span(24, bytes.size() - 24), crc32(span(0, 20))));
    file.write(bytes);
    try {
        read_world_file(file.path);
        FAIL();
    } catch (RunFileError const& error) {
        EXPECT_NE(std::string(error.what()).find("lengths disagree"), std::string::npos) << error.what();
    }
    // Another format is not taken for a damage.
    u32(8, 1);
    file.write(bytes);
    try {
        read_world_file(file.path);
        FAIL();
    } catch (RunFileError const& error) {
        EXPECT_NE(std::string(error.what()).find("format 1"), std::string::npos) << error.what();
    }
}

TEST(WorldFile, members_lie_beside_it) {
    EXPECT_EQ(member_file("a/net.run", "server"), "a/net-server.run");
    EXPECT_EQ(member_file("net", "server"), "net-server.run");
    EXPECT_EQ(member_file("net.v2", "server"), "net.v2-server.run");
}

}  // namespace
}  // namespace sim::recording
