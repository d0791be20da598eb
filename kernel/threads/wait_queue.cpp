// SPDX-License-Identifier: MIT
#include "kernel/threads/wait_queue.hpp"

namespace threads {

void WaitQueue::enlist(Thread& thread) {
    waiting_.push_back(thread);
    thread.waiting_in = this;
}

// Priorities change while threads wait, so the list is kept in the order of
// coming and searched.
Thread* WaitQueue::most_urgent() const {
    Thread* first = waiting_.front();
    if (first == nullptr) return nullptr;
    for (Thread* at = waiting_.after(*first); at != nullptr; at = waiting_.after(*at))
        if (at->priority > first->priority) first = at;
    return first;
}

void WaitQueue::leave(Thread& thread) { waiting_.remove(thread); }

}  // namespace threads
