// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tables that an export can give, and what their columns are called when
// there is nothing in them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/debug/symbols.hpp"

namespace sim::exports {

// Views of a moment of a recording. Those that show what a person chose (a range
// of memory, an address to translate) or did (stops, questions, comparisons) are
// none: nobody chose.
std::vector<std::string> table_names();

// At least the columns that every row has; of the kernel's own lists those that the
// image's views.query names. A list that the image does not tell of has one, by its name.
std::vector<std::string> columns_of(std::string_view table, std::shared_ptr<debug::Symbols const> const&);

}  // namespace sim::exports
