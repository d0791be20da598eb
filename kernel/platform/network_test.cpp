// SPDX-License-Identifier: MIT
//
// The network of a process whose cable leads nowhere.
#include "kernel/platform/network.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "kernel/base/command_line.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/hosted/options.hpp"
#include "kernel/platform/hosted_test.hpp"
#include "kernel/platform/ipv6_word.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/platform/udp_socket.hpp"

namespace platform {
namespace {

base::Instant soon() { return now() + base::Duration::milliseconds(5); }

// Decision 28: the lock is open while they wait, and theirs again when they come back.
TEST(Network, whoever_has_its_lock_for_a_turn_may_wait_in_any_call) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    hosted::options().frames = ends[0];
    begin_threads();
    base::CommandLine words("ipv6=auto");
    read_ipv6_word(words);
    net::Ipv4Configuration own;
    own.address = net::Ipv4Address(10, 0, 0, 1);
    own.prefix_length = 24;
    Network* const network = platform::network(own);
    ASSERT_NE(network, nullptr);
    net::Endpoint const peer{net::Ipv4Address(10, 0, 0, 2), net::Port(80)};

    NetworkGuard turn(*network);
    EXPECT_EQ(TcpSocket::connect(*network, peer, soon()).error(), net::Error::TimedOut);
    auto listener = TcpListener::listen(*network, net::Port(80), 4);
    ASSERT_TRUE(listener);
    EXPECT_EQ(listener.value().accept(soon()).error(), net::Error::TimedOut);
    auto datagrams = UdpSocket::bind(*network);
    ASSERT_TRUE(datagrams);
    std::uint8_t bytes[10];
    EXPECT_EQ(datagrams.value().receive(bytes, soon()).error(), net::Error::TimedOut);
    EXPECT_EQ(datagrams.value().try_receive(bytes).error(), net::Error::WouldBlock);
    EXPECT_TRUE(datagrams.value().send(peer, bytes, soon()));
    EXPECT_TRUE(datagrams.value().try_send(peer, bytes));
    EXPECT_TRUE(datagrams.value().connect(peer));
    EXPECT_TRUE(datagrams.value().send(bytes, soon()));
    EXPECT_NE(datagrams.value().local_port(), net::Port(0));
    EXPECT_TRUE(network->wait_for_address(soon()));
    EXPECT_TRUE(network->wait_for_way_to(peer.address, soon()));
    EXPECT_FALSE(network->wait_for_ipv6(soon()));
    EXPECT_TRUE(network->wait_until_sent(soon())) << "nobody is connected";
    EXPECT_TRUE(network->lock().held_by_me());
}

}  // namespace
}  // namespace platform
