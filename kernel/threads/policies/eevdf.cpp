// SPDX-License-Identifier: MIT
#include "kernel/threads/policies/eevdf.hpp"

#include <algorithm>
#include <array>

namespace threads {

namespace {

constinit EevdfPolicy the_policy;
POLICY_CHOICE choice = &the_policy;

constexpr std::int64_t normal_weight = 1024;

constexpr std::array<std::int32_t, priority_count> make_weights() {
    std::array<std::int32_t, priority_count> weights{};
    weights[normal_priority] = normal_weight;
    for (unsigned p = normal_priority + 1; p < priority_count; ++p) weights[p] = weights[p - 1] * 5 / 4;
    for (unsigned p = normal_priority; p > 0; --p) weights[p - 1] = weights[p] * 4 / 5;
    return weights;
}
constexpr auto weights = make_weights();

// Real nanoseconds as virtual ones, also of a thread that ran alone for half a year.
std::int64_t to_virtual(std::int64_t nanoseconds, Thread const& thread) {
    std::int64_t const weight = EevdfPolicy::weight(thread);
    return nanoseconds / weight * normal_weight + nanoseconds % weight * normal_weight / weight;
}

}  // namespace

std::int64_t EevdfPolicy::weight(Thread const& thread) { return weights[thread.priority]; }

std::int64_t EevdfPolicy::virtual_slice(Thread const& thread) const {
    base::Duration const request = thread.fair.request > base::Duration() ? thread.fair.request : slice_;
    return to_virtual(request.as_nanoseconds(), thread);
}

// Sums differences from one of them, which are small, and not the times, which
// grow for ever.
std::int64_t EevdfPolicy::average() const {
    Thread const* const some = running_ != nullptr ? running_ : queue_.front();
    if (some == nullptr) return 0;
    std::int64_t const origin = some->fair.virtual_time;
    std::int64_t sum = 0, weights_sum = running_ != nullptr ? weight(*running_) : 0;
    for (Thread const* at = queue_.front(); at != nullptr; at = queue_.after(*at)) {
        sum += weight(*at) * (at->fair.virtual_time - origin);
        weights_sum += weight(*at);
    }
    return origin + sum / weights_sum;
}

void EevdfPolicy::add(Thread& thread, Arrival arrival) {
    Thread::Fair& fair = thread.fair;
    if (arrival == Arrival::fresh || arrival == Arrival::woken) {
        // With nobody here to compare with, time goes on from where it was.
        if (running_ != nullptr || !empty()) fair.virtual_time = average() - fair.lag;
        fair.virtual_deadline = fair.virtual_time + virtual_slice(thread);
    } else {
        running_ = nullptr;
        // Who gives way before its request is done asks for one slice later.
        bool const gave_way = fair.virtual_deadline - fair.virtual_time < virtual_slice(thread);
        if (arrival == Arrival::yielded && gave_way) fair.virtual_deadline += virtual_slice(thread);
    }
    queue_.insert_before_first(
        thread, [&fair](Thread const& other) { return other.fair.virtual_deadline > fair.virtual_deadline; });
}

Thread* EevdfPolicy::take() {
    std::int64_t const now = average();
    // Somebody is eligible: not all can be ahead of their average.
    Thread* next = queue_.front();
    while (next != nullptr && next->fair.virtual_time > now) next = queue_.after(*next);
    if (next != nullptr) queue_.remove(*next);
    running_ = next;
    return next;
}

void EevdfPolicy::ran(Thread& thread, base::Duration time) {
    thread.fair.virtual_time += to_virtual(time.as_nanoseconds(), thread);
    if (thread.fair.virtual_time >= thread.fair.virtual_deadline)
        thread.fair.virtual_deadline = thread.fair.virtual_time + virtual_slice(thread);
}

void EevdfPolicy::leave(Thread& thread) {
    std::int64_t const most = virtual_slice(thread);
    thread.fair.lag = std::clamp(average() - thread.fair.virtual_time, -most, most);
    running_ = nullptr;
}

base::Duration EevdfPolicy::time_slice(Thread const& thread) const {
    std::int64_t const rest = thread.fair.virtual_deadline - thread.fair.virtual_time;
    return base::Duration::nanoseconds(rest * weight(thread) / normal_weight + 1);
}

bool EevdfPolicy::preempts(Thread const& woken, Thread const& running) const {
    return woken.fair.virtual_time <= average() &&
           woken.fair.virtual_deadline < running.fair.virtual_deadline;
}

}  // namespace threads
