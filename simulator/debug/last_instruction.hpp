// SPDX-License-Identifier: GPL-2.0-or-later
//
// Back by one instruction of one processor.
#pragma once

#include <functional>
#include <optional>

#include "simulator/machine/machine.hpp"

namespace sim::debug {

// The moment before the last instruction that a processor executed; the others
// may have had their turns since. None: it has executed nothing yet. `go` takes the
// machine to a moment (false: it did not come there); it is somewhere on the way
// afterwards.
std::optional<machine::Moment> before_last_instruction(machine::Machine const&, unsigned processor,
                                                       std::function<bool(machine::Moment)> const& go);

}  // namespace sim::debug
