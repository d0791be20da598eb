// SPDX-License-Identifier: MIT
#include "kernel/threads/policies/priority.hpp"

namespace threads {

namespace {

constinit PriorityPolicy the_policy;
POLICY_CHOICE choice = &the_policy;

}  // namespace

// Behind its equals; before them when its turn was cut short, to have the rest of
// it: being preempted costs no thread its place, and gains it none.
void PriorityPolicy::add(Thread& thread, Arrival arrival) {
    bool const first = arrival == Arrival::preempted && thread.used < slice_;
    if (!first) thread.used = {};
    queue_.insert_before_first(thread, [&](Thread const& other) {
        return first ? other.priority <= thread.priority : other.priority < thread.priority;
    });
}

void PriorityPolicy::reposition(Thread& thread) {
    queue_.remove(thread);
    add(thread, Arrival::yielded);
}

}  // namespace threads
