// SPDX-License-Identifier: MIT
//
// What the checks of this application have in common. Each says what failed, and is
// false then. None depends on how fast the machine is: it waits for what must happen,
// and gives up after a minute.
#pragma once

#include <string_view>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/log.hpp"
#include "kernel/threads/thread.hpp"

namespace apps {

constexpr auto long_enough = base::Duration::seconds(60);

inline bool expect(bool condition, std::string_view what) {
    if (!condition) base::log_error("threads: failed: {}", what);
    return condition;
}

// Sleeps until the condition holds; false: it never did.
template <class Condition>
bool comes_true(Condition condition) {
    base::Instant const end = arch::now() + long_enough;
    while (!condition()) {
        if (arch::now() > end) return false;
        threads::sleep_for(base::Duration::milliseconds(1));
    }
    return true;
}

// sharing.cpp
bool check_bounded_buffer();
bool check_readers_and_writers();
bool check_readers_meet();
bool check_lock_until();
bool check_rw_lock_until();
bool check_semaphore();

}  // namespace apps
