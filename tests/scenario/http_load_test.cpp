// SPDX-License-Identifier: MIT
//
// The HTTP server image under load and under bad input, in the simulator and on
// QEMU's two machines. Every byte of every answer is checked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "tests/scenario/http_client.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;

struct Target {
    std::string name, on, machine;
};
void PrintTo(Target const& target, std::ostream* out) { *out << target.name; }

class HttpLoad : public testing::TestWithParam<Target> {
protected:
    // A server that ends after so many answers, and the port that leads to it.
    void serve(unsigned answers) {
        server_ = std::make_unique<Program>(
            viv({"run", "http", "--on", GetParam().on, "--machine", GetParam().machine, "--forward", "0:80",
                 "--exit-after", std::to_string(answers)}));
        // Who knocks before the guest has an address waits for the uplink's second try.
        ASSERT_TRUE(server_->prints("serving")) << server_->err();
        port_ = forwarded_port(server_->err());
    }
    void expect_good_end() {
        Result const result = server_->finish();
        EXPECT_EQ(result.status, 0) << result.out << result.err;
    }
    std::unique_ptr<Program> server_;
    std::string port_;
};

TEST_P(HttpLoad, a_thousand_requests_one_after_another) {
    serve(1000);
    for (unsigned i = 0; i < 1000; ++i) {
        std::size_t const size = (i % 7) * (i % 7) * 300;
        Client client(port_);
        Answer const answer = client.get("/bytes/" + std::to_string(size));
        ASSERT_EQ(answer.status, 200) << "request " << i;
        ASSERT_TRUE(answer.body == bytes_body(size)) << "request " << i << " of " << size << " bytes";
    }
    expect_good_end();
}

TEST_P(HttpLoad, a_thousand_requests_on_one_connection) {
    serve(1000);
    Client client(port_);
    for (unsigned i = 0; i < 1000; ++i) ASSERT_EQ(client.get("/health").body, "ok\n") << "request " << i;
    expect_good_end();
}

TEST_P(HttpLoad, two_hundred_connections_at_once) {
    serve(600);
    std::deque<Client> clients;
    // The host's queue of newcomers is short: one comes in, then the next.
    for (unsigned i = 0; i < 200; ++i) ASSERT_EQ(clients.emplace_back(port_).get("/health").status, 200) << i;
    for (unsigned round = 0; round < 2; ++round) {
        for (unsigned i = 0; i < 200; ++i) clients[i].ask("/bytes/" + std::to_string(i * 50));
        for (unsigned i = 200; i-- > 0;) {
            Answer const answer = clients[i].answer();
            ASSERT_EQ(answer.status, 200) << i;
            ASSERT_TRUE(answer.body == bytes_body(i * 50)) << i;
        }
    }
    expect_good_end();
}

TEST_P(HttpLoad, more_connections_than_it_has_room_for) {
    // 256 at a time: for each one more, the longest idle one is let go.
    serve(300);
    std::deque<Client> clients;
    for (unsigned i = 0; i < 300; ++i) ASSERT_EQ(clients.emplace_back(port_).get("/health").status, 200) << i;
    EXPECT_TRUE(clients.front().ended());
    expect_good_end();
}

TEST_P(HttpLoad, a_large_body_and_pipelined_requests) {
    serve(21);
    Client client(port_);
    EXPECT_TRUE(client.get("/bytes/3000000").body == bytes_body(3'000'000));
    std::string requests;
    for (unsigned i = 0; i < 20; ++i)
        requests += "GET /bytes/" + std::to_string(i * 997) + " HTTP/1.1\r\nHost: v\r\n\r\n";
    client.say(requests);
    for (unsigned i = 0; i < 20; ++i) ASSERT_TRUE(client.answer().body == bytes_body(i * 997)) << i;
    expect_good_end();
}

TEST_P(HttpLoad, bad_requests_are_refused_and_harm_nobody) {
    struct {
        char const* bytes;
        int status;
    } const cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: v\n\n", 400},
        {"GET / HTTP/1.1\r\nHost : v\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: v\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: v\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"\x16\x03\x01\x02\x01\r\n\r\n", 400},
        {"BREW / HTTP/1.1\r\nHost: v\r\n\r\n", 501},
        {"GET / HTTP/3.0\r\nHost: v\r\n\r\n", 505},
    };
    serve(std::size(cases) + 3);
    for (auto const& each : cases) {
        Client client(port_);
        client.say(each.bytes);
        EXPECT_EQ(client.answer().status, each.status) << each.bytes;
        EXPECT_TRUE(client.ended()) << each.bytes;
    }
    Client good(port_);
    EXPECT_EQ(good.get("/nothing/here").status, 404);
    good.say("DELETE / HTTP/1.1\r\nHost: v\r\n\r\n");
    Answer const refused = good.answer();
    EXPECT_EQ(refused.status, 405);
    EXPECT_THAT(refused.head, HasSubstr("Allow: GET, HEAD, OPTIONS"));
    EXPECT_EQ(good.get("/health").body, "ok\n");
    expect_good_end();
}

TEST_P(HttpLoad, a_connection_that_says_nothing_holds_up_nobody) {
    serve(50);
    Client silent(port_), half(port_);
    half.say("GET / HTTP/1.1\r\nHost:");
    for (unsigned i = 0; i < 50; ++i) {
        Client client(port_);
        ASSERT_EQ(client.get("/health", "Connection: close\r\n").body, "ok\n") << i;
        ASSERT_TRUE(i == 49 || client.ended()) << i;  // the last answer may end the machine first
    }
    expect_good_end();
}

INSTANTIATE_TEST_SUITE_P(On, HttpLoad,
                         testing::Values(Target{"sim", "sim", "q35"}, Target{"qemu_q35", "qemu", "q35"},
                                         Target{"qemu_pc", "qemu", "pc"}),
                         [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace scenario
