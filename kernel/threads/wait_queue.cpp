// SPDX-License-Identifier: MIT
#include "kernel/threads/wait_queue.hpp"

#include "kernel/threads/scheduler.hpp"

namespace threads {

bool WaitQueue::wait(base::Instant deadline) {
    Thread& thread = current();
    waiting_.push_back(thread);
    thread.waiting_in = this;
    return scheduler().block_current(deadline);
}

Thread* WaitQueue::wake_one() {
    Thread* const thread = waiting_.pop_front();
    if (thread != nullptr) scheduler().wake(*thread);
    return thread;
}

void WaitQueue::wake_all() {
    while (wake_one() != nullptr) {
    }
}

void WaitQueue::leave(Thread& thread) { waiting_.remove(thread); }

}  // namespace threads
