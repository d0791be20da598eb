// SPDX-License-Identifier: MIT
#include "kernel/platform/hosted/baton.hpp"

#include <chrono>

#include "kernel/arch/x86_64/clock.hpp"

namespace platform::hosted {

std::mutex& baton() {
    static std::mutex the_baton;
    return the_baton;
}

bool wait_for_turn(HostThread& self, base::Instant deadline) {
    self.woken = false;
    self.state = threads::ThreadState::blocked;
    self.deadline = deadline;
    std::unique_lock<std::mutex> held(baton(), std::adopt_lock);
    auto const has_turn = [&self] { return self.woken; };
    bool in_time = true;
    if (deadline == base::Instant::never()) {
        self.turn.wait(held, has_turn);
    } else {
        auto const left = std::chrono::nanoseconds((deadline - arch::now()).as_nanoseconds());
        in_time = self.turn.wait_for(held, left, has_turn);
    }
    held.release();
    self.state = threads::ThreadState::running;
    ++self.switches;
    return in_time;
}

void wake(HostThread& thread) {
    thread.woken = true;
    thread.state = threads::ThreadState::ready;
    thread.turn.notify_one();
}

}  // namespace platform::hosted
