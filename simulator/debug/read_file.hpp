// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace sim::debug {

// All of a regular file; empty when there is none such or it is larger than `most`.
std::vector<std::uint8_t> read_file(std::filesystem::path const&, std::uintmax_t most);

}  // namespace sim::debug
