// SPDX-License-Identifier: GPL-2.0-or-later
//
// What --json prints: one object on one line of stdout.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace sim::cli {

// A guest may have put any bytes in: what is no UTF-8 is replaced.
inline void print_line(nlohmann::json const& object) {
    fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::fflush(stdout);
}

}  // namespace sim::cli
