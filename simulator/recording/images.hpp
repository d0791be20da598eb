// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the files come from that go into a machine: applications by name,
// files by path, and for replays by the SHA-256 that a recording names.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/machine/config.hpp"

namespace sim::recording {

// Reads a file that goes into a machine. Throws std::runtime_error: one line.
machine::Blob read_blob(std::filesystem::path const& path);

// The folder of the built images: $VIV_BUILD/images, else ../images beside the program.
std::filesystem::path images_folder();
// Names of the applications there, sorted.
std::vector<std::string> known_applications();
// The image of an application. Throws std::runtime_error that lists those known.
std::filesystem::path image_of(std::string_view application);

// Files by their SHA-256, kept so that a recording can be run after the next
// build. A file in it is never changed; a damaged one counts as absent. When it
// grows beyond its bound the files go that nobody has used for longest.
class ImageCache {
public:
    // vivarium/images in the user's cache folder.
    ImageCache();
    explicit ImageCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;

    // Throws std::runtime_error when it cannot be written. Prunes.
    void keep(machine::Blob const&) const;
    // Removes the longest unused files until at most `most` bytes are left; the
    // one that is named stays. Says on stderr what it removed. Returns how many.
    std::size_t prune(std::uint64_t most, std::string_view stays = {}) const;
    // Fills in the bytes of a blob that has only its SHA-256. False: not here.
    bool fetch(machine::Blob&) const;

    std::filesystem::path const& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
};

// Fills in the bytes of a blob that has only its SHA-256: from the cache, or from the
// built applications. False: it is in neither.
bool find_blob(machine::Blob&);

}  // namespace sim::recording
