// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tests of the labs share.
#pragma once

#include <cstdlib>
#include <string_view>

#include "labs/grader/started.hpp"

namespace lab {

// Tests are run with these two set (CMake's host_test).
inline House house() { return {std::getenv("VIV_ROOT"), std::getenv("VIV_BUILD")}; }

// A long test is its short one with VIV_LONG set (CMake's long_labs_test).
inline bool long_test() {
    char const* const value = std::getenv("VIV_LONG");
    return value && *value != 0 && std::string_view(value) != "0";
}

}  // namespace lab
