// SPDX-License-Identifier: GPL-2.0-or-later
//
// A recorded life as an album: gone through once, and at each chosen moment all is
// taken down that a view could ask for.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "simulator/album/album.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/machine/config.hpp"

namespace sim::exports {

struct AlbumOptions {
    std::size_t most_moments = 1000;
    machine::Moment until = machine::Moment::never();
    std::filesystem::path sources;  // the folder that source files are named from; empty: none go in
    // Told how far it is; false gives up.
    std::function<bool(double share)> progress = {};
    // Of all moments: those that come later are left out. Tests want less than a reader takes:
    // of what stands once, and of all that is in it.
    std::uint64_t most_bytes = album::most_bytes_written;
    std::uint64_t most_event_bytes = album::most_section * 3 / 4,
                  most_code_bytes = album::most_section * 3 / 4, most_source_bytes = album::most_section / 4,
                  most_total = album::most_bytes;
};

// The session has no thread; it stands at the end of its life afterwards, or where it
// gave up. No moment in it: it was given up. Throws std::runtime_error, too when it
// would be more than a reader takes.
album::Album make_album(debug::Session&, AlbumOptions const&);

}  // namespace sim::exports
