// SPDX-License-Identifier: GPL-2.0-or-later
//
// How both kinds of recordings store a piece: packed by zstd, with its length
// before and after in front of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sim::recording {

// How hard zstd tries: for what is kept, and for what has to be written while a machine waits.
constexpr int small = 9, quick = 1;
// Throws RunFileError.
std::vector<std::uint8_t> pack(std::span<std::uint8_t const> plain, int level = small);
// Throws DecodeError. Whether there may be so much is for the caller to say before.
std::vector<std::uint8_t> unpack(std::span<std::uint8_t const> stored, std::uint32_t plain_size);

// Low byte first. The four bytes must be there.
std::uint32_t u32_at(std::span<std::uint8_t const> bytes, std::size_t at);

}  // namespace sim::recording
