// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/packed.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include "simulator/recording/codec.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::recording {

std::vector<std::uint8_t> pack(std::span<std::uint8_t const> plain, int level) {
    std::vector<std::uint8_t> stored(ZSTD_compressBound(plain.size()));
    std::size_t const size = ZSTD_compress(stored.data(), stored.size(), plain.data(), plain.size(), level);
    if (ZSTD_isError(size)) throw RunFileError(fmt::format("zstd: {}", ZSTD_getErrorName(size)));
    stored.resize(size);
    return stored;
}

// Memory is asked for only when the stored bytes say the same length.
std::vector<std::uint8_t> unpack(std::span<std::uint8_t const> stored, std::uint32_t plain_size) {
    if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != plain_size)
        throw DecodeError("its two lengths disagree");
    std::vector<std::uint8_t> plain(plain_size);
    std::size_t const size = ZSTD_decompress(plain.data(), plain.size(), stored.data(), stored.size());
    if (ZSTD_isError(size)) throw DecodeError(ZSTD_getErrorName(size));
    if (size != plain_size) throw DecodeError("it is shorter than it claims");
    return plain;
}

std::uint32_t u32_at(std::span<std::uint8_t const> bytes, std::size_t at) {
    return bytes[at] | std::uint32_t{bytes[at + 1]} << 8 | std::uint32_t{bytes[at + 2]} << 16 |
           std::uint32_t{bytes[at + 3]} << 24;
}

}  // namespace sim::recording
