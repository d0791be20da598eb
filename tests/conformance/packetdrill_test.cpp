// SPDX-License-Identifier: MIT
//
// Plays packetdrill's part: calls the record's functions, sends and takes packets,
// asks for the time.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/ipv4.hpp"
#include "kernel/net/wire/ipv6.hpp"
#include "kernel/net/wire/tcp.hpp"
#include "kernel/net/wire/udp.hpp"
#include "tests/conformance/packetdrill_interface.h"

namespace conformance {
namespace {

using net::wire::Ipv4Header;
using net::wire::TcpFlags;
using net::wire::TcpHeader;
using Packet = std::vector<std::uint8_t>;

constexpr net::Ipv4Address our_address(192, 168, 0, 1);
constexpr net::Ipv4Address their_address(192, 0, 2, 1);

sockaddr_in name_of(net::Ipv4Address address, std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address.value());
    name.sin_port = htons(port);
    return name;
}

// "pong" from the peer's port 7 to ours, 5000; put() adds the checksum.
Packet pong() {
    Packet datagram(net::wire::UdpHeader::size + 4);
    std::memcpy(&datagram[8], "pong", 4);
    net::wire::store_be16(&datagram[0], 7);
    net::wire::store_be16(&datagram[2], 5000);
    net::wire::store_be16(&datagram[4], 12);
    return datagram;
}

class Packetdrill : public testing::Test {
protected:
    explicit Packetdrill(char const* flags = "") { packetdrill_interface_init(flags, &calls_); }
    ~Packetdrill() override { calls_.free(calls_.userdata); }
    void* self() const { return calls_.userdata; }

    int open(int type, std::uint16_t port) {
        int const fd = calls_.socket(self(), AF_INET, type, 0);
        EXPECT_GE(fd, 0);
        sockaddr_in const name = name_of(our_address, port);
        EXPECT_EQ(calls_.bind(self(), fd, reinterpret_cast<sockaddr const*>(&name), sizeof name), 0);
        return fd;
    }
    void set_nonblocking(int fd) { EXPECT_EQ(calls_.fcntl(self(), fd, F_SETFL, O_RDWR | O_NONBLOCK), 0); }

