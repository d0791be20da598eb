// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/bookmarks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

#include "simulator/recording/crc32.hpp"
#include "simulator/recording/packed.hpp"
#include "simulator/recording/sections.hpp"

namespace sim::recording {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t head_bytes = 16;  // of the file, and of a section

Bytes read_all(std::filesystem::path const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw RunFileError(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    return {std::istreambuf_iterator<char>(in), {}};
}

Bytes section_of(Bookmark const& bookmark) {
    std::string const text = encode_bookmark(bookmark);
    if (text.size() > max_bookmark_bytes)
        throw RunFileError(fmt::format("the bookmark {} is too long", bookmark.name));
    return encode_section(tag_bookmark, {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

}  // namespace

void replace_bookmarks(std::filesystem::path const& file, std::vector<Bookmark> const& bookmarks) {
    if (bookmarks.size() > max_bookmarks)
        throw RunFileError(fmt::format("at most {} bookmarks fit into a recording", max_bookmarks));
    Bytes const old = read_all(file);
    if (old.size() < head_bytes || std::memcmp(old.data(), magic.data(), magic.size()) != 0)
        throw RunFileError(fmt::format("{} is no recording", file.string()));
    Bytes fresh(old.begin(), old.begin() + head_bytes);
    auto const add_bookmarks = [&] {
        for (Bookmark const& one : bookmarks) {
            Bytes const section = section_of(one);
            fresh.insert(fresh.end(), section.begin(), section.end());
        }
    };
    bool ended = false;
    for (std::size_t at = head_bytes; old.size() - at >= head_bytes && !ended;) {
        std::uint32_t const tag = u32_at(old, at), stored = u32_at(old, at + 8);
        if (stored > old.size() - at - head_bytes) break;  // cut off: its writer died
        std::span const section = std::span(old).subspan(at, head_bytes + stored);
        if (u32_at(old, at + 12) != crc32(section.subspan(head_bytes), crc32(section.first(12))))
            throw RunFileError(fmt::format("{} is corrupt: a section fails its checksum", file.string()));
        if (tag == tag_end) add_bookmarks(), ended = true;
        if (tag != tag_bookmark) fresh.insert(fresh.end(), section.begin(), section.end());
        at += section.size();
    }
    if (!ended) add_bookmarks();

    std::string const part = file.string() + fmt::format(".{}.part", getpid());
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(part.c_str(), "wbe"), std::fclose);
    bool const written = out && std::fwrite(fresh.data(), 1, fresh.size(), out.get()) == fresh.size() &&
                         std::fflush(out.get()) == 0 && fsync(fileno(out.get())) == 0 &&
                         std::rename(part.c_str(), file.c_str()) == 0;
    if (written) return;
    std::string const why = std::strerror(errno);
    if (out) unlink(part.c_str());
    throw RunFileError(fmt::format("cannot write {}: {}", file.string(), why));
}

}  // namespace sim::recording
