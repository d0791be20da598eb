// SPDX-License-Identifier: GPL-2.0-or-later
//
// The TLB against the tables: which translations the processor still has that the
// tables do not give, or no longer. It uses them all the same until somebody says
// INVLPG. [sdm-3a §4.10.2]
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulator/debug/page_walk.hpp"
#include "simulator/engine/cpu.hpp"

namespace sim::debug {

enum class Agreement : std::uint8_t {
    same,
    unmapped,   // the tables map nothing there
    elsewhere,  // they lead to another frame
    rights,     // they allow less
    unknown,    // the tables were not read to their end
};
// "the tables map nothing there"; "" when they agree.
char const* explain(Agreement);

Agreement agreement_of(engine::TlbEntry const&, PageTree const&);

struct Translation {
    engine::TlbEntry entry;
    Agreement agreement = Agreement::same;
    bool stale() const { return agreement != Agreement::same && agreement != Agreement::unknown; }
};
// By address; `tree` may be null: then nothing is known of the tables.
std::vector<Translation> translations(std::span<engine::TlbEntry const>, PageTree const* tree);

}  // namespace sim::debug
