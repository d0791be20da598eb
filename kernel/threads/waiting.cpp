// SPDX-License-Identifier: MIT
//
// Where the wait queue meets the scheduler.
#include "kernel/threads/scheduler.hpp"
#include "kernel/threads/wait_queue.hpp"

namespace threads {

bool WaitQueue::wait(base::Instant deadline, base::Place where) {
    enlist(current());
    return scheduler().block_current(deadline, where);
}

Thread* WaitQueue::wake_one() {
    Thread* const thread = most_urgent();
    if (thread == nullptr) return nullptr;
    waiting_.remove(*thread);
    scheduler().wake(*thread);
    return thread;
}

void WaitQueue::wake_all() {
    while (wake_one() != nullptr) {
    }
}

}  // namespace threads