    void put(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgement,
             std::string const& data = "") {
        TcpHeader tcp;
        tcp.source = net::Port(40'000);
        tcp.destination = net::Port(8080);
        tcp.flags = flags;
        tcp.sequence = net::tcp::SeqNum(sequence);
        tcp.acknowledgement = net::tcp::SeqNum(acknowledgement);
        tcp.window = 32'768;
        Packet segment(TcpHeader::size + data.size());
        tcp.emit(segment.data());
        std::memcpy(segment.data() + TcpHeader::size, data.data(), data.size());
        put(net::wire::IpProtocol::Tcp, segment, 16);
    }
    void put(net::wire::IpProtocol protocol, Packet payload, std::size_t checksum_at) {
        net::wire::Checksum sum;
        sum.add_pseudo_header(their_address, our_address, static_cast<std::uint8_t>(protocol),
                              static_cast<std::uint16_t>(payload.size()));
        sum.add(payload);
        net::wire::store_be16(&payload[checksum_at], sum.value());
        Ipv4Header ip;
        ip.total_length = static_cast<std::uint16_t>(Ipv4Header::size + payload.size());
        ip.protocol = protocol;
        ip.source = their_address;
        ip.destination = our_address;
        Packet packet(Ipv4Header::size);
        ip.emit(packet.data());
        packet.insert(packet.end(), payload.begin(), payload.end());
        EXPECT_EQ(calls_.netdev_send(self(), packet.data(), packet.size()), 0);
    }
    // The next packet; when it left is in departed_.
    TcpHeader take(std::string* data = nullptr) {
        Packet packet(65'536);
        std::size_t size = packet.size();
        EXPECT_EQ(calls_.netdev_receive(self(), packet.data(), &size, &departed_), 0);
        packet.resize(size);
        auto const ip = Ipv4Header::parse(packet);
        EXPECT_TRUE(ip.ok());
        net::Bytes const segment = net::Bytes(packet).subspan(Ipv4Header::size);
        auto const tcp = TcpHeader::parse(segment, ip.value().source, ip.value().destination, true);
        EXPECT_TRUE(tcp.ok());
        net::Bytes const text = segment.subspan(tcp.value().header_length);
        if (data) data->assign(text.begin(), text.end());
        return tcp.value();
    }
    long long now() {
        timeval now{};
        EXPECT_EQ(calls_.gettimeofday(self(), &now, nullptr), 0);
        return now.tv_sec * 1'000'000ll + now.tv_usec;
    }
    // Listens on 8080 and lets one connection in. Our first number is in ours_.
    int connected() {
        int const listener = open(SOCK_STREAM, 8080);
        EXPECT_EQ(calls_.listen(self(), listener, 1), 0);
        put(TcpFlags::Syn, 1000, 0);
        TcpHeader const answer = take();
        EXPECT_EQ(answer.flags, TcpFlags::Syn | TcpFlags::Ack);
        ours_ = answer.sequence.raw();
        put(TcpFlags::Ack, 1001, ours_ + 1);
        int const fd = calls_.accept(self(), listener, nullptr, nullptr);
        EXPECT_GE(fd, 0);
        return fd;
    }

    packetdrill_interface calls_{};
    std::uint32_t ours_ = 0;
    long long departed_ = 0;
};

TEST_F(Packetdrill, finds_every_function) {
    void* pointers[sizeof calls_ / sizeof(void*)];
    std::memcpy(pointers, &calls_, sizeof calls_);
    for (void* pointer : pointers) EXPECT_NE(pointer, nullptr);
}

TEST_F(Packetdrill, hears_and_says_what_the_script_wants) {
    int const fd = connected();
    put(TcpFlags::Ack | TcpFlags::Psh, 1001, ours_ + 1, "hello");
    char buffer[100];
    ASSERT_EQ(calls_.read(self(), fd, buffer, sizeof buffer), 5);
    EXPECT_EQ(std::string(buffer, 5), "hello");
    EXPECT_EQ(calls_.write(self(), fd, "welcome", 7), 7);
    std::string data;
    EXPECT_EQ(take(&data).acknowledgement.raw(), 1006u);
    EXPECT_EQ(data, "welcome");
    put(TcpFlags::Ack, 1006, ours_ + 8);
    EXPECT_EQ(calls_.close(self(), fd), 0);
    EXPECT_EQ(take().flags, TcpFlags::Fin | TcpFlags::Ack);
    EXPECT_EQ(calls_.read(self(), fd, buffer, sizeof buffer), -1);
    EXPECT_EQ(errno, EBADF);
}

TEST_F(Packetdrill, moves_the_clock_to_what_happens_next) {
    int const fd = connected();
    (void)calls_.write(self(), fd, "lost", 4);
    (void)take();
    long long const first = departed_;
    (void)take();  // again, when the timer has run out
    EXPECT_GE(departed_ - first, 200'000);
    EXPECT_LT(departed_ - first, 1'100'000);
    EXPECT_GE(now(), departed_);
    long long const before = now();
    EXPECT_EQ(calls_.usleep(self(), 50'000), 0);
    EXPECT_NEAR(static_cast<double>(now() - before), 50'000, 10);
}

TEST_F(Packetdrill, may_ask_without_waiting) {
    int const fd = connected();
    set_nonblocking(fd);
    char byte = 0;
    EXPECT_EQ(calls_.read(self(), fd, &byte, 1), -1);
    EXPECT_EQ(errno, EAGAIN);
    pollfd wanted{fd, POLLIN | POLLOUT, 0};
    EXPECT_EQ(calls_.poll(self(), &wanted, 1, 0), 1);
    EXPECT_EQ(wanted.revents, POLLOUT);
}

TEST_F(Packetdrill, may_wait_on_a_second_thread) {
    int const fd = connected();
    char buffer[10];
    ssize_t got = 0;
    long long returned = 0;
    std::thread second([&] {
        got = calls_.read(self(), fd, buffer, sizeof buffer);
        returned = now();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // it shall wait by now; if not, no harm
    EXPECT_EQ(calls_.usleep(self(), 70'000), 0);
    long long const before = now();
    put(TcpFlags::Ack | TcpFlags::Psh, 1001, ours_ + 1, "late");
    second.join();
    EXPECT_EQ(got, 4);
    EXPECT_NEAR(static_cast<double>(returned - before), 0, 10);
}

TEST_F(Packetdrill, a_wait_with_a_time_limit_ends_when_the_clock_says) {
    int const fd = connected();
    pollfd wanted{fd, POLLIN, 0};
    std::atomic<int> ready = -1;
    std::thread second([&] { ready = calls_.poll(self(), &wanted, 1, 30); });
    while (ready < 0) EXPECT_EQ(calls_.usleep(self(), 10'000), 0);
    second.join();
    EXPECT_EQ(ready, 0);
}

TEST_F(Packetdrill, sends_and_receives_datagrams) {
    int const fd = open(SOCK_DGRAM, 5000);
    sockaddr_in const to = name_of(their_address, 7);
    EXPECT_EQ(calls_.sendto(self(), fd, "ping", 4, 0, reinterpret_cast<sockaddr const*>(&to), sizeof to), 4);
    Packet packet(2000);
    std::size_t size = packet.size();
    EXPECT_EQ(calls_.netdev_receive(self(), packet.data(), &size, &departed_), 0);
    EXPECT_EQ(size, Ipv4Header::size + net::wire::UdpHeader::size + 4);
    put(net::wire::IpProtocol::Udp, pong(), 6);
    char buffer[10];
    sockaddr_in from{};
    socklen_t length = sizeof from;
    EXPECT_EQ(
        calls_.recvfrom(self(), fd, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length),
        4);
    EXPECT_EQ(ntohs(from.sin_port), 7);
}

TEST_F(Packetdrill, sets_options_and_a_close_may_reset) {
    int const fd = connected();
    int const on = 1, idle = 5;
    EXPECT_EQ(calls_.setsockopt(self(), fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), 0);
    EXPECT_EQ(calls_.setsockopt(self(), fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle), 0);
    long long const before = now();
    EXPECT_EQ(take().sequence.raw(), ours_);  // a question, with a number that they have
    EXPECT_NEAR(static_cast<double>(departed_ - before), 5e6, 1000);
    linger const none{1, 0};
    EXPECT_EQ(calls_.setsockopt(self(), fd, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
    EXPECT_EQ(calls_.close(self(), fd), 0);
    EXPECT_TRUE(take().has(TcpFlags::Rst));
}

TEST_F(Packetdrill, keeps_what_is_corked_together) {
    int const fd = connected();
    int const on = 1, off = 0;
    EXPECT_EQ(calls_.setsockopt(self(), fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on), 0);
    EXPECT_EQ(calls_.write(self(), fd, "one ", 4), 4);
    EXPECT_EQ(calls_.usleep(self(), 10'000), 0);
    EXPECT_EQ(calls_.write(self(), fd, "two", 3), 3);
    EXPECT_EQ(calls_.setsockopt(self(), fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off), 0);
    std::string data;
    take(&data);
    EXPECT_EQ(data, "one two");
}

TEST_F(Packetdrill, tells_at_an_edge_of_everything_that_comes) {
    int const fd = connected();
    int const epoll = calls_.epoll_create(self(), 1);
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLET;
    EXPECT_EQ(calls_.epoll_ctl(self(), epoll, EPOLL_CTL_ADD, fd, &wanted), 0);
    epoll_event told{};
    for (std::uint32_t i = 0; i < 2; ++i) {
        put(TcpFlags::Ack | TcpFlags::Psh, 1001 + i, ours_ + 1, "x");
        EXPECT_EQ(calls_.epoll_wait(self(), epoll, &told, 1, 0), 1) << i;
        EXPECT_EQ(calls_.epoll_wait(self(), epoll, &told, 1, 0), 0) << i;
    }
}

class PacketdrillOfOtherSize : public Packetdrill {
protected:
    PacketdrillOfOtherSize() : Packetdrill("send=524288,receive=1048576") {}
};

TEST_F(PacketdrillOfOtherSize, has_buffers_as_its_flags_say_and_not_as_linux_would) {
    int const fd = connected();
    int const wanted = 1000;
    EXPECT_EQ(calls_.setsockopt(self(), fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted), 0);
    int number = 0;
    socklen_t size = sizeof number;
    EXPECT_EQ(calls_.getsockopt(self(), fd, SOL_SOCKET, SO_SNDBUF, &number, &size), 0);
    EXPECT_EQ(number, 2000);
    std::vector<char> const much(500'000);
    set_nonblocking(fd);
    EXPECT_EQ(calls_.write(self(), fd, much.data(), much.size()), 500'000);
}

// ---- IPv6 ----

constexpr net::Ipv6Address our_v6(0xfd3d'0a0b'17d6'0000, 1);
constexpr net::Ipv6Address their_v6(0xfd3d'fa7b'd17d'0000, 1);

sockaddr_in6 name_of(net::Ipv6Address address, std::uint16_t port) {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    net::wire::store_ipv6(name.sin6_addr.s6_addr, address);
    name.sin6_port = htons(port);
    return name;
}

class Packetdrill6 : public Packetdrill {
protected:
    int open6(int type, net::Ipv6Address address, std::uint16_t port, int only_six = 0) {
        int const fd = calls_.socket(self(), AF_INET6, type, 0);
        EXPECT_GE(fd, 0);
        EXPECT_EQ(calls_.setsockopt(self(), fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_six, sizeof only_six), 0);
        sockaddr_in6 const name = name_of(address, port);
        EXPECT_EQ(calls_.bind(self(), fd, reinterpret_cast<sockaddr const*>(&name), sizeof name), 0);
        return fd;
    }
    void put6(std::uint8_t next_header, Packet payload, std::size_t checksum_at) {
        net::wire::Checksum sum;
        sum.add_pseudo_header(their_v6, our_v6, next_header, static_cast<std::uint32_t>(payload.size()));
        sum.add(payload);
        net::wire::store_be16(&payload[checksum_at], sum.value());
        net::wire::Ipv6Header ip;
        ip.payload_length = static_cast<std::uint16_t>(payload.size());
        ip.next_header = next_header;
        ip.source = their_v6;
        ip.destination = our_v6;
        Packet packet(net::wire::Ipv6Header::size);
        ip.emit(packet.data());
        packet.insert(packet.end(), payload.begin(), payload.end());
        EXPECT_EQ(calls_.netdev_send(self(), packet.data(), packet.size()), 0);
    }
    void put6(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgement) {
        TcpHeader tcp;
        tcp.source = net::Port(40'000);
        tcp.destination = net::Port(8080);
        tcp.flags = flags;
        tcp.sequence = net::tcp::SeqNum(sequence);
        tcp.acknowledgement = net::tcp::SeqNum(acknowledgement);
        tcp.window = 32'768;
        Packet segment(TcpHeader::size);
        tcp.emit(segment.data());
        put6(net::wire::NextHeader::Tcp, segment, 16);
    }
    // The next packet, which is one of IPv6, with this payload.
    Packet take6(std::uint8_t next_header) {
        Packet packet(65'536);
        std::size_t size = packet.size();
        EXPECT_EQ(calls_.netdev_receive(self(), packet.data(), &size, &departed_), 0);
        packet.resize(size);
        auto const ip = net::wire::Ipv6Header::parse(packet);
        EXPECT_TRUE(ip.ok());
        EXPECT_EQ(ip.value().next_header, next_header);
        EXPECT_EQ(ip.value().source, our_v6);
        EXPECT_EQ(ip.value().destination, their_v6);
        return Packet(packet.begin() + net::wire::Ipv6Header::size, packet.end());
    }
};

TEST_F(Packetdrill6, opens_connections_of_both_versions_by_one_socket) {
    int const listener = open6(SOCK_STREAM, {}, 8080);
    EXPECT_EQ(calls_.listen(self(), listener, 2), 0);
    put6(TcpFlags::Syn, 1000, 0);
    auto const answer = TcpHeader::parse(take6(net::wire::NextHeader::Tcp), our_v6, their_v6, true);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer.value().mss, 1440);
    put6(TcpFlags::Ack, 1001, answer.value().sequence.raw() + 1);
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    EXPECT_GE(calls_.accept(self(), listener, reinterpret_cast<sockaddr*>(&from), &size), 0);
    EXPECT_EQ(net::wire::load_ipv6(from.sin6_addr.s6_addr), their_v6);
    put(TcpFlags::Syn, 1000, 0);
    put(TcpFlags::Ack, 1001, take().sequence.raw() + 1);
    EXPECT_GE(calls_.accept(self(), listener, reinterpret_cast<sockaddr*>(&from), &size), 0);
    EXPECT_EQ(net::wire::load_ipv6(from.sin6_addr.s6_addr), net::IpAddress(their_address).v6()) << "mapped";
}

TEST_F(Packetdrill6, a_socket_for_ipv6_only_leaves_the_port_to_ipv4) {
    int const six = open6(SOCK_STREAM, {}, 8080, 1);
    EXPECT_EQ(calls_.listen(self(), six, 1), 0);
    put(TcpFlags::Syn, 1000, 0);
    EXPECT_TRUE(take().has(TcpFlags::Rst));
    int const four = open(SOCK_STREAM, 8080);
    EXPECT_EQ(calls_.listen(self(), four, 1), 0);
    put(TcpFlags::Syn, 2000, 0);
    EXPECT_EQ(take().flags, TcpFlags::Syn | TcpFlags::Ack);
}

TEST_F(Packetdrill6, sends_and_receives_datagrams) {
    int const fd = open6(SOCK_DGRAM, our_v6, 5000);
    sockaddr_in6 const to = name_of(their_v6, 7);
    EXPECT_EQ(calls_.sendto(self(), fd, "ping", 4, 0, reinterpret_cast<sockaddr const*>(&to), sizeof to), 4);
    EXPECT_EQ(take6(net::wire::NextHeader::Udp).size(), net::wire::UdpHeader::size + 4);
    put6(net::wire::NextHeader::Udp, pong(), 6);
    char buffer[10];
    sockaddr_in6 from{};
    socklen_t length = sizeof from;
    EXPECT_EQ(
        calls_.recvfrom(self(), fd, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length),
        4);
    EXPECT_EQ(length, sizeof from);
    EXPECT_EQ(ntohs(from.sin6_port), 7);
}

TEST_F(Packetdrill, is_told_what_cannot_be) {
    EXPECT_EQ(calls_.socket(self(), AF_UNIX, SOCK_STREAM, 0), -1);
    EXPECT_EQ(errno, EAFNOSUPPORT);
    EXPECT_EQ(calls_.listen(self(), 4711, 1), -1);
    EXPECT_EQ(errno, EBADF);
    int const fd = open(SOCK_STREAM, 8080);
    int const value = 1;
    EXPECT_EQ(calls_.setsockopt(self(), fd, IPPROTO_TCP, 4711, &value, sizeof value), -1);
    EXPECT_EQ(errno, ENOPROTOOPT);
    sockaddr_in const elsewhere = name_of(their_address, 80);
    int const other = calls_.socket(self(), AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(calls_.bind(self(), other, reinterpret_cast<sockaddr const*>(&elsewhere), sizeof elsewhere),
              -1);
    EXPECT_EQ(errno, EADDRNOTAVAIL);
}

}  // namespace
}  // namespace conformance
