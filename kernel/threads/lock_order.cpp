// SPDX-License-Identifier: MIT
#include "kernel/threads/lock_order.hpp"

#include <algorithm>

#include "kernel/base/log.hpp"

namespace threads {

constinit LockOrder lock_order;
constinit base::List<RwLock, &RwLock::read_link> read_locks;

void LockOrder::ask(Thread const& thread, Mutex& wanted, base::Place where) {
    // [lab:07-ask]
    for (Mutex* held = held_mutexes.front(); held != nullptr; held = held_mutexes.after(*held))
        if (held->owner() == &thread && held != &wanted) note(thread, *held, held->taken_at(), wanted, where);
    // Who reads holds the lock, too: a writer that comes in between closes the gate.
    for (RwLock* lock = read_locks.front(); lock != nullptr; lock = read_locks.after(*lock))
        for (unsigned n = 0; RwLock::Reader const* const reader = lock->reader(n); ++n)
            if (reader->thread == &thread) note(thread, lock->gate(), reader->since, wanted, where);
    // [/lab:07-ask]
}

void LockOrder::note(Thread const& thread, Mutex& held, base::Place since, Mutex& wanted, base::Place where) {
    // [lab:07-note]
    give_number(held);
    give_number(wanted);
    if (known(held.order_id, wanted.order_id)) return;
    Edge edge{held.order_id, wanted.order_id, false, held.name(), wanted.name(), since, where, {}};
    std::copy_n(thread.name, Thread::name_size, edge.thread);
    edge.contradicts = &held == &wanted || leads(wanted.order_id, held.order_id);
    if (edge.contradicts) {
        ++contradictions_;
        report(edge);
    }
    edges_[next_++ % max_edges] = edge;
    // [/lab:07-note]
}

void LockOrder::give_number(Mutex& mutex) {
    if (mutex.order_id == 0) mutex.order_id = ++last_id_;
}

bool LockOrder::known(std::uint32_t first, std::uint32_t then) const {
    return std::any_of(edges_, edges_ + max_edges,
                       [&](Edge const& e) { return e.first == first && e.then == then; });
}

// Marks all edges on ways that begin at `from`, until none is new.
bool LockOrder::leads(std::uint32_t from, std::uint32_t to) {
    std::fill_n(reached_, max_edges, false);
    bool found = false, grows = true;
    while (grows) {
        grows = false;
        for (unsigned i = 0; i < max_edges; ++i) {
            Edge const& edge = edges_[i];
            if (edge.first == 0 || edge.contradicts || reached_[i]) continue;
            bool follows = edge.first == from;
            for (unsigned j = 0; j < max_edges; ++j)
                follows = follows || (reached_[j] && edges_[j].then == edge.first);
            if (!follows) continue;
            reached_[i] = grows = true;
            found = found || edge.then == to;
        }
    }
    return found;
}

[[gnu::cold]] void LockOrder::report(Edge const& edge) const {
    base::log_error("lock order: '{}' asks for '{}' at {}:{} while it holds '{}' of {}:{}", edge.thread,
                    edge.then_name, edge.then_at.file, edge.then_at.line, edge.first_name, edge.first_at.file,
                    edge.first_at.line);
    if (edge.first == edge.then)
        return base::log_error("  a writer that comes in between would be a deadlock");
    base::log_error("  the other way round was right before; both at once would be a deadlock:");
    for (unsigned i = 0; i < max_edges; ++i)
        if (reached_[i])
            base::log_error("  '{}' asked for '{}' at {}:{} while it held '{}' of {}:{}", edges_[i].thread,
                            edges_[i].then_name, edges_[i].then_at.file, edges_[i].then_at.line,
                            edges_[i].first_name, edges_[i].first_at.file, edges_[i].first_at.line);
}

}  // namespace threads
