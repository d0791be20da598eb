// SPDX-License-Identifier: MIT
#include "kernel/apps/http/files.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "kernel/fs/file_system_under_test.hpp"

namespace apps {
namespace {

class Files : public testing::Test {
protected:
    Files() {
        MUST(fs::mkfs(device));
        mounted = std::make_unique<fs::Mounted>(device);
        MUST((*mounted)->make_directory("/site"));
        mounted->put("/site/index.html", "<p>hello");
        mounted->put("/a name.txt", "0123456789");
        mounted->put("/empty", "");
        mounted->put("/large", std::string(100'000, 'x') + "end");
    }
    // Status line and head, and the body as it would be sent.
    std::string ask(std::string const& path, std::string const& fields = "",
                    http::Method method = http::Method::Get) {
        http::Request request;
        request.method = method;
        request.fields = fields;
        std::array<char, 4096> buffer{};
        http::ResponseWriter response(buffer);
        serve_file(mounted->operator->(), request, path, response);
        response.finish(true, method == http::Method::Head);
        std::string text(response.bytes().begin(), response.bytes().end());
        if (auto const& source = response.source()) {
            std::string body(response.source_length(), '?');
            EXPECT_TRUE(source.make(source.context, source.item, source.start, body));
            text += body;
        }
        return text;
    }
    static std::string body_of(std::string const& text) { return text.substr(text.find("\r\n\r\n") + 4); }

    fs::MemoryDevice device{512};
    std::unique_ptr<fs::Mounted> mounted;
};

TEST_F(Files, serves_whole_files_with_their_type) {
    std::string const page = ask("site");
    EXPECT_TRUE(page.starts_with("HTTP/1.1 200 OK")) << page;
    EXPECT_NE(page.find("Content-Type: text/html"), std::string::npos);
    EXPECT_NE(page.find("Accept-Ranges: bytes"), std::string::npos);
    EXPECT_EQ(body_of(page), "<p>hello");
    EXPECT_EQ(body_of(ask("a%20name.txt")), "0123456789");
    EXPECT_EQ(body_of(ask("empty")), "");
    EXPECT_EQ(body_of(ask("large")).size(), 100'003u);
}

TEST_F(Files, serves_parts) {
    std::string const part = ask("a%20name.txt", "Range: bytes=2-4\r\n");
    EXPECT_TRUE(part.starts_with("HTTP/1.1 206")) << part;
    EXPECT_NE(part.find("Content-Range: bytes 2-4/10\r\n"), std::string::npos);
    EXPECT_EQ(body_of(part), "234");
    EXPECT_EQ(body_of(ask("large", "Range: bytes=-3\r\n")), "end");
    std::string const behind = ask("a%20name.txt", "Range: bytes=10-\r\n");
    EXPECT_TRUE(behind.starts_with("HTTP/1.1 416")) << behind;
    EXPECT_TRUE(ask("a%20name.txt", "Range: bytes=0-1,4-5\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(ask("a%20name.txt", "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(ask("a%20name.txt", "Range: bytes=0-1\r\n", http::Method::Head).starts_with("HTTP/1.1 200"));
}

TEST_F(Files, what_is_not_there_is_404_and_what_is_no_path_400) {
    for (char const* path : {"none", "empty/x", "site/none", "", "..", "site/../empty", "%2e%2e/x"})
        EXPECT_TRUE(ask(path).starts_with("HTTP/1.1 404")) << path;
    for (std::string const& path : {std::string("%"), std::string("%4"), std::string("%zz"),
                                    std::string("a%00b"), std::string(2000, 'a')})
        EXPECT_TRUE(ask(path).starts_with("HTTP/1.1 400")) << path;
}

TEST_F(Files, a_disk_that_breaks_is_the_end_of_the_connection) {
    std::array<char, 4096> buffer{};
    MUST((*mounted)->sync());
    mounted = std::make_unique<fs::Mounted>(device);  // with nothing in its cache
    http::ResponseWriter again(buffer);
    serve_file(mounted->operator->(), {}, "large", again);
    device.fail_in = 1;
    std::string piece(50'000, '?');
    auto const& source = again.source();
    EXPECT_FALSE(source.make(source.context, source.item, 40'000, piece));
    mounted = nullptr;
    device.fail_in = 0;
    mounted = std::make_unique<fs::Mounted>(device);
    device.fail_in = 1;
    EXPECT_TRUE(ask("site").starts_with("HTTP/1.1 500"));
}

TEST_F(Files, without_a_disk_there_are_none) {
    std::array<char, 1024> buffer{};
    http::ResponseWriter response(buffer);
    serve_file(nullptr, {}, "x", response);
    EXPECT_EQ(response.status(), http::Status::NotFound);
}

}  // namespace
}  // namespace apps
