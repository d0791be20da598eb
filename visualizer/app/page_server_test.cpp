// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/page_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace viz::app {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Served {
    Served() : thread([this] { server.run([this] { return stop.load(); }); }) {}
    ~Served() {
        stop = true;
        thread.join();
    }
    int connect() const {
        int const s = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(server.port());
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(0, ::connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to));
        return s;
    }
    // All that comes back.
    static std::string rest(int s) {
        std::string all;
        char bytes[4096];
        for (ssize_t n; (n = recv(s, bytes, sizeof bytes, 0)) > 0;) all.append(bytes, static_cast<std::size_t>(n));
        close(s);
        return all;
    }
    std::string answer(std::string const& request) const {
        int const s = connect();
        send(s, request.data(), request.size(), MSG_NOSIGNAL);
        return rest(s);
    }
    std::string get(std::string const& path, std::string const& method = "GET") const {
        return answer(fmt::format("{} {} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", method, path, server.port()));
    }

    PageServer server{0,
                      {{"/", "text/html; charset=utf-8", "", {'p', 'a', 'g', 'e'}},
                       {"/album", "application/gzip", "a \xc3\xa4.run", std::vector<std::uint8_t>(3 << 20, 'x')}}};
    std::atomic<bool> stop{false};
    std::thread thread;
};

TEST(PageServer, gives_its_files_whole_and_nothing_else) {
    Served served;
    std::string const page = served.get("/");
    EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(page, EndsWith("\r\n\r\npage"));
    std::string const album = served.get("/album?x");
    EXPECT_THAT(album, HasSubstr("X-Album-Name: a __.run\r\n"));
    EXPECT_EQ(std::string(3 << 20, 'x'), album.substr(album.find("\r\n\r\n") + 4));
    for (char const* path : {"/etc/passwd", "/../album", "/album/", "//", "/%61lbum"})
        EXPECT_THAT(served.get(path), StartsWith("HTTP/1.1 404")) << path;
    EXPECT_THAT(served.get("/", "HEAD"), EndsWith("\r\n\r\n"));
    EXPECT_THAT(served.get("/", "POST"), StartsWith("HTTP/1.1 405"));
}

TEST(PageServer, another_sites_name_is_refused) {
    Served served;
    EXPECT_THAT(served.answer("GET /album HTTP/1.1\r\nHost: evil.example\r\n\r\n"), StartsWith("HTTP/1.1 403"));
    EXPECT_THAT(served.answer("GET /album HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 403"));
    EXPECT_THAT(served.answer(fmt::format("GET / HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", served.server.port())),
                StartsWith("HTTP/1.1 200"));
}

TEST(PageServer, nonsense_and_endless_requests_are_refused) {
    Served served;
    for (char const* request : {"\r\n\r\n", "GET\r\n\r\n", "GET / FTP/1\r\n\r\n", "GET x HTTP/1.1\r\n\r\n"})
        EXPECT_THAT(served.answer(request), StartsWith("HTTP/1.1 400")) << request;
    EXPECT_THAT(served.answer("GET / HTTP/1.1\r\nA: " + std::string(9000, 'a')), StartsWith("HTTP/1.1 431"));
    EXPECT_THAT(served.get("/"), StartsWith("HTTP/1.1 200"));
}

TEST(PageServer, those_who_say_nothing_do_not_keep_others_waiting) {
    Served served;
    std::vector<int> silent;
    for (std::size_t i = 0; i + 1 < PageServer::most_connections; ++i) silent.push_back(served.connect());
    EXPECT_THAT(served.get("/"), StartsWith("HTTP/1.1 200"));
    for (int s : silent) close(s);
    EXPECT_THAT(served.get("/"), StartsWith("HTTP/1.1 200"));
}

TEST(PageServer, a_port_that_is_taken_is_named) {
    PageServer const first(0, {});
    try {
        PageServer const second(first.port(), {});
        FAIL();
    } catch (std::runtime_error const& error) {
        EXPECT_THAT(error.what(), HasSubstr(fmt::format("127.0.0.1:{}", first.port())));
        EXPECT_THAT(error.what(), HasSubstr("--port"));
    }
}

}  // namespace
}  // namespace viz::app
