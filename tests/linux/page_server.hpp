// SPDX-License-Identifier: MIT
//
// A web server of one page on 127.0.0.1, on a thread of its own: what a guest
// fetches.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace scenario {

class PageServer {
public:
    explicit PageServer(std::string page);
    ~PageServer();
    PageServer(PageServer const&) = delete;
    PageServer& operator=(PageServer const&) = delete;

    std::uint16_t port() const { return port_; }
    unsigned answered() const { return answered_; }

private:
    void serve();

    std::string page_;
    int socket_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<unsigned> answered_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace scenario
