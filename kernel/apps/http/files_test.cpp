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
    std::string const page = ask("site/");
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
    EXPECT_TRUE(ask("site/").starts_with("HTTP/1.1 500"));
}

TEST_F(Files, a_directory_without_its_slash_is_elsewhere) {
    MUST((*mounted)->make_directory("/site/a b"));
    mounted->put("/site/a b/index.html", "inner");
    std::string const there = ask("site");
    EXPECT_TRUE(there.starts_with("HTTP/1.1 301 Moved Permanently\r\n")) << there;
    EXPECT_NE(there.find("\r\nLocation: ./site/\r\n"), std::string::npos) << there;
    EXPECT_NE(ask("site/a%20b").find("\r\nLocation: ./a%20b/\r\n"), std::string::npos);
    EXPECT_EQ(body_of(ask("site/a%20b/")), "inner");
    EXPECT_EQ(body_of(ask("site%2f")), "<p>hello");
    EXPECT_TRUE(ask("").starts_with("HTTP/1.1 404")) << "the root has no page";
    MUST((*mounted)->make_directory("/bare"));
    EXPECT_TRUE(ask("bare").starts_with("HTTP/1.1 404"));
}

TEST_F(Files, the_last_byte_of_an_empty_file_is_an_empty_page) {
    EXPECT_TRUE(ask("empty", "Range: bytes=-1\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(ask("empty", "Range: bytes=0-\r\n").starts_with("HTTP/1.1 416"));
}

// Ext2 has links, pipes and devices, which have a name and no contents.
TEST(OddFiles, what_is_neither_a_file_nor_a_directory_is_404) {
    struct Odd final : fs::Volume {
        fs::NodeNumber root() const override { return 1; }
        base::Result<fs::NodeInfo, fs::Error> info(fs::NodeNumber node) override {
            return fs::NodeInfo{node == 1, false, node == 1 ? 0u : 7u};
        }
        base::Result<fs::NodeNumber, fs::Error> find(fs::NodeNumber, std::string_view) override { return 2; }
        base::Result<void, fs::Error> list(fs::NodeNumber, fs::DirectoryVisitor&) override { return {}; }
        base::Result<std::size_t, fs::Error> read(fs::NodeNumber, std::uint64_t,
                                                  std::span<std::byte>) override {
            return base::fail(fs::Error::not_found);
        }
    } odd;
    for (char const* path : {"link", ""}) {
        std::array<char, 1024> buffer{};
        http::ResponseWriter response(buffer);
        serve_file(&static_cast<fs::Volume&>(odd), {}, path, response);
        EXPECT_EQ(response.status(), http::Status::NotFound) << path;
        EXPECT_FALSE(response.source());
    }
}

TEST_F(Files, without_a_disk_there_are_none) {
    std::array<char, 1024> buffer{};
    http::ResponseWriter response(buffer);
    serve_file(nullptr, {}, "x", response);
    EXPECT_EQ(response.status(), http::Status::NotFound);
}

}  // namespace
}  // namespace apps
