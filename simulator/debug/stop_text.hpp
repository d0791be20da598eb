// SPDX-License-Identifier: GPL-2.0-or-later
//
// A stop as a person types it, in gdb's words where gdb has one:
//
//     break PLACE                   before the code there
//     watch PLACE    rwatch, awatch when it changes; is read; is read or written
//     store PLACE                   at each store, also of the same value
//     when CONDITION                when it becomes true
//
// each but `when` followed by "if CONDITION", all by "cpu N": only what that
// processor does, and by "every N": only each Nth hit.
// PLACE and CONDITION are expressions (docs/reference/expressions.md).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "simulator/debug/command.hpp"

namespace sim::debug {

// Or one line that says what is wrong. Whether the places exist is for Stops to find.
std::variant<StopSpec, std::string> parse_stop(std::string_view text);
// The words that begin a stop, for lists of what can be typed.
struct StopWord {
    std::string_view name, usage, meaning;
};
std::span<StopWord const> stop_words();

}  // namespace sim::debug
