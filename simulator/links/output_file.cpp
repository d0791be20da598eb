// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/output_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

namespace sim::links {

void check_replaceable(std::filesystem::path const& path, std::string_view magic, std::string_view kind) {
    std::error_code ignored;
    auto const folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::is_directory(folder, ignored))
        throw std::runtime_error(fmt::format("cannot write {}: there is no folder {}; create it first",
                                             path.string(), folder.string()));
    if (access(folder.c_str(), W_OK) != 0)
        throw std::runtime_error(fmt::format("cannot write {}: folder {}: {}; choose another", path.string(),
                                             folder.string(), strerror(errno)));
    auto const status = std::filesystem::status(path, ignored);
    if (status.type() == std::filesystem::file_type::not_found) return;
    if (!std::filesystem::is_regular_file(status))
        throw std::runtime_error(
            fmt::format("cannot write {}: it is no regular file; choose another name", path.string()));
    std::ifstream existing(path, std::ios::binary);
    if (!existing)
        throw std::runtime_error(
            fmt::format("cannot read {}: {}; choose another name", path.string(), strerror(errno)));
    std::string begin(magic.size(), '\0');
    existing.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    if (existing.gcount() == 0) return;  // empty: nothing to lose
    if (begin != magic || existing.gcount() != static_cast<std::streamsize>(magic.size()))
        throw std::runtime_error(
            fmt::format("{} exists and is no {}; it is left alone: choose another name or remove it",
                        path.string(), kind));
}

}  // namespace sim::links
