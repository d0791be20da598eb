// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sample moment's tables: descriptors, page tables, TLB, heap, rings.
#pragma once

#include "simulator/debug/snapshot.hpp"

namespace viz::testing {

void add_tables(sim::debug::Snapshot&);

}  // namespace viz::testing
