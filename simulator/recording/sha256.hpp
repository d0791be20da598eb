// SPDX-License-Identifier: GPL-2.0-or-later
//
// SHA-256, by which recordings name images. [fips-180-4 §6.2]
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace sim::recording {

// 64 lower-case hexadecimal digits.
std::string sha256(std::span<std::uint8_t const>);

// Is the text what sha256() returns? Then it is also a safe file name.
bool is_sha256(std::string_view text);

}  // namespace sim::recording
