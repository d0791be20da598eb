// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/host_memory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <stdexcept>

namespace sim::recording {

void require_host_memory(std::uint64_t guest_bytes) {
    auto const host_bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                            static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    // A quarter is left for the host, and for copies of the pages that change.
    if (guest_bytes <= host_bytes / 4 * 3) return;
    throw std::runtime_error(fmt::format(
        "the guest wants {} MiB of memory, this host has {} MiB in all; give the guest less with --memory",
        guest_bytes >> 20, host_bytes >> 20));
}

}  // namespace sim::recording
