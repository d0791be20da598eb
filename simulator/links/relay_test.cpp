// SPDX-License-Identifier: GPL-2.0-or-later
//
// The test sits where QEMU would: at the other end of the socket.
#include "simulator/links/relay.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace sim::links {
namespace {

// Who has 10.0.2.2? Tell 10.0.2.15.
Frame const who_has_the_router = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x08, 0x06, 0, 1, 8, 0,  6, 4, 0,
    1,    0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 10,   0,    2,    15,   0,    0,    0,    0, 0, 0, 10, 0, 2, 2};

// The next datagram; empty after two seconds.
Frame next_frame(int fd) {
    pollfd wanted{fd, POLLIN, 0};
    Frame frame(2048);
    if (poll(&wanted, 1, 2000) <= 0) return {};
    ssize_t const got = recv(fd, frame.data(), frame.size(), 0);
    frame.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return frame;
}

TEST(Relay, carries_frames_both_ways_and_captures_them) {
    std::string const path = "/tmp/viv-relay-" + std::to_string(getpid()) + ".pcapng";
    std::size_t captured = 0;
    {
        Relay relay({{0, 80}}, path);
        EXPECT_NE(relay.forwards().at(0).host_port, 0);
        int const qemu = dup(relay.childs_end());
        relay.close_childs_end();
        ASSERT_EQ(send(qemu, who_has_the_router.data(), who_has_the_router.size(), 0), 42);
        Frame const answer = next_frame(qemu);
        ASSERT_GE(answer.size(), 42u);
        EXPECT_EQ(answer[21], 2);  // an ARP reply
        close(qemu);
    }
    std::ifstream file(path, std::ios::binary);
    std::string const bytes{std::istreambuf_iterator<char>(file), {}};
    for (std::size_t at = 0;
         (at = bytes.find(std::string("\x08\x06\x00\x01\x08\x00", 6), at)) != std::string::npos; ++at)
        ++captured;
    EXPECT_EQ(captured, 2u);
    unlink(path.c_str());
}

}  // namespace
}  // namespace sim::links
