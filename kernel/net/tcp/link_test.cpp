// SPDX-License-Identifier: MIT
//
// Two stacks over a bad link: every byte arrives, once, in order; memory is
// given back; and the link is used well.
#include "kernel/net/testing/link.hpp"

#include <string>

namespace net::testing {
namespace {

using tcp::State;

struct Transfer {
    Duration time;
    std::uint64_t frames = 0;
    std::size_t longest = 0;
    bool ok = false;
};

Transfer exchange(std::uint64_t seed, LinkFaults faults, std::uint64_t up, std::uint64_t down,
                  Config const& config = {}) {
    Transfer result;
    Pair pair(seed, faults, config);
    auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
    auto const socket = pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)});
    EXPECT_TRUE(listener.ok() && socket.ok());
    Instant const start = pair.now();
    Peer client{&pair.tcp(0), socket.value(), up};
    Peer server{&pair.tcp(1), SocketId(), down};
    while (pair.now() - start < Duration::seconds(3600)) {
        client.work();
        if (!server.socket) {
            auto accepted = pair.tcp(1).accept(listener.value());
            if (accepted.ok()) server.socket = accepted.value();
        }
        if (server.socket) server.work();
        if (client.done() && server.done()) break;
        if (!pair.step() || client.error != Error::WouldBlock || server.error != Error::WouldBlock) break;
    }
    result.time = pair.now() - start;
    result.frames = pair.frames();
    result.longest = pair.longest_frame();
    EXPECT_STREQ(name(client.error), name(Error::WouldBlock)) << "seed " << seed;
    EXPECT_STREQ(name(server.error), name(Error::WouldBlock)) << "seed " << seed;
    EXPECT_EQ(server.read, up) << "seed " << seed;
    EXPECT_EQ(client.read, down) << "seed " << seed;
    result.ok = client.done() && server.done();
    EXPECT_TRUE(result.ok) << "seed " << seed;
    pair.tcp(0).close(client.socket);
    if (server.socket) pair.tcp(1).close(server.socket);
    pair.faults() = LinkFaults();
    pair.run_for(Duration::seconds(300));
    for (int host = 0; host < 2; ++host) {
        EXPECT_EQ(pair.tcp(host).connections(), 0u) << "seed " << seed;
        EXPECT_EQ(pair.tcp(host).receive_blocks().in_use(), 0u) << "seed " << seed;
        EXPECT_EQ(pair.tcp(host).send_blocks().in_use(), 0u) << "seed " << seed;
    }
    return result;
}

// The card says how much its link carries, and a longer frame must not be sent.
// [virtio-1.2 §5.1.4.2]
TEST(Link, no_frame_is_longer_than_the_link_carries) {
    for (std::uint16_t mtu : {68, 100, 575, 576, 1000, 1500}) {
        Config config;
        config.mtu = mtu;
        EXPECT_EQ(exchange(1, {.loss_percent = 2}, 100'000, 100'000, config).longest, mtu + 14u);
    }
}

TEST(Link, a_good_link_delivers_everything_quickly) {
    Transfer const t = exchange(1, {}, 1'000'000, 1'000'000);
    // 16 KiB a round trip of 20 ms, both ways at once.
    EXPECT_LT(t.time, Duration::milliseconds(2500));
    EXPECT_LT(t.frames, 2600u);
}

TEST(Link, delivers_over_loss_duplication_reordering_and_corruption) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SeededRandom random(seed);
        LinkFaults faults;
        faults.loss_percent = static_cast<unsigned>(random.below(21));
        faults.duplicate_percent = static_cast<unsigned>(random.below(11));
        faults.reorder_percent = static_cast<unsigned>(random.below(31));
        faults.corrupt_percent = static_cast<unsigned>(random.below(6));
        exchange(seed, faults, random.below(60'000), random.below(60'000));
    }
}

TEST(Link, delivers_over_every_rate_of_loss) {
    for (unsigned loss : {1u, 5u, 10u, 20u}) {
        SCOPED_TRACE(loss);
        LinkFaults faults;
        faults.loss_percent = loss;
        Transfer const t = exchange(loss, faults, 200'000, 1000);
        EXPECT_LT(t.time, Duration::seconds(120));
    }
}

TEST(Link, one_lost_segment_costs_a_round_trip_not_a_timeout) {
    LinkFaults faults;
    faults.loss_percent = 1;
    Transfer const lossy = exchange(3, faults, 1'000'000, 0);
    Transfer const good = exchange(3, {}, 1'000'000, 0);
    EXPECT_LT(lossy.time, good.time * 3);
}

TEST(Link, small_buffers_work_too) {
    Config config;
    config.limits.receive_buffer = 1024;
    config.limits.send_buffer = 1024;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        LinkFaults faults;
        faults.loss_percent = 5;
        faults.reorder_percent = 20;
        exchange(seed, faults, 20'000, 20'000, config);
    }
}

