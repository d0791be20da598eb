// SPDX-License-Identifier: GPL-2.0-or-later
//
// The views "descriptors" and "tlb" for programs; their text is in text_tables.cpp, too.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "simulator/debug/snapshot.hpp"

namespace sim::debug {

nlohmann::ordered_json descriptors_json(Snapshot const&);
nlohmann::ordered_json tlb_json(Snapshot const&);

}  // namespace sim::debug
