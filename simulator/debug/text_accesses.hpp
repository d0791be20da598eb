// SPDX-License-Identifier: GPL-2.0-or-later
//
// Counted accesses as text and as JSON: the answer to `accesses`, and the map of memory's
// twin.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "simulator/debug/page_accesses.hpp"

namespace sim::debug {

std::string accesses_text(Accesses const&, std::size_t most_rows);
nlohmann::ordered_json accesses_json(Accesses const&);

}  // namespace sim::debug
