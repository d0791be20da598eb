// SPDX-License-Identifier: MIT
//
// The sockets' options as an application uses them. What an option does to the segments is the
// stack's own matter (net/tcp/settings_test.cpp); here it is asked whether it gets there, and
// what the calls answer.
#include "kernel/platform/socket_options.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "kernel/platform/hosted_test.hpp"
#include "kernel/threads/thread.hpp"

namespace platform {
namespace {

using base::Duration;
using net::Error;
using net::IpAddress;
using net::Ipv4Address;
using net::Port;
using net::Versions;
using net::tcp::State;

// What takes so long does not come any more.
constexpr auto patience = Duration::seconds(60);

struct SocketOptions : ::testing::Test {
    Network& left = Machines::both().left;
    Network& right = Machines::both().right;
    Ipv4Address const left_address = Machines::address(1), right_address = Machines::address(2);
    net::Endpoint at_right(std::uint16_t port) const { return {right_address, Port(port)}; }

    TcpSocket connect(std::uint16_t port, Opening const& opening = {}) {
        auto made = platform::connect(left, at_right(port), opening, now() + patience);
        EXPECT_TRUE(made.ok()) << net::name(made.error());
        return made ? std::move(made).value() : TcpSocket();
    }
    static TcpSocket accept(TcpListener& listener) {
        auto made = listener.accept(now() + patience);
        EXPECT_TRUE(made.ok()) << net::name(made.error());
        return made ? std::move(made).value() : TcpSocket();
    }
    static void say(TcpSocket& to, std::size_t count) {
        std::vector<std::uint8_t> const octets(count, 'x');
        auto const said = to.write(octets, now() + patience);
        EXPECT_TRUE(said.ok()) << net::name(said.error());
    }
    static std::size_t hear(TcpSocket& from, std::size_t count) {
        std::array<std::uint8_t, 4096> octets;
        std::size_t have = 0;
        while (have < count) {
            auto const got = from.read(octets, now() + patience);
            EXPECT_TRUE(got.ok()) << net::name(got.error());
            if (!got || got.value() == 0) break;
            have += got.value();
        }
        return have;
    }
    static Error end_of(TcpSocket& socket) {
        std::array<std::uint8_t, 16> octets;
        auto const got = socket.read(octets, now() + patience);
        return got ? Error::WouldBlock : got.error();
    }
};

TEST_F(SocketOptions, of_a_listener_are_those_of_all_that_it_accepts) {
    auto listener = TcpListener::listen(right, Port(1001), 4).value();
    StreamOptions options(listener);
    ASSERT_TRUE(options.set_no_delay(true).ok());
    ASSERT_TRUE(options.set_keep_alive(KeepAlive{Duration::seconds(60), Duration::seconds(5), 3}).ok());
    ASSERT_TRUE(options.set_linger(Duration::seconds(4)).ok());
    ASSERT_TRUE(options.set_user_timeout(Duration::seconds(30)).ok());
    ASSERT_TRUE(options.set_send_buffer(3000).ok());
    ASSERT_TRUE(options.set_receive_buffer(2048).ok());
    TcpSocket const client = connect(1001);
    TcpSocket const server = accept(listener);
    for (auto const& each : {options.chosen(), StreamOptions(server).chosen()}) {
        ASSERT_TRUE(each.ok());
        net::tcp::Settings const& chosen = each.value();
        EXPECT_TRUE(chosen.no_delay);
        EXPECT_TRUE(chosen.keep_alive);
        EXPECT_EQ(chosen.keep_alive_idle, Duration::seconds(60));
        EXPECT_EQ(chosen.keep_alive_interval, Duration::seconds(5));
        EXPECT_EQ(chosen.keep_alive_probes, 3);
        EXPECT_EQ(chosen.linger, Duration::seconds(4));
        EXPECT_EQ(chosen.user_timeout, Duration::seconds(30));
        EXPECT_EQ(chosen.send_buffer, 3000u);
        EXPECT_EQ(chosen.receive_buffer, 2048u);
    }
    EXPECT_EQ(StreamOptions(client).information().value().send_window, 2048u) << "what was offered";
    // Back to what was at first.
    ASSERT_TRUE(options.set_keep_alive({}).ok());
    ASSERT_TRUE(options.set_linger({}).ok());
    ASSERT_TRUE(options.set_receive_buffer(UINT32_MAX).ok());
    EXPECT_FALSE(options.chosen().value().keep_alive);
    EXPECT_FALSE(options.chosen().value().linger);
    EXPECT_EQ(options.chosen().value().receive_buffer, StreamOptions(client).chosen().value().receive_buffer);
}

TEST_F(SocketOptions, what_cannot_be_is_einval_and_changes_nothing_and_a_closed_socket_is_ebadf) {
    auto listener = TcpListener::listen(right, Port(1002), 4).value();
    StreamOptions options(listener);
    auto const second = Duration::seconds(1), millisecond = Duration::milliseconds(1);
    for (KeepAlive const& wrong :
         {KeepAlive{second - millisecond}, KeepAlive{second, Duration()}, KeepAlive{second, second, 0},
          KeepAlive{second, second, 128}, KeepAlive{Duration::seconds(32'768)}})
        EXPECT_EQ(options.set_keep_alive(wrong).error(), Error::InvalidValue);
    EXPECT_EQ(options.set_linger(Duration() - millisecond).error(), Error::InvalidValue);
    EXPECT_EQ(options.set_user_timeout(Duration() - millisecond).error(), Error::InvalidValue);
    EXPECT_EQ(options.set_send_buffer(1023).error(), Error::InvalidValue);
    EXPECT_EQ(options.set_receive_buffer(0).error(), Error::InvalidValue);
    EXPECT_STREQ(net::usual_name(Error::InvalidValue), "EINVAL");
    net::tcp::Settings const chosen = options.chosen().value(), usual;
    EXPECT_FALSE(chosen.keep_alive);
    EXPECT_EQ(chosen.keep_alive_idle, usual.keep_alive_idle);
    EXPECT_FALSE(chosen.linger);
    EXPECT_EQ(chosen.user_timeout, Duration());
    EXPECT_EQ(options.information().error(), Error::NotConnected);
    EXPECT_EQ(options.peer().error(), Error::NotConnected);
    EXPECT_EQ(options.error(), Error::WouldBlock);

    listener.close();
    for (StreamOptions closed : {options, StreamOptions(listener), StreamOptions(TcpSocket())}) {
        EXPECT_EQ(closed.set_no_delay(true).error(), Error::InvalidSocket);
        EXPECT_EQ(closed.set_send_buffer(1).error(), Error::InvalidSocket);
        EXPECT_EQ(closed.chosen().error(), Error::InvalidSocket);
        EXPECT_EQ(closed.local().error(), Error::InvalidSocket);
        EXPECT_EQ(closed.error(), Error::InvalidSocket);
    }
    EXPECT_STREQ(net::usual_name(Error::InvalidSocket), "EBADF");
}

TEST_F(SocketOptions, information_tells_both_ends_and_what_went_between_them) {
    auto listener = TcpListener::listen(right, Port(1003), 4).value();
    TcpSocket client = connect(1003);
    TcpSocket server = accept(listener);
    StreamOptions const at_client(client), at_server(server);
    EXPECT_EQ(at_client.peer().value(), at_right(1003));
    EXPECT_EQ(at_server.local().value(), at_right(1003));
    EXPECT_EQ(at_server.peer().value(), at_client.local().value());
    EXPECT_EQ(at_client.local().value().address, IpAddress(left_address));
    say(client, 5000);
    EXPECT_EQ(hear(server, 5000), 5000u);
    say(server, 300);
    EXPECT_EQ(hear(client, 300), 300u);
    auto const seen = at_client.information().value();
    EXPECT_EQ(seen.state, State::Established);
    EXPECT_EQ(seen.bytes_sent, 5000u);
    EXPECT_EQ(seen.bytes_acknowledged, 5000u) << "the answer acknowledged it";
    EXPECT_EQ(seen.bytes_received, 300u);
    EXPECT_GT(seen.congestion_window, 0u);
    EXPECT_EQ(seen.segment_size, 1448) << "1500 less the headers and the time stamps";
    EXPECT_GT(seen.smoothed_rtt, Duration());
    EXPECT_TRUE(seen.timestamps && seen.sack);
    client.shutdown();
    std::array<std::uint8_t, 4> octets;
    EXPECT_EQ(server.read(octets, now() + patience).value(), 0u);
    EXPECT_EQ(at_server.information().value().state, State::CloseWait);
    EXPECT_EQ(at_server.information().value().bytes_received, 5000u) << "a FIN is no octet";
}

TEST_F(SocketOptions, who_does_not_linger_resets_the_peer) {
    auto listener = TcpListener::listen(right, Port(1004), 4).value();
    TcpSocket client = connect(1004);
    TcpSocket server = accept(listener);
    ASSERT_TRUE(StreamOptions(client).set_linger(Duration()).ok());
    client.close();
    EXPECT_EQ(end_of(server), Error::ConnectionReset);
    EXPECT_EQ(StreamOptions(server).error(), Error::ConnectionReset);
    EXPECT_STREQ(net::usual_name(StreamOptions(server).error()), "ECONNRESET");
}

TEST_F(SocketOptions, a_peer_that_acknowledges_nothing_is_given_up_after_the_user_timeout) {
    auto listener = TcpListener::listen(right, Port(1005), 4).value();
    TcpSocket client = connect(1005);
    TcpSocket server = accept(listener);
    StreamOptions options(client);
    ASSERT_TRUE(options.set_user_timeout(Duration::milliseconds(50)).ok());
    {
        threads::MutexGuard silent(right.lock());  // nobody there takes or sends a frame
        say(client, 10);
        EXPECT_EQ(end_of(client), Error::TimedOut);
        EXPECT_EQ(options.error(), Error::TimedOut) << "and not the call alone";
    }
    EXPECT_STREQ(net::usual_name(options.error()), "ETIMEDOUT");
}

TEST_F(SocketOptions, a_call_without_a_deadline_ends_by_the_sockets_own_time) {
    auto listener = TcpListener::listen(right, Port(1006), 4).value();
    TcpSocket client = connect(1006);
    TcpSocket server = accept(listener);
    EXPECT_EQ(client.timeouts().set_receive(Duration() - Duration::milliseconds(1)).error(),
              Error::InvalidValue);
    ASSERT_TRUE(client.timeouts().set_receive(Duration::milliseconds(5)).ok());
    ASSERT_TRUE(client.timeouts().set_send(Duration::milliseconds(5)).ok());
    TcpSocket moved = std::move(client);  // it goes with the socket
    std::array<std::uint8_t, 16> octets;
    EXPECT_EQ(moved.read(octets).error(), Error::TimedOut);
    EXPECT_EQ(StreamOptions(moved).error(), Error::WouldBlock) << "the connection is as it was";
    say(server, 3);
    EXPECT_EQ(hear(moved, 3), 3u);
    ASSERT_TRUE(StreamOptions(moved).set_send_buffer(1024).ok());
    std::vector<std::uint8_t> const much(2'000'000, 'x');  // more than anybody's buffers
    EXPECT_EQ(moved.write(much).error(), Error::TimedOut);

    auto datagrams = UdpSocket::bind(left).value();
    ASSERT_TRUE(datagrams.timeouts().set_receive(Duration::milliseconds(5)).ok());
    EXPECT_EQ(datagrams.receive(octets).error(), Error::TimedOut);
}

TEST_F(SocketOptions, a_send_buffer_takes_no_more_than_it_may) {
    auto listener = TcpListener::listen(right, Port(1007), 4).value();
    Opening opening;
    opening.settings.send_buffer = 2000;
    TcpSocket client = connect(1007, opening);
    TcpSocket server = accept(listener);
    EXPECT_EQ(StreamOptions(client).chosen().value().send_buffer, 2000u);
    std::vector<std::uint8_t> const much(5000, 'x');
    threads::MutexGuard silent(right.lock());  // nothing is acknowledged meanwhile
    EXPECT_EQ(client.try_write(much).value(), 2000u);
    EXPECT_EQ(client.try_write(much).error(), Error::WouldBlock);
    EXPECT_EQ(client.unacknowledged(), 2000u);
}

TEST_F(SocketOptions, an_address_is_free_again_when_it_may_be) {
    auto listener = TcpListener::listen(right, Port(1008), 4).value();
    Opening opening;
    opening.local = {left_address, Port(4000)};
    {
        TcpSocket client = connect(1008, opening);
        TcpSocket server = accept(listener);
        auto const twice = platform::connect(left, at_right(1008), opening, now() + patience);
        EXPECT_EQ(twice.error(), Error::AddressInUse);
        EXPECT_STREQ(net::usual_name(twice.error()), "EADDRINUSE");
        client.close();  // first: it will wait in TIME-WAIT
        EXPECT_EQ(end_of(server), Error::WouldBlock);
    }
    // A listener need not wait for anything.
    listener.close();
    auto again = TcpListener::listen(right, Port(1008), 4);
    ASSERT_TRUE(again.ok());
    opening.reuse = true;
    bool made = false;
    for (int tries = 0; tries < 300 && !made; ++tries) {  // TIME-WAIT would last for twice as long
        auto const third = platform::connect(left, at_right(1008), opening, now() + patience);
        made = third.ok();
        if (!made) {
            ASSERT_EQ(third.error(), Error::AddressInUse);
            threads::sleep_for(Duration::milliseconds(100));
        }
    }
    EXPECT_TRUE(made);
    opening.local.address = Ipv4Address(10, 0, 0, 77);
    auto const foreign = platform::connect(left, at_right(1008), opening, now() + patience);
    EXPECT_EQ(foreign.error(), Error::InvalidAddress);
    EXPECT_STREQ(net::usual_name(foreign.error()), "EADDRNOTAVAIL");
}

TEST_F(SocketOptions, a_listener_of_ipv6_alone_leaves_the_port_of_ipv4) {
    auto six = listen(right, {IpAddress(), Port(1009)}, 4, Versions::OnlyV6);
    ASSERT_TRUE(six.ok());
    EXPECT_EQ(TcpSocket::connect(left, at_right(1009), now() + patience).error(), Error::ConnectionRefused);
    EXPECT_EQ(TcpListener::listen(right, Port(1009), 4).error(), Error::AddressInUse) << "of both";
    auto four = listen(right, {IpAddress(), Port(1009)}, 4, Versions::OnlyV4);
    ASSERT_TRUE(four.ok());
    TcpSocket const client = connect(1009);
    EXPECT_TRUE(accept(four.value()).is_open());

    auto only_six = UdpSocket::bind(right, Port(1009), Versions::OnlyV6);
    ASSERT_TRUE(only_six.ok());
    EXPECT_EQ(UdpSocket::bind(right, Port(1009)).error(), Error::AddressInUse);
    EXPECT_TRUE(UdpSocket::bind(right, Port(1009), Versions::OnlyV4).ok());
}

TEST_F(SocketOptions, datagram_sockets_share_a_port_if_both_say_so) {
    auto first = UdpSocket::bind(right, Port(1010), Versions::Both, true).value();
    EXPECT_EQ(UdpSocket::bind(right, Port(1010)).error(), Error::AddressInUse);
    auto second = UdpSocket::bind(right, Port(1010), Versions::Both, true).value();
    auto client = UdpSocket::bind(left).value();
    ASSERT_TRUE(second.connect({left_address, client.local_port()}).ok());
    DatagramOptions options(second);
    EXPECT_EQ(options.peer().value(), (net::Endpoint{left_address, client.local_port()}));
    EXPECT_EQ(DatagramOptions(first).peer().error(), Error::NotConnected);
    EXPECT_EQ(options.set_receive_buffer(1000).error(), Error::InvalidValue);
    ASSERT_TRUE(options.set_receive_buffer(1024).ok());
    std::array<std::uint8_t, 1000> octets{};
    ASSERT_TRUE(client.send(at_right(1010), std::span(octets).first(10), now() + patience).ok());
    auto const got = second.receive(octets, now() + patience);
    ASSERT_TRUE(got.ok()) << "it is connected to the sender";
    EXPECT_EQ(got.value().length, 10u);
    EXPECT_EQ(first.try_receive(octets).error(), Error::WouldBlock);
    EXPECT_EQ(options.information().value().unread, 0u);

    auto lost = UdpSocket::bind(left).value();
    ASSERT_TRUE(lost.connect(at_right(1011)).ok());
    ASSERT_TRUE(lost.send(std::span(octets).first(1), now() + patience).ok());
    EXPECT_EQ(lost.receive(octets, now() + patience).error(), Error::ConnectionRefused);
    EXPECT_EQ(DatagramOptions(lost).take_error(), Error::WouldBlock) << "it was told";
    lost.close();
    EXPECT_TRUE(options.information().ok());
    EXPECT_EQ(DatagramOptions(lost).take_error(), Error::InvalidSocket);
    EXPECT_EQ(DatagramOptions(lost).set_receive_buffer(2000).error(), Error::InvalidSocket);
}

}  // namespace
}  // namespace platform
