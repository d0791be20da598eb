// SPDX-License-Identifier: GPL-2.0-or-later
//
// What passes between those who look at a machine and the one who drives it: commands
// and a request in, snapshots out; and the driver's thread, where it has one. What
// Session and attach/ have in common.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "simulator/debug/command.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/view_request.hpp"

namespace sim::debug {

class Exchange {
public:
    using Posted = std::pair<CommandNumber, Command>;

    // `nudge`, if any, is called at each command and at stop(): whatever the driver is at
    // shall end soon. Any thread; it must not call back.
    explicit Exchange(std::function<void()> nudge = {});
    ~Exchange();  // stop() has been called
    Exchange(Exchange const&) = delete;
    Exchange& operator=(Exchange const&) = delete;

    // ---- Any thread ----

    std::shared_ptr<Snapshot const> snapshot() const;
    void request(ViewRequest);
    // Of several SeekTo in a row only the last is kept: a person drags along the time line.
    CommandNumber post(Command);

    // ---- The driver ----

    bool waits() const;  // a command
    bool waits(std::function<bool(Command const&)> const& for_one) const;
    // The next command, unless there is none or `take` does not want it now.
    std::optional<Posted> next(std::function<bool(Command const&)> const& take = {});
    std::shared_ptr<ViewRequest const> wanted() const;
    bool unanswered() const;  // no snapshot has answered the request yet
    void publish(std::shared_ptr<Snapshot const>);

    // `life` runs on a thread of its own until stopping(). Already there: nothing.
    void start(std::function<void()> life);
    void stop();
    bool stopping() const { return stopping_; }
    // Until a command comes, stop() is called, or this time is over.
    void sleep(std::chrono::milliseconds);

private:
    std::function<void()> nudge_;

    mutable std::mutex guard_;  // of the following
    std::condition_variable wake_;
    std::shared_ptr<Snapshot const> published_;
    std::shared_ptr<ViewRequest const> request_;
    std::deque<Posted> queue_;
    CommandNumber last_number_ = 0;

    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace sim::debug
