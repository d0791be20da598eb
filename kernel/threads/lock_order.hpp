// SPDX-License-Identifier: MIT
//
// The lock-order checker: finds deadlocks that did not happen. Whenever a thread
// asks for B while it holds A, "A before B" is noted. If B has ever come before A,
// directly or by way of others, then two threads that do both at an unlucky moment
// wait for each other for ever; the checker says so the first time, with the lines
// of both orders. In development builds only (base/checks.hpp).
//
// Who reads under an RwLock holds it, too: a writer that wants it closes the gate behind
// the reader, and who comes next waits for both. Readers beyond those that the lock knows
// by name are not seen.
#pragma once

#include <cstdint>

#include "kernel/base/place.hpp"
#include "kernel/threads/rw_lock.hpp"

namespace threads {

class LockOrder {
public:
    // The oldest are forgotten when there are more.
    static constexpr unsigned max_edges = 64;

    // The thread, with the mutexes that it holds, asks for another. Interrupts off.
    void ask(Thread const& thread, Mutex& wanted, base::Place where);
    // Orders that contradict an earlier one, so far.
    unsigned contradictions() const { return contradictions_; }

private:
    // `first` was held when `then` was asked for. Mutexes go by number: an address may be
    // used again by another one.
    struct Edge {
        std::uint32_t first = 0, then = 0;
        bool contradicts = false;  // reported; leads no search
        char const* first_name = nullptr;
        char const* then_name = nullptr;
        base::Place first_at, then_at;
        char thread[Thread::name_size] = {};
    };

    // `held`, since that line, comes before `wanted`.
    [[gnu::cold]] void note(Thread const& thread, Mutex& held, base::Place since, Mutex& wanted, base::Place where);
    void give_number(Mutex& mutex);
    bool known(std::uint32_t first, std::uint32_t then) const;
    [[gnu::cold]] bool leads(std::uint32_t from, std::uint32_t to);
    void report(Edge const& edge) const;

    Edge edges_[max_edges];
    bool reached_[max_edges] = {};  // by the search under way
    unsigned next_ = 0;
    std::uint32_t last_id_ = 0;
    unsigned contradictions_ = 0;
};

extern LockOrder lock_order;

}  // namespace threads
