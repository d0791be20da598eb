// SPDX-License-Identifier: GPL-2.0-or-later
//
// CRC-32 as in Ethernet and PNG: finds every burst of damage up to 32 bits.
#pragma once

#include <cstdint>
#include <span>

namespace sim::recording {

// Continue over several pieces by passing the result so far.
std::uint32_t crc32(std::span<std::uint8_t const>, std::uint32_t so_far = 0);

}  // namespace sim::recording
