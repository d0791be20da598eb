// SPDX-License-Identifier: GPL-2.0-or-later
//
// One input, as a person would name it: "a write of 1 byte to 0x8000",
// "a frame of 60 bytes for net". Without its moment.
#pragma once

#include <string>

#include "simulator/machine/input.hpp"

namespace sim::debug {

std::string input_text(machine::Input const& input);

}  // namespace sim::debug
