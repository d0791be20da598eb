// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sizes of memory as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sim::machine {

constexpr std::uint64_t least_memory_bytes = 1ull << 20, most_memory_bytes = 64ull << 30;

// "64M", "2G", "512K"; a bare number counts MiB, as in QEMU. None: it is nothing
// of the kind, or less than 1M, or more than 64G.
std::optional<std::uint64_t> parse_memory_size(std::string_view text);

}  // namespace sim::machine
