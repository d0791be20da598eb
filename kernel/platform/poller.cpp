// SPDX-License-Identifier: MIT
#include "kernel/platform/poller.hpp"

#include "kernel/base/assert.hpp"

namespace platform {

std::size_t Poller::wait(std::span<std::uint16_t> tokens, base::Instant deadline) {
    threads::MutexGuard guard(network_.lock());
    network_.flush();
    for (bool in_time = true; ready_.empty() && in_time;) {
        waiting_ = true;
        in_time = network_.wait_for_frames(reported_, deadline);
        waiting_ = false;
        network_.take_frames();
    }
    std::size_t count = 0;
    while (count < tokens.size()) {
        auto const token = ready_.pop();
        if (!token) break;
        in_ready_[*token] = false;
        tokens[count++] = *token;
    }
    return count;
}

void Poller::report(std::uint16_t token) {
    if (in_ready_[token]) return;
    in_ready_[token] = true;
    bool const pushed = ready_.push(token);
    ASSERT(pushed);  // there is a place for every token
    if (waiting_) reported_.set();
}

}  // namespace platform
