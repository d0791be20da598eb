// SPDX-License-Identifier: GPL-2.0-or-later
//
// The test plays the guest, with frames made by hand.
#include "simulator/links/uplink.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace sim::links {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t guest_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
constexpr std::uint32_t guest_ip = 0x0A00020F, router_ip = 0x0A000202;

void put16(Frame& frame, std::uint32_t value) {
    frame.push_back(static_cast<std::uint8_t>(value >> 8));
    frame.push_back(static_cast<std::uint8_t>(value));
}
void put32(Frame& frame, std::uint32_t value) {
    put16(frame, value >> 16);
    put16(frame, value);
}
std::uint32_t get16(Frame const& frame, std::size_t at) {
    return std::uint32_t{frame.at(at)} << 8 | frame.at(at + 1);
}
std::uint32_t get32(Frame const& frame, std::size_t at) {
    return get16(frame, at) << 16 | get16(frame, at + 2);
}

// The Internet checksum of frame[from..), starting from `sum`.
std::uint16_t checksum(Frame const& frame, std::size_t from, std::uint32_t sum = 0) {
    for (std::size_t i = from; i < frame.size(); i += 2)
        sum += std::uint32_t{frame[i]} << 8 | (i + 1 < frame.size() ? frame[i + 1] : 0u);
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

Frame ethernet(std::uint16_t type) {
    Frame frame(6, 0xFF);
    frame.insert(frame.end(), guest_mac, guest_mac + 6);
    put16(frame, type);
    return frame;
}

Frame arp(std::uint16_t operation, std::uint32_t target) {
    Frame frame = ethernet(0x0806);
    put32(frame, 0x00010800);
    put32(frame, 0x06040000u | operation);
    frame.insert(frame.end(), guest_mac, guest_mac + 6);
    put32(frame, guest_ip);
    frame.insert(frame.end(), 6, 0);
    put32(frame, target);
    return frame;
}

Frame ipv4(std::uint8_t protocol, std::uint32_t from, std::uint32_t to, Frame const& payload) {
    Frame frame = ethernet(0x0800);
    put16(frame, 0x4500);
    put16(frame, static_cast<std::uint32_t>(20 + payload.size()));
    put32(frame, 0);
    put16(frame, 0x4000u | protocol);
    put16(frame, 0);
    put32(frame, from);
    put32(frame, to);
    std::uint16_t const sum = checksum(frame, 14);
    frame[24] = static_cast<std::uint8_t>(sum >> 8);
    frame[25] = static_cast<std::uint8_t>(sum);
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
}

enum Flags : std::uint8_t { fin = 1, syn = 2, push = 8, ack = 16 };

// An answer to the segment `to` of the router: ports turned round.
Frame tcp(Frame const& to, std::uint32_t sequence, std::uint32_t acknowledge, std::uint8_t flags,
          std::string const& data = "") {
    Frame segment;
    put16(segment, get16(to, 36));
    put16(segment, get16(to, 34));
    put32(segment, sequence);
    put32(segment, acknowledge);
    put16(segment, 0x5000u | flags);
    put16(segment, 8192);
    put32(segment, 0);
    segment.insert(segment.end(), data.begin(), data.end());
    std::uint32_t pseudo = (guest_ip >> 16) + (guest_ip & 0xFFFF) + (router_ip >> 16) + (router_ip & 0xFFFF) +
                           6 + static_cast<std::uint32_t>(segment.size());
    std::uint16_t const sum = checksum(segment, 0, pseudo);
    segment[16] = static_cast<std::uint8_t>(sum >> 8);
    segment[17] = static_cast<std::uint8_t>(sum);
    return ipv4(6, guest_ip, router_ip, segment);
}

// The next frame of which `wanted` is true; an empty one after two seconds.
template <class Wanted>
Frame await(Uplink& uplink, Wanted wanted) {
    auto const end = std::chrono::steady_clock::now() + 2s;
    while (std::chrono::steady_clock::now() < end) {
        uplink.wait(20ms);
        while (auto frame = uplink.receive())
            if (wanted(*frame)) return *frame;
    }
    return {};
}

bool is_arp(Frame const& f) { return f.size() >= 42 && get16(f, 12) == 0x0806; }
bool is_udp(Frame const& f) { return f.size() >= 42 && get16(f, 12) == 0x0800 && f[23] == 17; }
bool is_tcp(Frame const& f) { return f.size() >= 54 && get16(f, 12) == 0x0800 && f[23] == 6; }

int connect_to(std::uint16_t port) {
    int const client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval const patience{5, 0};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        close(client);
        return -1;
    }
    return client;
}

TEST(Uplink, router_answers_arp) {
    Uplink uplink({});
    uplink.send(arp(1, router_ip));
    Frame const reply = await(uplink, is_arp);
    ASSERT_FALSE(reply.empty());
    EXPECT_EQ(get16(reply, 20), 2u);
    EXPECT_EQ(get32(reply, 28), router_ip);
}

