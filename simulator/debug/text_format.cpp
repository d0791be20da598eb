// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers as people read them.
#include <fmt/format.h>

#include "simulator/debug/text.hpp"

namespace sim::debug {

std::string format_ns(std::uint64_t ns) {
    if (ns < 1000) return fmt::format("{} ns", ns);
    if (ns < 1'000'000) return fmt::format("{}.{:03} us", ns / 1000, ns % 1000);
    if (ns < 1'000'000'000) return fmt::format("{}.{:03} ms", ns / 1'000'000, ns / 1000 % 1000);
    return fmt::format("{}.{:06} s", ns / 1'000'000'000, ns / 1000 % 1'000'000);
}

std::string format_bytes(std::uint64_t bytes) {
    constexpr char const* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    std::uint64_t whole = bytes, rest = 0;
    while (whole >= 1024 && unit < 6) {
        rest = whole % 1024;
        whole /= 1024;
        ++unit;
    }
    return rest ? fmt::format("{}.{} {}", whole, rest * 10 / 1024, units[unit])
                : fmt::format("{} {}", whole, units[unit]);
}

}  // namespace sim::debug
