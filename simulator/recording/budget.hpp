// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a recording needs in the memory of whoever reads it, counted against one
// limit. Writer and reader count alike: what one wrote, the other takes.
#pragma once

#include <cstdint>

#include "simulator/recording/run_file.hpp"

namespace sim::recording {

class Budget {
public:
    explicit Budget(std::uint64_t most) : most_(most) {}

    // False, and nothing is taken: there is not so much left.
    [[nodiscard]] bool take(std::uint64_t bytes) {
        if (bytes > most_ - used_) return false;
        used_ += bytes;
        return true;
    }
    std::uint64_t left() const { return most_ - used_; }

private:
    std::uint64_t most_, used_ = 0;
};

// Beside the bytes of the section that they stand in, which count, too.
inline std::uint64_t weight(machine::Input const& input) {
    return sizeof(machine::Input) + input.target.size() + input.bytes.size();
}
inline std::uint64_t weight(HashPoint const& point) {
    std::uint64_t bytes = sizeof(HashPoint);
    for (auto const& part : point.hash.parts) bytes += sizeof part + part.name.size();
    return bytes;
}
inline std::uint64_t weight(TrailPoint const&) { return sizeof(TrailPoint); }
inline std::uint64_t weight(Bookmark const&) { return sizeof(Bookmark); }

// Pages in places: the list, and the groups that a picture gets of its own.
inline std::uint64_t weight(std::vector<StoredPage> const& uses) {
    std::uint64_t groups = 0, last = UINT64_MAX;
    for (auto const& use : uses) {
        std::uint64_t const group = use.index / machine::RamImage::group_pages;
        groups += group != last;
        last = group;
    }
    return uses.size() * sizeof(StoredPage) + groups * sizeof(machine::RamImage::Group);
}
inline std::uint64_t weight(StoredOverlay const& overlay) {
    return sizeof overlay + overlay.device.size() +
           overlay.pages / machine::RamImage::group_pages * sizeof(void*) * 2 + weight(overlay.written);
}
// Without its overlays, which have sections of their own.
inline std::uint64_t weight(StoredCheckpoint const& checkpoint) {
    std::uint64_t bytes = sizeof checkpoint + weight(checkpoint.pages);
    for (auto const& part : checkpoint.parts) bytes += sizeof part + part.name.size() + part.bytes.size();
    return bytes;
}

}  // namespace sim::recording
