// SPDX-License-Identifier: MIT
//
// The time since boot.
#pragma once

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/time.hpp"

namespace platform {

inline base::Instant now() { return arch::now(); }

}  // namespace platform
