// SPDX-License-Identifier: MIT
#include "kernel/http/response.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace http {
namespace {

struct Answer {
    std::array<char, 2048> buffer{};
    ResponseWriter writer{buffer};

    std::string text() const { return {writer.bytes().data(), writer.bytes().size()}; }
};

TEST(ResponseWriter, puts_the_head_in_front_of_the_body) {
    Answer answer;
    answer.writer.set_type("text/html; charset=utf-8");
    answer.writer.write("<p>up for ");
    answer.writer.write_decimal(18446744073709551615u);
    answer.writer.write(" and ");
    answer.writer.write_decimal(0);
    answer.writer.finish(true, false);
    EXPECT_EQ(answer.text(),
              "HTTP/1.1 200 OK\r\nServer: Vivarium\r\nCache-Control: no-store\r\nConnection: keep-alive\r\n"
              "Content-Type: text/html; charset=utf-8\r\nContent-Length: 36\r\n\r\n"
              "<p>up for 18446744073709551615 and 0");
}

TEST(ResponseWriter, describes_a_body_that_head_does_not_want) {
    Answer answer;
    answer.writer.write("12345");
    answer.writer.finish(false, true);
    EXPECT_NE(answer.text().find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_NE(answer.text().find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(answer.text().ends_with("\r\n\r\n"));
}

TEST(ResponseWriter, announces_a_streamed_body_and_leaves_it_to_its_source) {
    Answer answer;
    BodySource const source{[](void*, std::uint64_t, std::uint64_t, std::span<char>) { return true; }};
    answer.writer.stream(5'000'000'000, source);
    answer.writer.finish(true, false);
    EXPECT_NE(answer.text().find("Content-Length: 5000000000\r\n"), std::string::npos);
    EXPECT_EQ(answer.writer.source(), source);
    EXPECT_EQ(answer.writer.source_length(), 5'000'000'000u);
}

TEST(ResponseWriter, says_where_a_folder_is_and_has_room_for_it) {
    Answer answer;
    std::string const name(ResponseWriter::longest_location, 'x');
    answer.writer.redirect(name);
    answer.writer.finish(true, false);
    EXPECT_TRUE(answer.text().starts_with("HTTP/1.1 301 Moved Permanently\r\n"));
    EXPECT_NE(answer.text().find("\r\nLocation: ./" + name + "/\r\n"), std::string::npos);
    Answer other;
    other.writer.redirect("a");
    other.writer.fail(Status::NotFound);
    other.writer.finish(true, false);
    EXPECT_EQ(other.text().find("Location"), std::string::npos);
}

TEST(ResponseWriter, says_which_part_of_what_it_sends) {
    Answer answer;
    answer.writer.offer_parts();
    answer.writer.write("345");
    answer.writer.set_part(3, 5, UINT64_MAX);
    answer.writer.finish(true, false);
    EXPECT_TRUE(answer.text().starts_with("HTTP/1.1 206 Partial Content\r\n"));
    EXPECT_NE(answer.text().find("Content-Range: bytes 3-5/18446744073709551615\r\n"), std::string::npos);
    EXPECT_NE(answer.text().find("Accept-Ranges: bytes\r\n"), std::string::npos);
    Answer none;
    none.writer.refuse_part(10);
    none.writer.finish(false, false);
    EXPECT_TRUE(none.text().starts_with("HTTP/1.1 416 Range Not Satisfiable\r\n"));
    EXPECT_NE(none.text().find("Content-Range: bytes */10\r\n"), std::string::npos);
}

TEST(ResponseWriter, never_sends_half_a_page) {
    Answer answer;
    for (int i = 0; i < 100; ++i) answer.writer.write("0123456789012345678901234567890123456789");
    answer.writer.finish(true, false);
    EXPECT_TRUE(answer.text().starts_with("HTTP/1.1 500 Internal Server Error\r\n")) << answer.text();
    EXPECT_TRUE(answer.text().ends_with("\r\n\r\n500 Internal Server Error\n"));
}

TEST(ResponseWriter, no_content_has_no_body_and_no_length) {
    Answer answer;
    answer.writer.set_status(Status::NoContent);
    answer.writer.set_allow("GET, HEAD, OPTIONS");
    answer.writer.write("forgotten");
    answer.writer.finish(true, false);
    EXPECT_EQ(answer.text().find("Content-"), std::string::npos);
    EXPECT_NE(answer.text().find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
    EXPECT_TRUE(answer.text().ends_with("\r\n\r\n"));
}

TEST(ResponseWriter, makes_foreign_text_harmless_in_a_page) {
    Answer answer;
    answer.writer.write_escaped("<a href=\"x\">&'");
    answer.writer.finish(true, false);
    EXPECT_TRUE(answer.text().ends_with("&lt;a href=&quot;x&quot;&gt;&amp;&#39;"));
}

}  // namespace
}  // namespace http
