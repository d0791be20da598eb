// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/properties.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "simulator/machine/hash.hpp"

namespace sim::links {
namespace {

// A decimal number with an optional fraction, off the front, in units of `scale`.
std::optional<std::uint64_t> scaled(std::string_view& text, std::uint64_t scale) {
    std::uint64_t whole = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error != std::errc{} || whole > UINT64_MAX / 2 / scale) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::uint64_t value = whole * scale;
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
        std::uint64_t part = scale;
        for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1)) {
            part /= 10;
            value += static_cast<std::uint64_t>(text[0] - '0') * part;
        }
    }
    return value;
}

std::optional<std::uint32_t> parse_probability(std::string_view text) {
    auto const value = scaled(text, 10'000);  // 1 % is 10,000 in a million
    if (!value || text != "%" || *value > 1'000'000) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

std::optional<std::uint32_t> parse_count(std::string_view text) {
    std::uint32_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value == 0 || value > 1'000'000)
        return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
    std::string_view const all = text;
    auto const unit = all.empty() ? '?' : all.back();
    std::uint64_t const scale = unit == 'G'   ? 1'000'000'000
                                : unit == 'M' ? 1'000'000
                                : unit == 'k' ? 1'000
                                              : 1;
    auto const value = scaled(text, scale);
    if (!value || *value < 1000 || text.size() != (scale == 1 ? 0 : 1)) return std::nullopt;
    return value;
}

[[noreturn]] void refuse(std::string_view key, std::string_view value, char const* wanted) {
    throw std::runtime_error(fmt::format("{}={}: want {}", key, value, wanted));
}

// A number below one million that depends on everything.
std::uint32_t dice(std::uint64_t seed, std::uint64_t lane, std::uint64_t number, std::uint64_t which) {
    std::uint64_t const mixed =
        machine::scramble(machine::scramble(machine::scramble(seed ^ which << 56) ^ lane) ^ number);
    return static_cast<std::uint32_t>(mixed % 1'000'000);
}

enum Die : std::uint64_t {
    die_loss = 1,
    die_burst,
    die_duplicate,
    die_reorder,
    die_corrupt,
    die_bit,
    die_jitter
};

}  // namespace

void set_property(LinkProperties& p, std::string_view key, std::string_view value) {
    auto const probability = [&](std::uint32_t& into) {
        auto const parsed = parse_probability(value);
        if (!parsed) refuse(key, value, "a part such as 5% or 0.1%");
        into = *parsed;
    };
    auto const duration = [&](std::uint64_t& into, std::uint64_t least) {
        auto const parsed = parse_duration(value);
        if (!parsed || *parsed < least || *parsed > most_delay_ns)
            refuse(key, value, "a time such as 20ms or 300us, from 1us (jitter: 0ns) to 60s");
        into = *parsed;
    };
    if (key == "delay") return duration(p.delay_ns, least_delay_ns);
    if (key == "jitter") return duration(p.jitter_ns, 0);
    if (key == "loss") return probability(p.loss);
    if (key == "duplicate") return probability(p.duplicate);
    if (key == "reorder") return probability(p.reorder);
    if (key == "corrupt") return probability(p.corrupt);
    if (key == "rate") {
        auto const parsed = parse_rate(value);
        if (!parsed) refuse(key, value, "bits a second such as 10M or 56k, 1k or more");
        p.rate_bits = *parsed;
        return;
    }
    if (key == "queue") {
        auto const parsed = parse_count(value);
        if (!parsed) refuse(key, value, "a number of frames, 1 to 1000000");
        p.queue_frames = *parsed;
        return;
    }
    if (key == "burst") {
        std::size_t const slash = value.find('/');
        auto const begins = parse_probability(value.substr(0, slash));
        auto const frames = slash == std::string_view::npos
                                ? p.burst_frames
                                : parse_count(value.substr(slash + 1)).value_or(0);
        if (!begins || frames == 0 || frames > 1000)
            refuse(key, value, "how often a burst begins, and how many frames it takes (1 to 1000): 0.1%/8");
        p.burst = *begins;
        p.burst_frames = frames;
        return;
    }
    throw std::runtime_error(
        fmt::format("{}: no such property of a link; there are delay, jitter, rate, queue, loss, burst, "
                    "duplicate, reorder and corrupt",
                    key));
}

LinkProperties parse_properties(std::string_view text, LinkProperties base) {
    while (!text.empty()) {
        std::string_view const word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        std::size_t const equals = word.find('=');
        if (equals == std::string_view::npos)
            throw std::runtime_error(fmt::format("{}: want key=value, such as loss=1%", word));
        set_property(base, word.substr(0, equals), word.substr(equals + 1));
    }
    return base;
}

Fate fate_of(LinkProperties const& p, std::uint64_t seed, std::uint64_t lane, std::uint64_t number,
             std::size_t frame_bytes) {
    auto const happens = [&](std::uint32_t probability, Die die, std::uint64_t n) {
        return probability != 0 && dice(seed, lane, n, die) < probability;
    };
    Fate fate;
    fate.lost = happens(p.loss, die_loss, number);
    if (p.burst != 0)
        for (std::uint64_t back = 0; back < p.burst_frames && back < number && !fate.lost; ++back)
            fate.lost = happens(p.burst, die_burst, number - back);
    fate.duplicated = happens(p.duplicate, die_duplicate, number);
    fate.overtaken = happens(p.reorder, die_reorder, number);
    if (happens(p.corrupt, die_corrupt, number) && frame_bytes != 0)
        fate.turned_bit = static_cast<std::uint32_t>(
            (std::uint64_t{dice(seed, lane, number, die_bit)} << 20 | dice(seed, lane, ~number, die_bit)) %
            (frame_bytes * 8));
    if (p.jitter_ns != 0)
        fate.jitter_ns =
            machine::scramble(machine::scramble(seed ^ std::uint64_t{die_jitter} << 56 ^ lane) ^ number) %
            (p.jitter_ns + 1);
    return fate;
}

}  // namespace sim::links