TEST(Uplink, dhcp_offers_the_promised_address) {
    Uplink uplink({});
    Frame discover;
    put16(discover, 68);
    put16(discover, 67);
    put16(discover, 8 + 240 + 4);
    put16(discover, 0);           // no checksum
    put32(discover, 0x01010600);  // BOOTREQUEST, Ethernet
    put32(discover, 0x12345678);  // transaction
    discover.insert(discover.end(), 20, 0);
    discover.insert(discover.end(), guest_mac, guest_mac + 6);
    discover.insert(discover.end(), 10 + 192, 0);
    put32(discover, 0x63825363);  // magic cookie
    put32(discover, 0x350101FF);  // DHCPDISCOVER, end
    uplink.send(ipv4(17, 0, 0xFFFFFFFF, discover));
    Frame const offer = await(uplink, is_udp);
    ASSERT_FALSE(offer.empty());
    EXPECT_EQ(get32(offer, 14 + 20 + 8 + 4), 0x12345678u);
    EXPECT_EQ(get32(offer, 14 + 20 + 8 + 16), guest_ip);
}

TEST(Uplink, forwarded_port_carries_bytes_both_ways) {
    Uplink uplink({{0, 80}});
    ASSERT_EQ(uplink.forwards().size(), 1u);
    std::uint16_t const port = uplink.forwards()[0].host_port;
    ASSERT_NE(port, 0);
    uplink.send(arp(1, router_ip));  // tells the router where the guest is
    std::string answer;
    std::thread client([&] {
        int const fd = connect_to(port);
        ASSERT_GE(fd, 0);
        EXPECT_EQ(send(fd, "ping", 4, MSG_NOSIGNAL), 4);
        char buffer[16];
        ssize_t const got = recv(fd, buffer, sizeof buffer, 0);
        if (got > 0) answer.assign(buffer, static_cast<std::size_t>(got));
        close(fd);
    });
    Frame const opening = await(uplink, [](Frame const& f) { return is_tcp(f) && f[47] == syn; });
    EXPECT_FALSE(opening.empty());
    if (!opening.empty()) {
        EXPECT_EQ(get16(opening, 36), 80u);
        EXPECT_EQ(get32(opening, 30), guest_ip);
        std::uint32_t const theirs = get32(opening, 38) + 1;
        uplink.send(tcp(opening, 1000, theirs, syn | ack));
        Frame const data = await(uplink, [](Frame const& f) { return is_tcp(f) && f.size() > 54; });
        EXPECT_EQ(std::string(data.begin() + 54, data.end()), "ping");
        uplink.send(tcp(opening, 1001, theirs + 4, ack | push, "pong"));
        await(uplink, [](Frame const& f) { return is_tcp(f) && (f[47] & fin); });
    }
    client.join();
    EXPECT_EQ(answer, "pong");
}

TEST(Uplink, a_client_that_is_early_waits_until_the_guest_has_its_address) {
    Uplink uplink({{0, 80}});
    int const client = connect_to(uplink.forwards()[0].host_port);
    ASSERT_GE(client, 0);
    for (int i = 0; i < 10; ++i) uplink.wait(10ms);
    EXPECT_FALSE(uplink.receive());
    uplink.send(arp(1, router_ip));
    EXPECT_FALSE(await(uplink, [](Frame const& f) { return is_tcp(f) && f[47] == syn; }).empty());
    close(client);
}

TEST(Uplink, many_clients_wait_in_the_backlog) {
    Uplink uplink({{0, 80}});
    std::vector<int> clients;
    for (int i = 0; i < 50; ++i) clients.push_back(connect_to(uplink.forwards()[0].host_port));
    for (int fd : clients) {
        EXPECT_GE(fd, 0);
        close(fd);
    }
}

TEST(Uplink, busy_port_is_told_with_the_next_step) {
    Uplink first({{0, 80}});
    std::uint16_t const port = first.forwards()[0].host_port;
    try {
        Uplink second({{port, 80}});
        FAIL() << "two listeners on port " << port;
    } catch (std::runtime_error const& error) {
        std::string const text = error.what();
        EXPECT_NE(text.find("127.0.0.1:" + std::to_string(port)), std::string::npos) << text;
        EXPECT_NE(text.find("in use"), std::string::npos) << text;
        EXPECT_NE(text.find("\n     Next   Choose another port"), std::string::npos) << text;
    }
}

TEST(Uplink, the_same_port_twice_is_refused) {
    EXPECT_THROW(Uplink({{18291, 80}, {18291, 81}}), std::runtime_error);
}

TEST(Uplink, wake_ends_a_wait_that_starts_later) {
    Uplink uplink({});
    uplink.wake();
    auto const before = std::chrono::steady_clock::now();
    EXPECT_FALSE(uplink.wait(30s));
    EXPECT_LT(std::chrono::steady_clock::now() - before, 20s);
}

TEST(Uplink, survives_frames_of_every_short_length) {
    Uplink uplink({});
    for (std::size_t length = 0; length < 64; ++length) {
        Frame frame = arp(1, router_ip);
        frame.resize(length, 0xFF);
        uplink.send(frame);
    }
    uplink.wait(0ns);
    uplink.send(arp(1, router_ip));
    EXPECT_FALSE(await(uplink, is_arp).empty());
}

}  // namespace
}  // namespace sim::links
