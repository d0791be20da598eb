// SPDX-License-Identifier: MIT
//
// Checks that are too dear for every build: the lock-order checker, the heap's
// red zones and poison. On in the presets for development (VIV_CHECKS, set in
// cmake/freestanding.cmake), off in release.
#pragma once

// What has one caller, or few, and every packet passes: in release images it is a part of them.
// Elsewhere each function stays where its name is.
#if defined(VIV_CHECKS) || __STDC_HOSTED__
#define PART_OF_ITS_CALLER
#else
#define PART_OF_ITS_CALLER [[gnu::always_inline]] inline
#endif

namespace base {

#ifdef VIV_CHECKS
constexpr bool checks = true;
#else
constexpr bool checks = false;
#endif

}  // namespace base
