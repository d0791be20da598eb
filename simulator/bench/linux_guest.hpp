// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest that ours is compared with: Debian's cloud kernel, busybox, and our
// small server (tests/bench/linux_server.cpp), which is all that runs in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace sim::bench {

// What its command line holds: the kernel's protections are off, in its favour.
inline constexpr char const* linux_words = "console=ttyS0 quiet mitigations=off";
// What it says when it can be asked something.
inline constexpr char const* linux_ready = "server: ready";
inline constexpr std::uint64_t linux_memory = std::uint64_t{256} << 20;

struct LinuxGuest {
    std::filesystem::path kernel, initrd;
    std::string version;  // "6.1.0-49-cloud-amd64"
};

// Fetches the packages (tests/linux/fetch.sh; kept in the user's cache folder) and puts the
// RAM disk together in `folder`. Throws std::runtime_error: one line.
LinuxGuest make_linux_guest(std::filesystem::path const& folder);

}  // namespace sim::bench
