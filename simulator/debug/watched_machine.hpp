// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine under observation, as whoever looks at it sees it: snapshots, requests,
// commands. Session (session.hpp) is one that we simulate; attach/ has one that
// runs in QEMU. Two ways to drive it:
//
//   start()          a thread takes commands and publishes a Snapshot now and then
//   advance(), settle()   no thread: the caller drives. Same code, so tests and
//                    headless runs see what the window sees
//
// From any thread: snapshot(), request(), post(). The rest belongs to the driver.
// Observation has no effect on the guest.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "simulator/debug/command.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/view_request.hpp"

namespace sim::debug {

class WatchedMachine {
public:
    virtual ~WatchedMachine() = default;

    // Any thread.
    virtual std::shared_ptr<Snapshot const> snapshot() const = 0;  // never null
    virtual void request(ViewRequest) = 0;
    virtual CommandNumber post(Command) = 0;
    virtual std::shared_ptr<Symbols const> symbols() const = 0;

    // With a thread of its own. `published` (may be empty) is called on it after
    // each new snapshot: to wake a sleeping UI.
    virtual void start(std::function<void()> published = {}) = 0;
    virtual void stop() = 0;

    // Without one. advance() applies commands, goes on for a slice when it moves, and
    // publishes. Returns whether there is more to do (running or seeking).
    virtual bool advance() = 0;
    // advance() until nothing is left to do or `max_slices` are done; true: settled.
    bool settle(std::uint64_t max_slices = 1'000'000) {
        for (std::uint64_t i = 0; i < max_slices; ++i)
            if (!advance()) return true;
        return false;
    }
    // post(), settle() and the snapshot after it.
    std::shared_ptr<Snapshot const> perform(Command command) {
        post(std::move(command));
        settle();
        return snapshot();
    }
};

}  // namespace sim::debug
