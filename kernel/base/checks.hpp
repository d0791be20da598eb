// SPDX-License-Identifier: MIT
//
// Checks that are too dear for every build: the lock-order checker, the heap's
// red zones and poison. On in the presets for development (VIV_CHECKS, set in
// cmake/freestanding.cmake), off in release.
#pragma once

// What has one caller, or few, and every packet passes: in release images it is a part of them,
// with PART_OF_ALL_CALLERS also of those in other files. Elsewhere each function stays where its
// name is.
#if defined(VIV_CHECKS) || __STDC_HOSTED__
#define PART_OF_ITS_CALLER
#define PART_OF_ALL_CALLERS
#else
#define PART_OF_ITS_CALLER [[gnu::always_inline]] inline
#define PART_OF_ALL_CALLERS [[gnu::always_inline]]
#endif

// What is called seldom from where every packet passes: small, and no part of its callers.
#define CALLED_SELDOM [[gnu::cold, gnu::noinline]]

namespace base {

#ifdef VIV_CHECKS
constexpr bool checks = true;
#else
constexpr bool checks = false;
#endif

}  // namespace base
