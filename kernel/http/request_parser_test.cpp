// SPDX-License-Identifier: MIT
#include "kernel/http/request_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace http {
namespace {

using Progress = RequestParser::Progress;

// What came of some bytes: one line a request, then how the bytes left the parser.
struct Outcome {
    std::vector<std::string> requests;
    Progress last = Progress::NeedsMore;
    int error = 0;
    friend bool operator==(Outcome const&, Outcome const&) = default;
};

void PrintTo(Outcome const& outcome, std::ostream* out) {
    for (std::string const& line : outcome.requests) *out << line << " / ";
    *out << "progress " << static_cast<int>(outcome.last) << " error " << outcome.error;
}

std::string describe(Request const& r) {
    return std::string(name_of(r.method)) + " " + std::string(r.path) + " ?" + std::string(r.query) + " @" +
           std::string(r.host) + " length " + std::to_string(r.content_length) +
           (r.keep_alive ? " keep" : " close");
}

// Feeds `text` in portions of at most `portion(i)` bytes.
template <class Portion>
Outcome feed(std::string_view text, Portion portion) {
    RequestParser parser;
    Outcome outcome;
    unsigned step = 0;
    Progress progress = Progress::NeedsMore;
    while (progress == Progress::NeedsMore && !text.empty()) {
        std::span<char> const room = parser.room();
        EXPECT_FALSE(room.empty());
        std::size_t const count = std::min({text.size(), room.size(), std::size_t{portion(step++)}});
        std::memcpy(room.data(), text.data(), count);
        text.remove_prefix(count);
        progress = parser.feed(count);
        while (progress == Progress::Complete) {
            outcome.requests.push_back(describe(parser.request()));
            progress = parser.next();
        }
    }
    outcome.last = progress;
    if (progress == Progress::Bad) outcome.error = static_cast<int>(parser.error());
    return outcome;
}

// All at once; and then every other way of cutting must give the same.
Outcome parse(std::string const& text) {
    Outcome const whole = feed(text, [](unsigned) { return SIZE_MAX; });
    EXPECT_EQ(feed(text, [](unsigned) { return std::size_t{1}; }), whole) << "byte by byte: " << text;
    if (text.size() < 600) {
        for (std::size_t cut = 1; cut < text.size(); ++cut) {
            EXPECT_EQ(feed(text, [cut](unsigned step) { return step ? SIZE_MAX : cut; }), whole)
                << "cut at " << cut << ": " << text;
        }
    }
    return whole;
}

int error_of(std::string const& text) { return parse(text).error; }

std::string get(std::string const& fields) {
    return "GET / HTTP/1.1\r\nHost: vivarium\r\n" + fields + "\r\n";
}
std::string post(std::string const& fields) {
    return "POST / HTTP/1.1\r\nHost: vivarium\r\n" + fields + "\r\n";
}

TEST(RequestParser, reads_a_request_however_it_is_cut) {
    Outcome const outcome =
        parse("GET /page?a=1&b=2 HTTP/1.1\r\nHost: vivarium:8080\r\nUser-Agent: t/1\r\nAccept: */*\r\n\r\n");
    ASSERT_EQ(outcome.requests.size(), 1u);
    EXPECT_EQ(outcome.requests[0], "GET /page ?a=1&b=2 @vivarium:8080 length 0 keep");
    EXPECT_EQ(outcome.last, Progress::NeedsMore);
}

TEST(RequestParser, reads_requests_that_arrive_in_one_portion) {
    std::string text;
    for (int i = 0; i < 5; ++i) text += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: v\r\n\r\n";
    Outcome const outcome = parse(text);
    ASSERT_EQ(outcome.requests.size(), 5u);
    EXPECT_EQ(outcome.requests[4], "GET /4 ? @v length 0 keep");
}

TEST(RequestParser, finds_the_request_behind_a_body) {
    for (std::size_t length : {0, 1, 10, 5000, 20000}) {
        Outcome const outcome = parse(post("Content-Length: " + std::to_string(length) + "\r\n") +
                                      std::string(length, 'x') + "GET /next HTTP/1.1\r\nHost: v\r\n\r\n");
        ASSERT_EQ(outcome.requests.size(), 2u) << length;
        EXPECT_EQ(outcome.requests[0], "POST / ? @vivarium length " + std::to_string(length) + " keep");
        EXPECT_EQ(outcome.requests[1], "GET /next ? @v length 0 keep");
    }
}

TEST(RequestParser, finds_the_request_behind_a_chunked_body) {
    Outcome const outcome = parse(post("Transfer-Encoding: chunked\r\n") +
                                  "5\r\nhello\r\nA;name=value\r\n0123456789\r\n0\r\nDigest: none\r\n\r\n"
                                  "GET /next HTTP/1.1\r\nHost: v\r\n\r\n");
    ASSERT_EQ(outcome.requests.size(), 2u);
    EXPECT_EQ(outcome.requests[0], "POST / ? @vivarium length 15 keep");
    EXPECT_EQ(outcome.requests[1], "GET /next ? @v length 0 keep");
}

TEST(RequestParser, reads_large_chunks) {
    std::string const data(70'000, 'y');
    Outcome const outcome =
        parse(post("Transfer-Encoding: Chunked\r\n") + "11170\r\n" + data + "\r\n0\r\n\r\n" + get(""));
    ASSERT_EQ(outcome.requests.size(), 2u);
    EXPECT_EQ(outcome.requests[0], "POST / ? @vivarium length 70000 keep");
}

TEST(RequestParser, refuses_bad_chunks) {
    std::string const head = post("Transfer-Encoding: chunked\r\n");
    EXPECT_EQ(error_of(head + "x\r\n"), 400);
    EXPECT_EQ(error_of(head + "\r\n"), 400);
    EXPECT_EQ(error_of(head + "-5\r\nhello\r\n"), 400);
    EXPECT_EQ(error_of(head + " 5\r\nhello\r\n"), 400);
    EXPECT_EQ(error_of(head + "0x5\r\nhello\r\n"), 400);
    EXPECT_EQ(error_of(head + "5\r\nhelloX\r\n"), 400) << "data longer than its chunk";
    EXPECT_EQ(error_of(head + "5\nhello\r\n"), 400) << "a bare line feed";
    EXPECT_EQ(error_of(head + "fffffffffffffffff\r\n"), 400) << "does not fit 64 bits";
    EXPECT_EQ(error_of(head + "ffffffffffffffff\r\n"), 413) << "fits, and would overflow the sum";
    EXPECT_EQ(error_of(head + "100001\r\n"), 413);
    EXPECT_EQ(error_of(head + "1;" + std::string(300, 'a') + "\r\nx\r\n"), 400) << "an endless extension";
    EXPECT_EQ(error_of(head + "0\r\n" + std::string(100, 'a')), 0);
    std::string trailers;
    for (int i = 0; i < 100; ++i) trailers += "T: " + std::string(60, 'a') + "\r\n";
    EXPECT_EQ(error_of(head + "0\r\n" + trailers + "\r\n"), 431) << "endless trailers";
}

TEST(RequestParser, the_sum_of_many_chunks_is_bounded) {
    std::string text = post("Transfer-Encoding: chunked\r\n");
    for (int i = 0; i < 17; ++i) text += "10000\r\n" + std::string(65536, 'z') + "\r\n";
    EXPECT_EQ(error_of(text + "0\r\n\r\n"), 413);
}

TEST(RequestParser, two_framings_or_two_lengths_are_refused) {
    EXPECT_EQ(error_of(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")), 400);
    EXPECT_EQ(error_of(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")), 400);
    EXPECT_EQ(error_of(post("Content-Length: 5\r\nContent-Length: 5\r\n")), 400);
    EXPECT_EQ(error_of(post("Content-Length: 5, 5\r\n")), 400);
    EXPECT_EQ(error_of(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 400);
    EXPECT_EQ(error_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(RequestParser, unknown_codings_are_not_implemented) {
    EXPECT_EQ(error_of(post("Transfer-Encoding: gzip, chunked\r\n")), 501);
    EXPECT_EQ(error_of(post("Transfer-Encoding: xchunked\r\n")), 501);
    EXPECT_EQ(error_of(post("Transfer-Encoding: \r\n")), 501);
}

TEST(RequestParser, content_length_is_digits_that_fit) {
    for (char const* bad :
         {"-1", "+1", "0x10", "1 2", "", "18446744073709551616", "99999999999999999999999999", "1e3", "5;"})
        EXPECT_EQ(error_of(post("Content-Length: " + std::string(bad) + "\r\n")), 400) << bad;
    EXPECT_EQ(error_of(post("Content-Length: 18446744073709551615\r\n")), 413);
    EXPECT_EQ(error_of(post("Content-Length: 1048577\r\n")), 413);
    EXPECT_EQ(error_of(post("Content-Length: 1048576\r\n")), 0);
    EXPECT_EQ(parse(post("Content-Length: 007\r\n") + "1234567").requests.size(), 1u);
}

TEST(RequestParser, lines_end_with_both_characters) {
    EXPECT_EQ(error_of("GET / HTTP/1.1\nHost: v\n\n"), 400);
    EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: v\n\r\n"), 400);
    EXPECT_EQ(error_of("\n"), 400);
    EXPECT_EQ(error_of("GET / HTTP/1.1\rHost: v\r\n"), 400);
}

TEST(RequestParser, nothing_can_be_smuggled_into_a_field) {
    EXPECT_EQ(error_of(get("X: a\rY: b\r\n")), 400);
    EXPECT_EQ(error_of(get(std::string("X: a\0b\r\n", 8))), 400);
    EXPECT_EQ(error_of(get("X: a\x01\r\n")), 400);
    EXPECT_EQ(error_of(get("X: a\x7f\r\n")), 400);
    EXPECT_EQ(error_of(get("X : a\r\n")), 400) << "a blank before the colon";
    EXPECT_EQ(error_of(get(" X: a\r\n")), 400);
    EXPECT_EQ(error_of(get("X: a\r\n folded\r\n")), 400);
    EXPECT_EQ(error_of(get("NoColon\r\n")), 400);
    EXPECT_EQ(error_of(get(": no name\r\n")), 400);
    EXPECT_EQ(error_of(get("X(y): a\r\n")), 400);
    EXPECT_EQ(error_of(get("X: caf\xc3\xa9\t!\r\n")), 0) << "bytes above ASCII are allowed";
}

TEST(RequestParser, the_request_line_is_taken_strictly) {
    for (char const* bad :
         {"GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET /", "GET", "GET / HTTP/11",
          "GET / HTTP/a.1", "GET / http/1.1", "GET / HTTP/1.x", "GET / HTTP/1.10", "GET\t/ HTTP/1.1",
          "G(T / HTTP/1.1", "GET page HTTP/1.1", "GET * HTTP/1.1", "GET /a\x01 HTTP/1.1",
          "GET /\xc3\xa9 HTTP/1.1", "GET ftp://v/ HTTP/1.1", "GET /a b HTTP/1.1"})
        EXPECT_EQ(error_of(std::string(bad) + "\r\nHost: v\r\n\r\n"), 400) << bad;
    EXPECT_EQ(error_of("GET / HTTP/2.0\r\n\r\n"), 505);
    EXPECT_EQ(error_of("GET / HTTP/0.9\r\n\r\n"), 505);
    EXPECT_EQ(error_of("PRI * HTTP/2.0\r\n\r\n"), 505);
    EXPECT_EQ(error_of("BREW / HTTP/1.1\r\nHost: v\r\n\r\n"), 501);
    EXPECT_EQ(error_of("get / HTTP/1.1\r\nHost: v\r\n\r\n"), 501) << "methods are case-sensitive";
}

TEST(RequestParser, reads_every_form_of_target) {
    EXPECT_EQ(parse("GET http://other:1/p?q HTTP/1.1\r\nHost: v\r\n\r\n").requests.at(0),
              "GET /p ?q @v length 0 keep");
    EXPECT_EQ(parse("GET HTTP://other HTTP/1.1\r\nHost: v\r\n\r\n").requests.at(0),
              "GET / ? @v length 0 keep");
    EXPECT_EQ(parse("GET http://other?q HTTP/1.1\r\nHost: v\r\n\r\n").requests.at(0),
              "GET / ?q @v length 0 keep");
    EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: v\r\n\r\n").requests.at(0), "OPTIONS * ? @v length 0 keep");
}

TEST(RequestParser, host_is_needed_once_in_version_1_1) {
    EXPECT_EQ(error_of("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
    EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
    EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0);
    EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 0);
    EXPECT_EQ(error_of("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(RequestParser, keep_alive_follows_version_and_wish) {
    auto const keeps = [](std::string const& text) { return parse(text).requests.at(0).ends_with("keep"); };
    EXPECT_TRUE(keeps(get("")));
    EXPECT_FALSE(keeps(get("Connection: close\r\n")));
    EXPECT_FALSE(keeps(get("Connection: keep-alive, Close\r\n")));
    EXPECT_FALSE(keeps(get("Connection: keep-alive\r\nConnection: close\r\n")));
    EXPECT_TRUE(keeps(get("Connection: closed\r\n")));
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive, close\r\n\r\n"));
}

TEST(RequestParser, sizes_are_bounded) {
    EXPECT_EQ(error_of("GET /" + std::string(5000, 'a')), 414);
    EXPECT_EQ(error_of("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\n"), 414);
    EXPECT_EQ(error_of(get("X: " + std::string(5000, 'a') + "\r\n")), 431);
    EXPECT_EQ(error_of(get("X: " + std::string(5000, 'a'))), 431);
    std::string many;
    for (int i = 0; i < 65; ++i) many += "A: b\r\n";
    EXPECT_EQ(error_of(get(many)), 431);
    EXPECT_EQ(error_of(std::string(5000, '\r')), 414);
    std::string empty_lines;
    for (int i = 0; i < 3000; ++i) empty_lines += "\r\n";
    EXPECT_EQ(error_of(empty_lines), 414);
}

TEST(RequestParser, a_head_of_exactly_the_limit_is_accepted) {
    for (int difference : {-1, 0, 1}) {
        std::string const around = post("Content-Length: 9\r\nX: \r\n");
        std::size_t const padding =
            RequestParser::head_limit - around.size() + static_cast<std::size_t>(difference);
        std::string const text =
            post("Content-Length: 9\r\nX: " + std::string(padding, 'a') + "\r\n") + "123456789" + get("");
        Outcome const outcome = parse(text);
        EXPECT_EQ(outcome.requests.size(), difference > 0 ? 0u : 2u) << difference;
        EXPECT_EQ(outcome.error, difference > 0 ? 431 : 0) << difference;
    }
}

TEST(RequestParser, empty_lines_before_a_request_are_skipped) {
    EXPECT_EQ(parse("\r\n\r\n" + get("") + "\r\n" + get("")).requests.size(), 2u);
}

TEST(RequestParser, expectations_other_than_100_fail) {
    EXPECT_EQ(error_of(post("Expect: the-moon\r\n")), 417);
    EXPECT_EQ(error_of(post("Expect: 100-Continue\r\n")), 0);
}

TEST(RequestParser, a_handler_finds_any_field) {
    RequestParser parser;
    std::string const text = get("Accept: a, b\r\nX-Empty:\r\nACCEPT: second\r\nLast:   blanks \t \r\n");
    std::memcpy(parser.room().data(), text.data(), text.size());
    ASSERT_EQ(parser.feed(text.size()), Progress::Complete);
    EXPECT_EQ(parser.request().field("accept"), "a, b");
    EXPECT_EQ(parser.request().field("HOST"), "vivarium");
    EXPECT_EQ(parser.request().field("X-Empty"), "");
    EXPECT_EQ(parser.request().field("last"), "blanks");
    EXPECT_EQ(parser.request().field("Missing"), "");
}

// Whole requests with bytes changed, dropped and doubled at random: whatever
// comes of them, it must not depend on the portions.
TEST(RequestParser, damaged_requests_have_one_meaning) {
    std::mt19937 random(20260101);
    std::string const good =
        post("Transfer-Encoding: chunked\r\nConnection: close\r\n") + "3\r\nabc\r\n0\r\nT: x\r\n\r\n" +
        post("Content-Length: 4\r\nExpect: 100-continue\r\n") + "body" + get("Accept: x\r\n");
    std::string const alphabet = "\r\n\t :;,/?0123456789aZ%\xff" + std::string(1, '\0');
    for (int round = 0; round < 3000; ++round) {
        std::string text = good;
        for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
            std::size_t const at = random() % text.size();
            switch (random() % 3) {
                case 0:
                    text[at] = alphabet[random() % alphabet.size()];
                    break;
                case 1:
                    text.erase(at, 1 + random() % 3);
                    break;
                default:
                    text.insert(at, 1, alphabet[random() % alphabet.size()]);
            }
        }
        Outcome const whole = feed(text, [](unsigned) { return SIZE_MAX; });
        ASSERT_EQ(feed(text, [](unsigned) { return std::size_t{1}; }), whole) << text;
        ASSERT_EQ(feed(text, [&random](unsigned) { return std::size_t{1 + random() % 40}; }), whole) << text;
    }
}

}  // namespace
}  // namespace http
