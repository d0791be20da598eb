// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/clock.hpp"

#include <chrono>

namespace arch {

// Since the first call, which main makes.
base::Instant now() {
    using Clock = std::chrono::steady_clock;
    static Clock::time_point const start = Clock::now();
    auto const since = std::chrono::nanoseconds(Clock::now() - start).count();
    return base::Instant::from_boot(base::Duration::nanoseconds(since));
}

}  // namespace arch
