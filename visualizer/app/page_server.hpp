// SPDX-License-Identifier: GPL-2.0-or-later
//
// Serves a few files to this computer's browser, and nothing else: HTTP/1.1 on
// 127.0.0.1, GET and HEAD, one answer a connection. Bounded in connections, in what a
// request may hold and in how long one may be silent; a page of another site that asks
// under a name of its own (its Host says so) is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace viz::app {

struct ServedFile {
    std::string path;  // "/album"
    std::string type;  // "text/html; charset=utf-8"
    std::string name;  // told as X-Album-Name; may be empty
    std::vector<std::uint8_t> bytes;
};

class PageServer {
public:
    static constexpr std::size_t most_connections = 32, most_request = 8192;
    static constexpr int patience_seconds = 10;  // without a byte either way

    // Port 0: any free one. Throws std::runtime_error.
    PageServer(std::uint16_t port, std::vector<ServedFile>);
    ~PageServer();
    PageServer(PageServer const&) = delete;
    PageServer& operator=(PageServer const&) = delete;

    std::uint16_t port() const { return port_; }
    std::string url() const;
    // What a path holds from now on. Not while it runs.
    void give(std::string_view path, std::vector<std::uint8_t> bytes);
    // Serves until `stop` says so; asked several times a second.
    void run(std::function<bool()> const& stop);

    // The head of the answer to a request's head, and which file follows it (none: -1).
    struct Reply {
        std::string head;
        int file = -1;
    };
    Reply reply_to(std::string_view request) const;

private:
    struct Connection;
    void accept_one(std::vector<Connection>&);

    std::vector<ServedFile> files_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace viz::app
