// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/album/album_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <fstream>

namespace sim::album {

namespace {
constexpr int gzip = 15 + 16;  // windowBits: the largest window, and gzip's header
constexpr std::size_t piece = 1U << 20;
}  // namespace

std::vector<std::uint8_t> packed(std::span<std::uint8_t const> plain) {
    z_stream z{};
    if (deflateInit2(&z, 6, Z_DEFLATED, gzip, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        throw AlbumError("zlib, which packs albums, cannot start");
    std::vector<std::uint8_t> out;
    z.next_in = const_cast<Bytef*>(plain.data());
    z.avail_in = static_cast<uInt>(plain.size());
    for (int result = Z_OK; result == Z_OK;) {
        std::size_t const done = out.size();
        out.resize(done + piece);
        z.next_out = out.data() + done;
        z.avail_out = piece;
        result = deflate(&z, Z_FINISH);
        out.resize(out.size() - z.avail_out);
    }
    deflateEnd(&z);
    return out;
}

std::vector<std::uint8_t> unpacked(std::span<std::uint8_t const> stored, std::uint64_t most) {
    z_stream z{};
    if (inflateInit2(&z, gzip) != Z_OK) throw AlbumError("zlib, which unpacks albums, cannot start");
    std::vector<std::uint8_t> out;
    z.next_in = const_cast<Bytef*>(stored.data());
    z.avail_in = static_cast<uInt>(std::min<std::size_t>(stored.size(), UINT32_MAX));
    int result = Z_OK;
    while (result == Z_OK && out.size() <= most) {
        std::size_t const done = out.size();
        out.resize(done + piece);
        z.next_out = out.data() + done;
        z.avail_out = piece;
        result = inflate(&z, Z_NO_FLUSH);
        out.resize(out.size() - z.avail_out);
        if (out.size() == done) break;
    }
    inflateEnd(&z);
    if (out.size() > most) throw AlbumError("the album is too large");
    if (result != Z_STREAM_END)
        throw AlbumError("this is no album, or it is damaged or cut short (./viv export RECORDING --album -o FILE makes one)");
    return out;
}

std::shared_ptr<Album const> open_album(std::filesystem::path const& path) {
    std::error_code error;
    auto const size = std::filesystem::file_size(path, error);
    if (error || !std::filesystem::is_regular_file(path, error))
        throw AlbumError("there is no file " + path.string());
    if (size > most_bytes) throw AlbumError(path.string() + ": the album is too large");
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    std::ifstream in(path, std::ios::binary);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!in && size) throw AlbumError("cannot read " + path.string());
    try {
        return read_album(unpacked(bytes));
    } catch (AlbumError const& problem) {
        throw AlbumError(path.string() + ": " + problem.what());
    }
}

}  // namespace sim::album
