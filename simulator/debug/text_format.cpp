// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers as people read them, and the rows that lists show.
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

namespace {

template <class Number>
std::vector<std::uint64_t> newest(std::uint64_t begin, std::uint64_t end, TextOptions const& o,
                                  Number const& number) {
    std::vector<std::uint64_t> rows;
    for (std::uint64_t i = end; i-- > begin && rows.size() < o.max_rows;)
        if (std::uint64_t const n = number(i); !o.shown || o.shown(n)) rows.push_back(n);
    return {rows.rbegin(), rows.rend()};
}

}  // namespace

std::vector<std::uint64_t> newest_packets(Snapshot const& s, TextOptions const& o) {
    NumberLog const& numbers = s.events.group(EventGroup::packets);
    return newest(numbers.begin(), numbers.end(), o, [&](std::uint64_t i) { return numbers[i]; });
}

std::optional<std::uint64_t> chosen_packet(Snapshot const& s, TextOptions const& o) {
    NumberLog const& numbers = s.events.group(EventGroup::packets);
    std::optional<std::uint64_t> n = o.packet;
    if (!n && !numbers.empty()) n = numbers.back();
    return n && s.events.all.holds(*n) && s.events.all[*n].packet ? n : std::nullopt;
}

std::vector<std::uint64_t> newest_events(Snapshot const& s, TextOptions const& o) {
    return newest(s.events.all.begin(), s.events.all.end(), o, [](std::uint64_t i) { return i; });
}

}  // namespace sim::debug
