// SPDX-License-Identifier: GPL-2.0-or-later
//
// An album as a file: packed by gzip, which a browser unpacks by itself.
#pragma once

#include <filesystem>
#include <memory>

#include "simulator/album/album.hpp"

namespace sim::album {

std::vector<std::uint8_t> packed(std::span<std::uint8_t const>);
// Throws AlbumError; also when there is more in it than `most`.
std::vector<std::uint8_t> unpacked(std::span<std::uint8_t const>, std::uint64_t most = most_bytes);
// Throws AlbumError, with the file's name.
std::shared_ptr<Album const> open_album(std::filesystem::path const&);

}  // namespace sim::album
