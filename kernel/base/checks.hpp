// SPDX-License-Identifier: MIT
//
// Checks that are too dear for every build: the lock-order checker, the heap's
// red zones and poison. On in the presets for development (VIV_CHECKS, set in
// cmake/freestanding.cmake), off in release.
#pragma once

namespace base {

#ifdef VIV_CHECKS
constexpr bool checks = true;
#else
constexpr bool checks = false;
#endif

}  // namespace base
