// SPDX-License-Identifier: GPL-2.0-or-later
//
// When did this expression first become true? What the expression reads is
// watched, and it is evaluated again when that was written; one that names
// registers is evaluated at every instruction, a microsecond or two each.
#pragma once

#include <optional>
#include <string>

#include "simulator/debug/expression.hpp"
#include "simulator/debug/queries/scene.hpp"

namespace sim::debug::queries {

struct FirstTrue {
    std::string expression;
    std::optional<machine::Moment> at;  // the first moment at which it is true
    bool from_the_start = false;        // it was true where the search began
    std::optional<Actor> actor;         // the instruction that made it so
    std::string text;                   // why there is no moment, or how sure the answer is
    bool cancelled = false;
};

// In [from, now].
FirstTrue first_true(Scene&, Expression const&, machine::Moment from = {});

}  // namespace sim::debug::queries
