// SPDX-License-Identifier: MIT
#include "kernel/platform/poller.hpp"

namespace platform {

std::size_t Poller::wait(std::span<std::uint16_t> tokens, base::Instant deadline) {
    NetworkGuard guard(network_);
    network_.flush();
    for (bool in_time = true; ready_.empty() && in_time;) {
        waiting_ = true;
        in_time = network_.wait_for_frames(reported_, deadline);
        waiting_ = false;
        network_.take_frames();
        // Who has the lock for his turn is about to answer: an ACK leaves with that.
        if (ready_.empty() || guard.is_outermost()) network_.flush();
    }
    std::size_t count = 0;
    while (count < tokens.size()) {
        Watch const* const watch = ready_.pop_front();
        if (watch == nullptr) break;
        tokens[count++] = watch->token;
    }
    return count;
}

void Poller::report(Watch& watch) {
    if (watch.ready_link.linked()) return;
    ready_.push_back(watch);
    if (waiting_) reported_.set();
}

void Poller::drop(Watch& watch) {
    if (watch.ready_link.linked()) decltype(ready_)::remove(watch);
}

}  // namespace platform
