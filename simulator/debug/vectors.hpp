// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is known of an interrupt's vector besides its gate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "simulator/debug/snapshot.hpp"

namespace sim::debug {

// "#PF page fault"; above 31 what the kernel calls its handler; else "".
std::string name_of_vector(Snapshot const&, std::uint8_t vector);
// How often it came, as the kernel counts; none: it does not.
std::optional<std::uint64_t> count_of_vector(Snapshot const&, std::uint8_t vector);

}  // namespace sim::debug
