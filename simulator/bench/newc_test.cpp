// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/newc.hpp"

#include <gtest/gtest.h>

namespace sim::bench {
namespace {

unsigned field(std::string const& archive, std::size_t at, unsigned number) {
    return static_cast<unsigned>(std::stoul(archive.substr(at + 6 + 8 * number, 8), nullptr, 16));
}

constexpr std::size_t header = 6 + 13 * 8;

TEST(Newc, each_part_begins_at_a_multiple_of_four) {
    std::string const archive = newc_archive({{"init", "hello"}, {"a", std::string("\0\1", 2)}});
    EXPECT_EQ(archive.substr(0, 6), "070701");
    EXPECT_EQ(field(archive, 0, 1), 0100755u);  // mode
    EXPECT_EQ(field(archive, 0, 6), 5u);        // bytes
    EXPECT_EQ(field(archive, 0, 11), 5u);       // the name and its end
    EXPECT_EQ(archive.substr(header, 5), std::string("init\0", 5));
    std::size_t const data = header + 5 + 1;
    EXPECT_EQ(archive.substr(data, 5), "hello");
    std::size_t const second = data + 8;
    EXPECT_EQ(archive.substr(second, 6), "070701");
    EXPECT_EQ(archive.substr(second + header, 2), std::string("a\0", 2));
    EXPECT_NE(field(archive, 0, 0), field(archive, second, 0)) << "the same number is the same file";
    EXPECT_EQ(archive.size() % 4, 0u);
    EXPECT_NE(archive.find("TRAILER!!!"), std::string::npos);
}

}  // namespace
}  // namespace sim::bench
