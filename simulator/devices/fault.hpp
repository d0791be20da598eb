// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lines of text that order a fault (InputKind::device_fault): taken apart with bounds,
// since they may come from a file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sim::devices {

// At most eight words of 32 printable characters; more or other is no fault (empty).
std::vector<std::string> fault_words(std::span<std::uint8_t const> line);
// A decimal number up to a million.
std::optional<std::uint32_t> fault_number(std::string const& word);
// For messages.
std::string fault_text(std::vector<std::string> const& words);

}  // namespace sim::devices
