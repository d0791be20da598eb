// SPDX-License-Identifier: MIT
//
// Waiting for a device that interrupts when it has answered.
#pragma once

#include <algorithm>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/threads/semaphore.hpp"

namespace platform {

// Returns when it is time to look at the device again: it has answered, somebody set
// `interrupted`, or a while has passed. An interrupt can get lost, and then costs that
// while, not the rest of the patience. For a thread, in a loop that looks at the
// device and at the deadline. False: there was silence all the time.
template <class Driver>
bool wait_for_answer(Driver& driver, threads::Event& interrupted, base::Instant deadline) {
    constexpr auto a_while = base::Duration::milliseconds(100);
    return driver.allow_interrupts() || interrupted.wait_until(std::min(deadline, arch::now() + a_while));
}

}  // namespace platform
