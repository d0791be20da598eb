// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/heard.hpp"

#include "simulator/recording/codec.hpp"

namespace sim::debug {

std::vector<std::uint8_t> encode(HeardBefore const& heard) {
    recording::Encoder out;
    out.number(heard.events);
    out.number(heard.groups.size());
    for (std::uint64_t const n : heard.groups) out.number(n);
    std::string_view console = heard.console;
    if (console.size() > HeardBefore::most_console)
        console.remove_prefix(console.size() - HeardBefore::most_console);
    out.text(console);
    return out.result();
}

std::optional<HeardBefore> decode_heard(std::span<std::uint8_t const> bytes) {
    try {
        HeardBefore heard;
        recording::Decoder in(bytes);
        constexpr std::uint64_t most = std::uint64_t{1} << 62;
        heard.events = in.number(most, "the number of events");
        if (in.number() != heard.groups.size()) return std::nullopt;
        for (std::uint64_t& n : heard.groups) n = in.number(heard.events, "the number of a group's events");
        heard.console = in.text(HeardBefore::most_console);
        in.finish();
        return heard;
    } catch (recording::DecodeError const&) {
        return std::nullopt;
    }
}

}  // namespace sim::debug
