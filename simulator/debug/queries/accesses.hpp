// SPDX-License-Identifier: GPL-2.0-or-later
//
// How often was each page of memory read and written?
#pragma once

#include "simulator/debug/page_accesses.hpp"
#include "simulator/debug/queries/scene.hpp"

namespace sim::debug::queries {

// In the last `instructions` before now.
Accesses accesses(Scene&, std::uint64_t instructions);

}  // namespace sim::debug::queries