TEST(Link, a_slow_reader_stops_the_writer_and_nothing_is_lost) {
    Pair pair(1, {});
    auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
    Peer client{&pair.tcp(0), pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)}).value(), 100'000};
    pair.run_for(Duration::milliseconds(100));
    SocketId const server = pair.tcp(1).accept(listener.value()).value();
    std::uint64_t read = 0;
    while (read < 100'000) {
        client.work();
        pair.run_for(Duration::milliseconds(500));
        std::uint8_t bytes[700];
        auto const got = pair.tcp(1).receive(server, bytes);
        if (!got.ok()) continue;
        for (std::size_t i = 0; i < got.value(); ++i) ASSERT_EQ(bytes[i], stream_byte(read + i));
        read += got.value();
        ASSERT_LT(pair.now(), Instant::from_boot(Duration::seconds(200)));
    }
    pair.tcp(0).abort(client.socket);
    pair.tcp(1).abort(server);
}

TEST(Link, two_hundred_connections_at_once) {
    LinkFaults faults;
    faults.loss_percent = 1;
    Pair pair(5, faults);
    auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
    std::vector<Peer> clients, servers;
    for (int i = 0; i < 200; ++i)
        clients.push_back({&pair.tcp(0), pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)}).value(),
                           100u + static_cast<unsigned>(i)});
    std::size_t done = 0;
    while (done < 200 && pair.step() && pair.now() < Instant::from_boot(Duration::seconds(60))) {
        while (true) {
            auto accepted = pair.tcp(1).accept(listener.value());
            if (!accepted.ok()) break;
            servers.push_back({&pair.tcp(1), accepted.value(), 5000});
        }
        done = 0;
        for (Peer& p : servers) p.work();
        for (Peer& p : clients) {
            p.work();
            if (p.done() && p.read == 5000) ++done;
        }
    }
    EXPECT_EQ(done, 200u);
    for (Peer& p : servers) pair.tcp(1).close(p.socket);
    for (Peer& p : clients) pair.tcp(0).close(p.socket);
    pair.run_for(Duration::seconds(200));
    EXPECT_EQ(pair.tcp(0).connections(), 0u);
    EXPECT_EQ(pair.tcp(1).connections(), 0u);
}

TEST(Link, five_thousand_short_connections_one_after_another) {
    Config config;
    config.limits.connections = 64;
    LinkFaults quick;
    quick.delay = Duration::microseconds(50);
    Pair pair(6, quick, config);
    auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
    std::size_t peak = 0;
    for (int i = 0; i < 5000; ++i) {
        auto const socket = pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)});
        ASSERT_TRUE(socket.ok()) << name(socket.error());
        Peer client{&pair.tcp(0), socket.value(), 50};
        Peer server{&pair.tcp(1), SocketId(), 500};
        for (int step = 0; step < 200 && !(client.done() && server.done()); ++step) {
            client.work();
            if (!server.socket) {
                auto accepted = pair.tcp(1).accept(listener.value());
                if (accepted.ok()) server.socket = accepted.value();
            }
            if (server.socket) server.work();
            ASSERT_TRUE(pair.step());
        }
        ASSERT_TRUE(client.done() && server.done()) << i;
        pair.tcp(0).close(client.socket);
        pair.tcp(1).close(server.socket);
        if (i == 200) peak = pair.memory(0).peak() + pair.memory(1).peak();
    }
    EXPECT_LE(pair.memory(0).peak() + pair.memory(1).peak(), peak);
}

TEST(Link, a_peer_that_vanished_is_noticed) {
    Pair pair(7, {});
    auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
    Peer client{&pair.tcp(0), pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)}).value(), 1000};
    pair.run_for(Duration::milliseconds(100));
    SocketId const server = pair.tcp(1).accept(listener.value()).value();
    pair.faults().loss_percent = 100;
    client.work();
    Instant const start = pair.now();
    while (client.error == Error::WouldBlock && pair.step()) client.work();
    EXPECT_GE(pair.now() - start, Duration::seconds(100));  // R2
    EXPECT_LE(pair.now() - start, Duration::seconds(200));
    pair.tcp(0).close(client.socket);
    pair.tcp(1).abort(server);
}

TEST(Link, a_peer_that_rebooted_answers_with_a_reset) {  // T21
    Pair pair(8, {});
    auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
    Peer client{&pair.tcp(0), pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)}).value(), 1000};
    pair.run_for(Duration::milliseconds(100));
    SocketId const server = pair.tcp(1).accept(listener.value()).value();
    pair.faults().loss_percent = 100;
    pair.tcp(1).abort(server);
    pair.run_for(Duration::milliseconds(100));
    pair.faults().loss_percent = 0;
    client.work();
    pair.run_for(Duration::milliseconds(100));
    client.work();
    EXPECT_EQ(client.error, Error::ConnectionReset);
    pair.tcp(0).close(client.socket);
}

}  // namespace
}  // namespace net::testing
