// SPDX-License-Identifier: MIT
#include "kernel/http/session.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "kernel/http/fake_stream.hpp"

namespace http {
namespace {

using base::Duration;
using base::Instant;
using Wants = Session::Wants;

void hello(void*, Request const& request, std::string_view, ResponseWriter& response) {
    response.write("hello ");
    response.write(request.query);
}
char byte_at(std::uint64_t offset) { return static_cast<char>('a' + offset % 23); }
bool pattern(void*, std::uint64_t, std::uint64_t offset, std::span<char> out) {
    for (char& c : out) c = byte_at(offset++);
    return true;
}
// Its disk breaks after half a megabyte.
bool breaks(void*, std::uint64_t, std::uint64_t offset, std::span<char>) { return offset < 500'000; }
void broken(void*, Request const&, std::string_view, ResponseWriter& response) {
    response.stream(1'000'000, {breaks});
}
void small(void*, Request const&, std::string_view, ResponseWriter& response) {
    response.stream(100, {pattern});
}
void big(void*, Request const&, std::string_view, ResponseWriter& response) {
    response.stream(1'000'000, {pattern});
}

constexpr std::array routes = {
    Route{Method::Get, Route::Match::Whole, "/", hello},
    Route{Method::Post, Route::Match::Whole, "/", hello},
    Route{Method::Get, Route::Match::Whole, "/small", small},
    Route{Method::Get, Route::Match::Whole, "/big", big},
    Route{Method::Get, Route::Match::Whole, "/broken", broken},
};

class SessionTest : public testing::Test {
protected:
    SessionTest() { session_->open(stream_, limits_, now_); }

    Wants advance() {
        Wants wants = Wants::Turn;
        for (int i = 0; i < 1000 && wants == Wants::Turn; ++i)
            wants = session_->advance(router_, limits_, now_);
        return wants;
    }
    // The bodies of all answers that left, each checked against its length.
    std::vector<std::string> bodies() {
        std::vector<std::string> result;
        std::string text = stream_.take_output();
        while (!text.empty()) {
            std::size_t const head = text.find("\r\n\r\n");
            std::size_t const at = text.find("Content-Length: ");
            if (head == std::string::npos || at == std::string::npos || at > head) {
                ADD_FAILURE() << "no answer: " << text;
                break;
            }
            std::size_t const length = std::stoul(text.substr(at + 16));
            if (text.size() < head + 4 + length) {
                ADD_FAILURE() << "cut short: " << text.size() << " of " << head + 4 + length;
                break;
            }
            result.push_back(text.substr(head + 4, length));
            text.erase(0, head + 4 + length);
        }
        return result;
    }

    FakeStream stream_;
    Router router_{routes};
    SessionLimits limits_;
    Instant now_ = Instant::from_boot(Duration::seconds(100));
    std::unique_ptr<Session> session_ = std::make_unique<Session>();
};

std::string get(std::string const& target, std::string const& fields = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: v\r\n" + fields + "\r\n";
}
using Bodies = std::vector<std::string>;

TEST_F(SessionTest, answers_request_after_request_on_one_connection) {
    EXPECT_EQ(advance(), Wants::Read);
    for (int i = 0; i < 3; ++i) {
        stream_.arrives(get("/?" + std::to_string(i)));
        EXPECT_EQ(advance(), Wants::Read);
        EXPECT_EQ(bodies(), Bodies{"hello " + std::to_string(i)});
    }
    EXPECT_EQ(session_->answers(), 3u);
    stream_.peer_ends();
    EXPECT_EQ(advance(), Wants::Nothing);
    EXPECT_TRUE(stream_.closed());
}

TEST_F(SessionTest, answers_pipelined_requests_in_order) {
    std::string text;
    Bodies expected;
    for (int i = 0; i < 200; ++i) {
        text += get("/?" + std::to_string(i));
        expected.push_back("hello " + std::to_string(i));
    }
    stream_.arrives(text);
    stream_.peer_ends();  // all asked, then goodbye: every answer must still leave
    EXPECT_EQ(advance(), Wants::Nothing);
    EXPECT_EQ(bodies(), expected);
}

TEST_F(SessionTest, one_connection_does_not_take_all_the_time) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += get("/");
    stream_.arrives(text);
    EXPECT_EQ(session_->advance(router_, limits_, now_), Wants::Turn);
    EXPECT_LE(session_->answers(), Session::answers_per_turn);
}

TEST_F(SessionTest, works_one_byte_at_a_time_in_both_directions) {
    stream_.set_portion(1);
    stream_.set_room(0);
    stream_.arrives(get("/?slow"));
    std::string out;
    for (int i = 0; i < 1000 && session_->answers() == 0; ++i) {
        advance();
        stream_.set_room(1);
    }
    EXPECT_EQ(session_->answers(), 1u);
    EXPECT_EQ(bodies(), Bodies{"hello slow"});
}

TEST_F(SessionTest, streams_a_body_larger_than_its_memory) {
    stream_.arrives(get("/big") + get("/?after"));
    std::string expected(1'000'000, ' ');
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = byte_at(i);
    unsigned waits = 0;
    stream_.set_room(1000);
    while (advance() == Wants::Write && waits < 10'000) stream_.set_room(1 + 977 * waits++ % 5000);
    EXPECT_EQ(bodies(), (Bodies{expected, "hello after"}));
    EXPECT_GT(waits, 100u);
}

TEST_F(SessionTest, leaves_the_body_out_for_head) {
    stream_.arrives("HEAD /big HTTP/1.1\r\nHost: v\r\n\r\n");
    EXPECT_EQ(advance(), Wants::Read);
    std::string const text = stream_.take_output();
    EXPECT_NE(text.find("Content-Length: 1000000\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST_F(SessionTest, says_goodbye_and_waits_for_the_peers) {
    stream_.arrives(get("/", "Connection: close\r\n"));
    EXPECT_EQ(advance(), Wants::Read);
    EXPECT_TRUE(stream_.said_goodbye());
    EXPECT_FALSE(stream_.closed());
    stream_.arrives("bytes that nobody asked for");
    EXPECT_EQ(advance(), Wants::Read);
    stream_.peer_ends();
    EXPECT_EQ(advance(), Wants::Nothing);
    EXPECT_TRUE(stream_.closed());
    EXPECT_EQ(bodies(), Bodies{"hello "});
}

TEST_F(SessionTest, does_not_wait_for_goodbye_for_ever) {
    stream_.arrives("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(advance(), Wants::Read);
    EXPECT_EQ(session_->deadline(), now_ + limits_.linger);
    now_ = session_->deadline();
    stream_.arrives("still talking");
    EXPECT_EQ(advance(), Wants::Nothing);
}

TEST_F(SessionTest, answers_a_bad_request_and_ends) {
    stream_.arrives("GET / HTTP/1.1\r\nHost : v\r\n\r\n" + get("/?smuggled"));
    EXPECT_EQ(advance(), Wants::Read);
    EXPECT_EQ(bodies(), Bodies{"400 Bad Request\n"});
    EXPECT_TRUE(stream_.said_goodbye());
}

TEST_F(SessionTest, invites_a_body_that_waits_for_it) {
    stream_.arrives("POST /?x HTTP/1.1\r\nHost: v\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(advance(), Wants::Read);
    EXPECT_EQ(stream_.take_output(), "HTTP/1.1 100 Continue\r\n\r\n");
    stream_.arrives("a");
    EXPECT_EQ(advance(), Wants::Read);
    EXPECT_EQ(stream_.take_output(), "");
    stream_.arrives("bc");
    EXPECT_EQ(advance(), Wants::Read);
    EXPECT_EQ(bodies(), Bodies{"hello x"});
    EXPECT_EQ(session_->answers(), 1u);
}

TEST_F(SessionTest, a_slow_request_runs_out_of_time_however_busy_it_looks) {
    stream_.arrives("G");
    EXPECT_EQ(advance(), Wants::Read);
    Instant const end = now_ + limits_.request;
    while (now_ < end) {
        EXPECT_EQ(session_->deadline(), end);
        now_ = now_ + Duration::seconds(1);
        if (now_ < end) {
            stream_.arrives("E");
            ASSERT_EQ(advance(), Wants::Read);
        }
    }
    EXPECT_EQ(advance(), Wants::Read);
    EXPECT_EQ(bodies(), Bodies{"408 Request Timeout\n"});
}

TEST_F(SessionTest, an_idle_connection_ends_in_silence) {
    stream_.arrives(get("/"));
    EXPECT_EQ(advance(), Wants::Read);
    stream_.take_output();
    EXPECT_TRUE(session_->idle());
    now_ = session_->deadline();
    EXPECT_EQ(advance(), Wants::Nothing);
    EXPECT_EQ(stream_.take_output(), "");
    EXPECT_TRUE(stream_.closed());
}

TEST_F(SessionTest, a_peer_that_takes_nothing_is_cut_off) {
    stream_.set_room(10);
    stream_.arrives(get("/big"));
    EXPECT_EQ(advance(), Wants::Write);
    now_ = now_ + Duration::seconds(29);
    stream_.set_room(1);
    EXPECT_EQ(advance(), Wants::Write);
    now_ = now_ + Duration::seconds(29);
    EXPECT_EQ(advance(), Wants::Write) << "a byte went at 29 s";
    now_ = session_->deadline();
    EXPECT_EQ(advance(), Wants::Nothing);
    EXPECT_TRUE(stream_.aborted());
}

TEST_F(SessionTest, ends_when_the_stream_breaks) {
    stream_.arrives("GET / HT");
    EXPECT_EQ(advance(), Wants::Read);
    stream_.peer_resets();
    EXPECT_EQ(advance(), Wants::Nothing);
    EXPECT_FALSE(session_->is_open());
}

TEST_F(SessionTest, half_a_request_gets_no_answer) {
    stream_.arrives("GET / HTTP/1.1\r\nHost:");
    stream_.peer_ends();
    EXPECT_EQ(advance(), Wants::Read);  // of the end it is told by itself
    EXPECT_EQ(advance(), Wants::Nothing);
    EXPECT_EQ(stream_.take_output(), "");
}

TEST_F(SessionTest, a_short_answer_leaves_with_one_write_and_is_asked_for_with_one_read) {
    stream_.arrives("GET /small HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(advance(), Wants::Read);
    EXPECT_EQ(stream_.reads(), 1u);
    EXPECT_EQ(stream_.writes(), 1u);
    auto const answers = bodies();
    ASSERT_EQ(answers.size(), 1u);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(answers[0][i], byte_at(i)) << i;
}

}  // namespace
}  // namespace http
