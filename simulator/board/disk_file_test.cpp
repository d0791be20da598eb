// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/board/disk_file.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sim::board {
namespace {

TEST(DiskFile, words_follow_the_file) {
    DiskFile const plain = parse_disk_file("some/disk.img");
    EXPECT_EQ(plain.path, "some/disk.img");
    EXPECT_FALSE(plain.read_only);
    EXPECT_FALSE(plain.write_back);
    EXPECT_TRUE(parse_disk_file("a,format=raw,readonly").read_only);
    EXPECT_TRUE(parse_disk_file("a,write-back").write_back);
}

TEST(DiskFile, nonsense_is_refused) {
    for (char const* text : {"", ",readonly", "a,", "a,format=qcow2", "a,readonly,write-back", "a,,readonly"})
        EXPECT_THROW(parse_disk_file(text), std::runtime_error) << text;
}

}  // namespace
}  // namespace sim::board
