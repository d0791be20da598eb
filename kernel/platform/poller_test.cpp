// SPDX-License-Identifier: MIT
#include "kernel/platform/poller.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "kernel/platform/hosted_test.hpp"

namespace platform {
namespace {

using base::Duration;

// A connection between two machines, and a poller that watches its end on the right.
class PollerTest : public ::testing::Test {
protected:
    static constexpr std::uint16_t token = 7;
    static constexpr std::size_t two_segments = 2 * 1448;  // which are acknowledged at once

    PollerTest() {
        auto listener = TcpListener::listen(right, net::Port(2001), 4).value();
        client = TcpSocket::connect(left, {Machines::address(2), net::Port(2001)}, in_time()).value();
        server = listener.accept(in_time()).value();
        poller.watch(server, token);
        EXPECT_EQ(wait(), 1u) << "it may have become ready before";
    }
    static base::Instant in_time() { return now() + Duration::seconds(60); }
    std::size_t wait() {
        std::array<std::uint16_t, 4> tokens;
        return poller.wait(tokens, in_time());
    }
    void say_two_segments() {
        EXPECT_TRUE(client.write(std::vector<std::uint8_t>(two_segments, 'x'), in_time()).ok());
    }
    void hear_them() {
        std::array<std::uint8_t, 2 * two_segments> octets;
        EXPECT_EQ(server.try_read(octets).value(), two_segments);
    }
    std::uint64_t sent() const { return right.statistics().sent; }

    Network& left = Machines::both().left;
    Network& right = Machines::both().right;
    Poller poller{right};
    TcpSocket client, server;  // closed before it goes
};

TEST_F(PollerTest, lets_out_what_the_stack_has_to_say_before_it_returns) {
    std::uint64_t const before = sent();
    say_two_segments();
    EXPECT_EQ(wait(), 1u);
    EXPECT_EQ(sent(), before + 1) << "an ACK";
    hear_them();
}

TEST_F(PollerTest, leaves_it_to_the_next_wait_of_whoever_holds_the_lock_for_a_turn) {
    NetworkGuard const turn(right);  // so that nobody else sends meanwhile
    std::uint64_t const before = sent();
    say_two_segments();
    EXPECT_EQ(wait(), 1u);
    EXPECT_EQ(sent(), before) << "it may leave with an answer";
    hear_them();  // and there is none
    poller.watch(server, token);
    EXPECT_EQ(wait(), 1u) << "it does not sleep: the lock stays closed";
    EXPECT_EQ(sent(), before + 1);
}

}  // namespace
}  // namespace platform
