// SPDX-License-Identifier: GPL-2.0-or-later
//
// A point in the life of a machine. The same image, configuration, seed and
// inputs give the same machine at the same moment, on any host.
//
// `retired` is the number of instructions completed by the machine's processors
// since the loader handed over. `sub` is the number of happenings since then
// with that count: an event of the queue that fired, or an input that was
// delivered. A halted machine retires nothing, so everything that happens
// during HLT shares a count. (n, 0) is the machine right after instruction n.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim::machine {

struct Moment {
    std::uint64_t retired = 0;
    std::uint64_t sub = 0;

    // Later than everything.
    static constexpr Moment never() { return {UINT64_MAX, UINT64_MAX}; }

    friend constexpr auto operator<=>(Moment const&, Moment const&) = default;
};

// Virtual time stays below this: 146 years. What is to happen later never does,
// and so sums of times never wrap.
constexpr std::uint64_t end_of_time_ns = std::uint64_t{1} << 62;

// Nanoseconds of "250ns", "20us", "3ms", "1.5s" (a space may stand before the
// unit), exact, at most a hundred years. None: it is nothing of the kind, or
// finer than a nanosecond.
std::optional<std::uint64_t> parse_duration(std::string_view);
// The shortest exact way to write it: "1500us".
std::string duration_text(std::uint64_t ns);

// "123456", or "123456.2" when sub is not 0: the text used everywhere.
std::string to_string(Moment);
// The same read back; none if the text is anything else.
std::optional<Moment> parse_moment(std::string_view);

}  // namespace sim::machine
