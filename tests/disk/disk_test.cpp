// SPDX-License-Identifier: MIT
//
// Faults of a disk from the command line to the host's file: the guest hears of
// them what a driver can hear, the file holds exactly what had become durable, and
// the recording repeats it all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr unsigned pieces = 16, sectors = 8, sector_bytes = 512;

// What the guest writes there; a sector that it has not reached holds 'z'.
std::string written(unsigned piece, unsigned sector) {
    return std::string(sector_bytes, static_cast<char>(static_cast<unsigned char>(piece * 16 + sector + 1)));
}
// The file after the first `whole` pieces, and so many sectors of another one.
std::string file_with(unsigned whole, unsigned torn_piece = 0, unsigned torn_sectors = 0) {
    std::string file;
    for (unsigned piece = 1; piece <= pieces; ++piece)
        for (unsigned sector = 0; sector < sectors; ++sector)
            file += piece <= whole || (piece == torn_piece && sector < torn_sectors)
                        ? written(piece, sector)
                        : std::string(sector_bytes, 'z');
    return file;
}
std::string without(std::string file, unsigned piece, unsigned first_sector) {
    std::size_t const start = ((piece - 1) * sectors + first_sector) * sector_bytes;
    std::size_t const length = (sectors - first_sector) * sector_bytes;
    return file.replace(start, length, length, 'z');
}

struct DiskFault : testing::Test {
    Folder folder;
    Result result;
    std::string file;

    void live(std::vector<std::string> const& faults) {
        write_file(folder / "disk.img", std::string(pieces * sectors * sector_bytes, 'z'));
        std::vector<std::string> words = {
            "run",      "--kernel",       DISK_GUEST, "--disk",  folder / "disk.img,write-back",
            "--record", folder / "a.run", "--embed",  "--limit", "500000000"};
        for (auto const& fault : faults) words.insert(words.end(), {"--fault", fault});
        result = run(viv(words));
        file = read_file(folder / "disk.img");
        Result const again = run(viv({"replay", folder / "a.run", "--verify"}));
        EXPECT_EQ(again.status, 0) << again.err;
    }
};

TEST_F(DiskFault, none_and_all_is_on_the_file) {
    live({});
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("write 16: ok\nflush 4: ok\nread 1: ok\n"));
    EXPECT_THAT(result.out, HasSubstr("read 16: ok\n"));
    EXPECT_TRUE(file == file_with(pieces));
}

TEST_F(DiskFault, errors_are_told_to_the_guest_and_nothing_is_written) {
    live({"fail write 3", "fail read 2", "fail flush 1"});
    EXPECT_EQ(result.status, 1) << result.out;
    EXPECT_THAT(result.out, HasSubstr("write 2: ok\nwrite 3: I/O error\nwrite 4: ok\nflush 1: I/O error\n"));
    EXPECT_THAT(result.out,
                HasSubstr("read 2: I/O error\nread 3: other bytes from sector 0 on\nread 4: ok\n"));
    EXPECT_TRUE(file == without(file_with(pieces), 3, 0));
}

TEST_F(DiskFault, lost_and_torn_writes_are_found_by_reading_only) {
    live({"lose write 5", "tear write 6 3"});
    EXPECT_EQ(result.status, 1) << result.out;
    EXPECT_THAT(result.out, HasSubstr("write 5: ok\nwrite 6: ok\n"));
    EXPECT_THAT(result.out, Not(HasSubstr("error")));
    EXPECT_THAT(result.out,
                HasSubstr("read 5: other bytes from sector 0 on\nread 6: other bytes from sector 3 on\n"));
    EXPECT_TRUE(file == without(without(file_with(pieces), 5, 0), 6, 3));
}

TEST_F(DiskFault, a_power_cut_leaves_what_arrived) {
    live({"cut write 7 2"});
    EXPECT_EQ(result.status, 3) << result.out;
    EXPECT_THAT(result.out, testing::EndsWith("write 6: ok\nwrite 7: no answer\n"));
    EXPECT_TRUE(file == file_with(6, 7, 2));
}

TEST_F(DiskFault, a_power_cut_that_takes_the_cache_leaves_what_was_flushed) {
    live({"cut write 7 2 forget"});
    EXPECT_EQ(result.status, 3) << result.out;
    EXPECT_TRUE(file == file_with(4, 7, 2));
}

TEST_F(DiskFault, a_power_cut_in_a_flush_leaves_all_or_what_was_flushed_before) {
    live({"cut flush 2"});
    EXPECT_THAT(result.out, testing::EndsWith("write 8: ok\nflush 2: no answer\n"));
    EXPECT_TRUE(file == file_with(8));
    live({"cut flush 2 forget"});
    EXPECT_EQ(result.status, 3) << result.out;
    EXPECT_TRUE(file == file_with(4));
}

}  // namespace
}  // namespace scenario
