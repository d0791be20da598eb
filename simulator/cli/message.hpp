// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `viv` says, on stderr: stdout belongs to the guest and to results.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace sim::cli {

template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::print(stderr, "viv: {}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
}

template <class... Arguments>
void say_error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::print(stderr, "viv: error: {}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace sim::cli
