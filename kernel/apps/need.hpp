// SPDX-License-Identifier: MIT
//
// For applications that are nothing without what they ask for: the value, or an error
// that names the line, and the machine ends with a status of its own. Never a panic.
#pragma once

#include <utility>

#include "kernel/arch/x86_64/exit.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/place.hpp"
#include "kernel/base/result.hpp"

namespace apps {

constexpr unsigned exit_status_without = 90;

template <class T, class E>
T need(base::Result<T, E> result, base::Place where = base::Place::here()) {
    if (!result) {
        base::log_error("{}:{}: there is no memory for this, or no room", where.file, where.line);
        arch::exit_machine(exit_status_without);
    }
    return std::move(result).value();
}

}  // namespace apps
