// SPDX-License-Identifier: GPL-2.0-or-later
//
// Any table that a view prints, as CSV. [rfc4180]
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace sim::exports {

// From a view's JSON (debug::print_view_json). The rows are its first list of
// objects, which may be empty; nested objects become columns "outer.inner", nested lists JSON text.
// A view without such a list becomes two columns: name and value; text one column, a row a
// line. Columns are all fields of all rows, in the order of their first appearance;
// with no row they are `columns_of_none`. Throws std::runtime_error when the text is no JSON.
void write_csv(std::string_view view_json, std::ostream& out,
               std::vector<std::string> const& columns_of_none = {});

}  // namespace sim::exports
