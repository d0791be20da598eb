// SPDX-License-Identifier: MIT
//
// Threads of the host that run one at a time: who holds the baton runs. It goes to
// another thread only when its holder waits, so the code above needs no locks that
// the machine with its one processor does not need, and a race is as rare as there.
#pragma once

#include <condition_variable>
#include <mutex>

#include "kernel/base/time.hpp"
#include "kernel/threads/thread.hpp"

namespace platform::hosted {

// A thread of the kernel's, and what the host needs for it.
struct HostThread : threads::Thread {
    std::condition_variable turn;
    bool woken = false;
};

std::mutex& baton();
HostThread& current();

// Makes the calling host thread the kernel thread "main", holding the baton.
void init_threads();

// Gives the baton away until `woken` is set or the deadline has come. False: the
// deadline came.
bool wait_for_turn(HostThread& self, base::Instant deadline);
// With the baton in hand.
void wake(HostThread& thread);

// For a host thread that is none of the kernel's: holds the baton while it lives.
class WithBaton {
public:
    WithBaton() { baton().lock(); }
    ~WithBaton() { baton().unlock(); }
    WithBaton(WithBaton const&) = delete;
    WithBaton& operator=(WithBaton const&) = delete;
};

}  // namespace platform::hosted
