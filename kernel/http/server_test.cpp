// SPDX-License-Identifier: MIT
#include "kernel/http/server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "kernel/http/fake_stream.hpp"

namespace http {
namespace {

using base::Duration;
using base::Instant;

void hello(void*, Request const&, std::string_view, ResponseWriter& response) { response.write("hello"); }
constexpr std::array routes = {Route{Method::Get, Route::Match::Whole, "/", hello}};
std::string const request = "GET / HTTP/1.1\r\nHost: v\r\n\r\n";

class ServerTest : public testing::Test {
protected:
    explicit ServerTest(std::size_t slots = 4) : slots_(slots), server_(router_, slots_) {}

    FakeStream& connect() { return streams_.emplace_back(); }
    std::uint16_t admit(Stream& stream) {
        std::uint16_t const slot = server_.make_room();
        if (slot != Server::none) server_.admit(stream, now_);
        return slot;
    }
    void run() {
        for (int i = 0; i < 1000 && server_.run(now_); ++i) {
        }
    }
    static bool answered(FakeStream& stream) { return stream.take_output().ends_with("\r\n\r\nhello"); }

    Router router_{routes};
    std::deque<FakeStream> streams_;
    std::vector<Server::Slot> slots_;
    Server server_;
    Instant now_ = Instant::from_boot(Duration::seconds(1));
};

TEST_F(ServerTest, serves_as_many_connections_as_it_has_slots) {
    for (unsigned i = 0; i < 4; ++i) EXPECT_NE(admit(connect()), Server::none);
    run();
    for (unsigned i = 0; i < 4; ++i) {
        streams_[i].arrives(request);
        server_.ready(static_cast<std::uint16_t>(i));
    }
    run();
    for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(answered(streams_[i])) << i;
    EXPECT_EQ(server_.statistics().answers, 4u);
    EXPECT_EQ(server_.statistics().open, 4u);
}

TEST_F(ServerTest, the_longest_idle_connection_makes_room) {
    for (unsigned i = 0; i < 4; ++i) {
        admit(connect());
        now_ = now_ + Duration::seconds(1);
        run();
    }
    streams_[0].arrives(request);  // no longer the longest idle
    server_.ready(0);
    run();
    EXPECT_EQ(admit(connect()), 1u);
    EXPECT_TRUE(streams_[1].closed());
    EXPECT_FALSE(streams_[0].closed());
    EXPECT_EQ(server_.statistics().made_room, 1u);
    EXPECT_EQ(server_.statistics().open, 4u);
}

TEST_F(ServerTest, newcomers_wait_while_everyone_is_busy) {
    for (unsigned i = 0; i < 4; ++i) {
        connect().arrives("GET /");
        admit(streams_[i]);
    }
    run();
    FakeStream& late = connect();
    late.arrives(request);
    EXPECT_EQ(admit(late), Server::none);
    streams_[2].peer_resets();
    server_.ready(2);
    run();
    EXPECT_EQ(admit(late), 2u);
    run();
    EXPECT_TRUE(answered(late));
}

TEST_F(ServerTest, a_slow_connection_does_not_hold_up_the_others) {
    connect().arrives("GET / HTTP/1.1\r\n");  // and then nothing
    admit(streams_[0]);
    run();
    connect().arrives(request);
    admit(streams_[1]);
    run();
    EXPECT_TRUE(answered(streams_[1]));
    EXPECT_EQ(server_.deadline(), now_ + SessionLimits{}.request);
}

TEST_F(ServerTest, deadlines_pass_without_any_stream_being_ready) {
    connect().arrives("GET / HTTP/1.1\r\n");
    admit(streams_[0]);
    admit(connect());
    run();
    for (int i = 0; i < 10 && server_.deadline() != Instant::never(); ++i) {
        now_ = server_.deadline();
        run();
    }
    EXPECT_EQ(server_.deadline(), Instant::never());
    EXPECT_EQ(server_.statistics().open, 0u);
    EXPECT_TRUE(streams_[0].take_output().starts_with("HTTP/1.1 408 "));
    EXPECT_TRUE(streams_[1].closed());
}

TEST_F(ServerTest, serves_ten_thousand_short_connections_from_four_slots) {
    for (unsigned i = 0; i < 10'000; ++i) {
        FakeStream stream;
        stream.arrives("GET / HTTP/1.0\r\n\r\n");
        stream.peer_ends();
        ASSERT_NE(admit(stream), Server::none);
        run();
        ASSERT_TRUE(answered(stream));
        ASSERT_TRUE(stream.closed());
    }
    EXPECT_EQ(server_.statistics().answers, 10'000u);
    EXPECT_EQ(server_.statistics().open, 0u);
}

TEST_F(ServerTest, survives_any_order_of_readiness) {
    unsigned random = 7;
    auto const next = [&random] { return (random = random * 1664525 + 1013904223) >> 16; };
    std::vector<std::uint16_t> at;
    for (unsigned i = 0; i < 3000; ++i) {
        if (streams_.empty() || next() % 4 == 0) {
            at.push_back(admit(connect()));
        } else {
            FakeStream& stream = streams_[next() % streams_.size()];
            switch (next() % 6) {
                case 0:
                    stream.peer_ends();
                    break;
                case 1:
                    stream.peer_resets();
                    break;
                case 2:
                    stream.arrives("GET / HT");
                    break;
                default:
                    stream.arrives(request);
            }
            server_.ready(static_cast<std::uint16_t>(next() % 4));
        }
        if (next() % 3 == 0) server_.run(now_);
        now_ = now_ + Duration::milliseconds(next() % 2000);
        ASSERT_LE(server_.statistics().open, 4u);
    }
    EXPECT_GT(server_.statistics().answers, 10u);
}

}  // namespace
}  // namespace http
