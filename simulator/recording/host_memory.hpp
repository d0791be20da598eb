// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace sim::recording {

// A guest's memory is filled when the machine is built. Throws
// std::runtime_error, one line, when the host has not that much: better than
// being killed for it. A recording from elsewhere may ask for anything.
void require_host_memory(std::uint64_t guest_bytes);

}  // namespace sim::recording
