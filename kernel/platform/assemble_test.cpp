// SPDX-License-Identifier: MIT
#include "kernel/platform/assemble.hpp"

#include <gtest/gtest.h>

namespace platform {
namespace {

TEST(Assemble, buffers_take_a_part_of_memory_and_are_as_many_as_the_connections_at_most) {
    net::Limits const small = limits_for(std::uint64_t{4} << 20);
    EXPECT_EQ(small.connections, 128);
    EXPECT_EQ(small.buffers, (1u << 20) / (16'384u + 16'384u + 4096u));
    EXPECT_EQ(limits_for(std::uint64_t{16} << 20).connections, 1024);
    EXPECT_EQ(limits_for(std::uint64_t{47} << 20).receive_buffer, 16'384u);
    net::Limits const usual = limits_for(std::uint64_t{60} << 20);
    EXPECT_EQ(usual.connections, 1024);
    EXPECT_EQ(usual.receive_buffer, 65'536u);
    EXPECT_EQ(usual.buffers, (30u << 20) / (65'536u + 65'536u + 4096u));
    net::Limits const large = limits_for(std::uint64_t{128} << 20);
    EXPECT_EQ(large.receive_buffer, 262'144u);
    EXPECT_EQ(large.buffers, (64u << 20) / (262'144u + 131'072u + 4096u));
    EXPECT_EQ(limits_for(std::uint64_t{16} << 30).buffers, 16'384u);
}

// 0 means one for every connection.
TEST(Assemble, however_little_memory_there_is_the_buffers_are_few) {
    for (std::uint64_t const free : {std::uint64_t{0}, std::uint64_t{4096}, std::uint64_t{147'455}})
        EXPECT_EQ(limits_for(free).buffers, 1u) << free;
}

}  // namespace
}  // namespace platform
