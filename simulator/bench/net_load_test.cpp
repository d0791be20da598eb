// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/net_load.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "simulator/bench/net.hpp"

namespace sim::bench {
namespace {

TEST(NetLoad, the_speed_is_what_wrk_says_unless_something_went_wrong) {
    EXPECT_DOUBLE_EQ(
        read_wrk("  100 requests in 1.00s, 9KB read\nRequests/sec:  18157.51\nTransfer/sec: 1MB\n"),
        18157.51);
    EXPECT_THROW(read_wrk("  Socket errors: connect 0, read 9, write 0, timeout 0\nRequests/sec:  5.00\n"),
                 std::runtime_error);
    EXPECT_THROW(read_wrk("  Non-2xx or 3xx responses: 7\nRequests/sec:  5.00\n"), std::runtime_error);
    EXPECT_THROW(read_wrk("unable to connect to 10.0.2.15:80 Connection refused\n"), std::runtime_error);
    EXPECT_THROW(read_wrk("Requests/sec:      0.00\n"), std::runtime_error);
}

TEST(NetLoad, what_fails_is_tried_again_but_not_for_ever) {
    unsigned tries = 0;
    auto const failures = until_it_works([&] {
        if (++tries < 3) throw std::runtime_error("try " + std::to_string(tries));
    });
    EXPECT_EQ(failures, (std::vector<std::string>{"try 1", "try 2"}));
    EXPECT_TRUE(until_it_works([] {}).empty());
    tries = 0;
    EXPECT_THROW(until_it_works([&] {
                     ++tries;
                     throw std::runtime_error("never");
                 }),
                 std::runtime_error);
    EXPECT_EQ(tries, 3u);
}

}  // namespace
}  // namespace sim::bench
