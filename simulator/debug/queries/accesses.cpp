// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/accesses.hpp"

#include <algorithm>

#include "simulator/debug/access_counter.hpp"

namespace sim::debug::queries {

Accesses accesses(Scene& scene, std::uint64_t instructions) {
    machine::Moment const now = scene.machine.moment();
    std::uint64_t const n = std::min({now.retired, instructions, most_instructions_counted});
    return count_accesses(scene, {{now.retired - n, 0}, now});
}

}  // namespace sim::debug::queries
