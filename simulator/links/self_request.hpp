// SPDX-License-Identifier: GPL-2.0-or-later
//
// Plays the visitor: sends HTTP requests to a forwarded port from a thread of
// its own, over real sockets, and checks each answer: status 200, a length
// that is kept, a body.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace sim::links {

class SelfRequest {
public:
    // Starts at once; `count` requests one after the other to 127.0.0.1:port. A
    // guest that is not up yet is asked again until `patience_seconds` are over.
    SelfRequest(std::uint16_t port, unsigned count, unsigned patience_seconds = 60);
    ~SelfRequest();  // stops
    SelfRequest(SelfRequest const&) = delete;
    SelfRequest& operator=(SelfRequest const&) = delete;

    // Any thread.
    bool done() const { return done_; }  // all answered, or given up
    unsigned answered() const { return answered_; }
    std::string problem() const;  // why it gave up; empty: all is well
    // The guest is gone: the last answer may be on its way, no more will come.
    void finish(std::chrono::milliseconds grace = std::chrono::milliseconds(1000));
    // No further request is sent, a waiting one is dropped.
    void stop();

private:
    void run();
    std::string one_request();  // empty: right

    std::uint16_t port_;
    unsigned count_, patience_seconds_;
    std::atomic<unsigned> answered_{0};
    std::atomic<bool> done_{false}, stop_{false};
    mutable std::mutex mutex_;
    std::string problem_;
    std::thread thread_;
};

// Is a whole and right answer there? Empty: yes. "more": not yet, and the
// connection is open. Anything else says what is wrong.
std::string check_answer(std::string const& received, bool closed);

// Throws std::runtime_error when the loopback port is taken. Port 0: chooses a
// free one. Returns the port. For programs that listen later (QEMU).
std::uint16_t require_free_port(std::uint16_t port);

}  // namespace sim::links
