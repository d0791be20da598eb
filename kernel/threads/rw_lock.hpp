// SPDX-License-Identifier: MIT
//
// Many readers or one writer. Both pass the same gate, a mutex: a reader only
// passes through, a writer keeps it until it is done. So nobody starves: who comes
// while a writer waits, waits behind it. And who waits at the gate lends the writer its
// urgency, as with every mutex; a writer lends its own to the readers it waits for.
//
// A thread that reads must not ask to read again: a writer may stand in between.
#pragma once

#include "kernel/threads/mutex.hpp"

namespace threads {

class RwLock {
public:
    // Who reads, for reports and for inheritance: so many are known by name.
    static constexpr unsigned known_readers = 8;
    struct Reader {
        Thread* thread = nullptr;
        base::Place since;
    };

    constexpr explicit RwLock(char const* name = "rw lock") : gate_(name) {}
    RwLock(RwLock const&) = delete;
    RwLock& operator=(RwLock const&) = delete;

    void lock_shared(base::Place where = base::Place::here()) {
        (void)lock_shared_until(base::Instant::never(), where);
    }
    void unlock_shared();
    void lock(base::Place where = base::Place::here()) { (void)lock_until(base::Instant::never(), where); }
    void unlock();
    // False: the deadline passed first, and nothing is locked.
    [[nodiscard]] bool lock_shared_until(base::Instant deadline, base::Place where = base::Place::here());
    [[nodiscard]] bool lock_until(base::Instant deadline, base::Place where = base::Place::here());

    char const* name() const { return gate_.name(); }
    Mutex& gate() { return gate_; }
    // The n-th of the known ones; null: there are no more. Interrupts off.
    Reader const* reader(unsigned n) const {
        for (Reader const& each : known_)
            if (each.thread != nullptr && n-- == 0) return &each;
        return nullptr;
    }

    // Of the known ones. Interrupts off.
    template <class Visit>
    void for_each_reader(Visit visit) const {
        for (Reader const& each : known_)
            if (each.thread != nullptr) visit(*each.thread);
    }
    bool is_read_by(Thread const& thread) const {
        for (Reader const& each : known_)
            if (each.thread == &thread) return true;
        return false;
    }
    // Who waits for the readers to leave, or null. Interrupts off.
    Thread const* waiting_writer() const { return last_reader_.most_urgent(); }

    base::ListLink read_link;  // in the list of locks that somebody reads under

private:
    friend struct RwLockUnderTest;
    // The first entry of `from` becomes one of `to`. One reader more than are known is none.
    void note(Thread const* from, Thread* to, base::Place since) {
        for (Reader& each : known_) {
            if (each.thread != from) continue;
            each = {to, since};
            return;
        }
    }
    [[nodiscard]] bool wait_for_readers(base::Instant deadline, base::Place where);
    void hurry_readers() const;

    Mutex gate_;
    std::uint32_t readers_ = 0;  // inside
    Reader known_[known_readers];
    WaitQueue last_reader_{WaitQueue::Waker::threads};  // the writer waits here for it to leave
};

// Every lock that somebody reads under now. Interrupts off.
extern base::List<RwLock, &RwLock::read_link> read_locks;

}  // namespace threads
