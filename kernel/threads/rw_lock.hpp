// SPDX-License-Identifier: MIT
//
// Many readers or one writer. Both pass the same gate, a mutex: a reader only
// passes through, a writer keeps it until it is done. So nobody starves: who comes
// while a writer waits, waits behind it. And a waiting reader lends the writer its
// urgency, as with every mutex.
//
// A thread that reads must not ask to read again: a writer may stand in between.
#pragma once

#include "kernel/threads/mutex.hpp"

namespace threads {

class RwLock {
public:
    constexpr explicit RwLock(char const* name = "rw lock") : gate_(name) {}
    RwLock(RwLock const&) = delete;
    RwLock& operator=(RwLock const&) = delete;

    void lock_shared(base::Place where = base::Place::here());
    void unlock_shared();
    void lock(base::Place where = base::Place::here());
    void unlock();

private:
    Mutex gate_;
    std::uint32_t readers_ = 0;  // inside
    WaitQueue last_reader_;      // the writer waits here for it to leave
};

}  // namespace threads
