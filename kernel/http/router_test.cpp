// SPDX-License-Identifier: MIT
#include "kernel/http/router.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace http {
namespace {

std::string seen;

void record(void* context, Request const&, std::string_view rest, ResponseWriter& response) {
    seen = std::string(static_cast<char const*>(context)) + ":" + std::string(rest);
    response.write("done");
}

char page[] = "page", bytes[] = "bytes", upload[] = "upload";
constexpr std::array routes = {
    Route{Method::Get, Route::Match::Whole, "/", record, page},
    Route{Method::Get, Route::Match::Prefix, "/bytes/", record, bytes},
    Route{Method::Post, Route::Match::Whole, "/upload", record, upload},
};

std::string ask(Method method, std::string_view path) {
    seen.clear();
    std::array<char, 1024> buffer{};
    ResponseWriter response(buffer);
    Request request;
    request.method = method;
    request.path = path;
    Router(routes).dispatch(request, response);
    response.finish(true, false);
    return {response.bytes().data(), response.bytes().size()};
}

TEST(Router, finds_whole_paths_and_prefixes) {
    ask(Method::Get, "/");
    EXPECT_EQ(seen, "page:");
    ask(Method::Get, "/bytes/17");
    EXPECT_EQ(seen, "bytes:17");
    ask(Method::Head, "/bytes/");
    EXPECT_EQ(seen, "bytes:");
    ask(Method::Post, "/upload");
    EXPECT_EQ(seen, "upload:");
}

TEST(Router, knows_what_it_does_not_have) {
    for (char const* path : {"/bytes", "/upload/", "/Upload", "//", "", "/x"}) {
        EXPECT_TRUE(ask(Method::Get, path).starts_with("HTTP/1.1 404 ")) << path;
        EXPECT_EQ(seen, "");
    }
}

TEST(Router, says_which_methods_a_path_has) {
    std::string const refused = ask(Method::Post, "/");
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 405 "));
    EXPECT_NE(refused.find("\r\nAllow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
    EXPECT_TRUE(ask(Method::Get, "/upload").starts_with("HTTP/1.1 405 "));
    std::string const asked = ask(Method::Options, "/upload");
    EXPECT_TRUE(asked.starts_with("HTTP/1.1 204 "));
    EXPECT_NE(asked.find("\r\nAllow: POST, OPTIONS\r\n"), std::string::npos);
    EXPECT_TRUE(ask(Method::Options, "*").starts_with("HTTP/1.1 204 "));
}

}  // namespace
}  // namespace http
