// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a path to the bytes that run_reader.cpp reads.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <vector>

#include "simulator/recording/run_reader.hpp"
#include "simulator/recording/world_file.hpp"

namespace sim::recording {

namespace {

// A world's file holds no machine's life: those lie beside it.
[[noreturn]] void refuse_world(std::filesystem::path const& path) {
    std::string members;
    for (auto const& [machine, file] : read_world_file(path).members)
        members += fmt::format("{}{} ({})", members.empty() ? "" : ", ",
                               std::filesystem::path(path).replace_filename(file).string(), machine);
    throw RunFileError(fmt::format(
        "{} is the recording of a world of several machines; give the recording of one of them: {}; viv "
        "replay and viv doctor take the whole",
        path.string(), members));
}

}  // namespace

Recording read_run_file(std::filesystem::path const& path, Tolerance tolerance, Reading const& reading) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure))
        throw RunFileError(fmt::format("{} is a folder; give a file made by --record", path.string()));
    if (is_world_file(path)) refuse_world(path);
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw RunFileError(fmt::format("cannot open {}: {}; check its name", path.string(), strerror(errno)));
    std::uint64_t const size = std::filesystem::file_size(path, failure);
    if (failure) throw RunFileError(fmt::format("cannot read {}: {}", path.string(), failure.message()));
    if (size > max_unpacked_bytes)
        throw RunFileError(
            fmt::format("{} is no recording: {} MiB are more than one can have", path.string(), size >> 20));
    std::vector<std::uint8_t> bytes(size);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (static_cast<std::uint64_t>(in.gcount()) != size)
        throw RunFileError(
            fmt::format("cannot read {}: {} of {} bytes came", path.string(), in.gcount(), size));
    return read_run_bytes(bytes, path.string(), tolerance, max_unpacked_bytes, reading);
}

}  // namespace sim::recording
