// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/pcapng.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace sim::links {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint32_t u32(Bytes const& b, std::size_t at) {
    return b.at(at) | std::uint32_t{b.at(at + 1)} << 8 | std::uint32_t{b.at(at + 2)} << 16 |
           std::uint32_t{b.at(at + 3)} << 24;
}

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("viv-pcapng-" + std::to_string(getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

TEST(Pcapng, blocks_chain_by_their_lengths) {
    Bytes file = pcapng_header({"net0"});
    Bytes const frame(61, 0xAB);
    Bytes const packet = pcapng_frame(frame, 0x1'0000'0002, Direction::from_guest);
    file.insert(file.end(), packet.begin(), packet.end());
    std::vector<std::uint32_t> types;
    std::size_t at = 0;
    while (at < file.size()) {
        types.push_back(u32(file, at));
        std::uint32_t const length = u32(file, at + 4);
        ASSERT_EQ(length % 4, 0u);
        ASSERT_LE(at + length, file.size());
        EXPECT_EQ(u32(file, at + length - 4), length);
        at += length;
    }
    EXPECT_EQ(types, (std::vector<std::uint32_t>{0x0A0D0D0A, 1, 6}));
}

TEST(Pcapng, packet_holds_time_length_bytes_and_direction) {
    Bytes const packet = pcapng_frame(Bytes{1, 2, 3, 4, 5}, 0x1'0000'0002, Direction::from_guest);
    EXPECT_EQ(u32(packet, 12), 1u);
    EXPECT_EQ(u32(packet, 16), 2u);
    EXPECT_EQ(u32(packet, 20), 5u);
    EXPECT_EQ(u32(packet, 24), 5u);
    EXPECT_EQ(packet[28], 1);
    EXPECT_EQ(packet[32], 5);
    EXPECT_EQ(u32(packet, 36), 0x00040002u);  // epb_flags, four bytes
    EXPECT_EQ(u32(packet, 40), 2u);           // outbound
}

TEST(Pcapng, replaces_a_capture_but_no_other_file) {
    Folder folder;
    auto const path = folder.path / "a.pcapng";
    PcapngFile(path).write(Bytes(60), 0, Direction::to_guest);
    auto const size = std::filesystem::file_size(path);
    PcapngFile{path};
    EXPECT_LT(std::filesystem::file_size(path), size);

    auto const thesis = folder.path / "thesis.tex";
    std::ofstream(thesis) << "years of work";
    EXPECT_THROW(PcapngFile{thesis}, std::runtime_error);
    std::ifstream still(thesis);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(still), {}), "years of work");
    EXPECT_THROW(PcapngFile{folder.path / "nowhere" / "a.pcapng"}, std::runtime_error);
    EXPECT_THROW(PcapngFile{folder.path}, std::runtime_error);
}

}  // namespace
}  // namespace sim::links
