// SPDX-License-Identifier: MIT
#include "kernel/net/wire/tcp_options.hpp"

#include "kernel/base/checks.hpp"

namespace net::wire {
namespace {

// MUST-4, and those of later documents.
enum OptionKind : std::uint8_t {
    EndOfList = 0,
    NoOperation = 1,
    MaximumSegmentSize = 2,
    WindowScale = 3,
    SackPermitted = 4,
    Sack = 5,
    Timestamps = 8,
};

// Larger shifts would let the window pass half the circle of sequence numbers: they
// count as 14. [rfc7323 §2.3]
constexpr std::uint8_t largest_shift = 14;

// One option with its length, which fits into what is left of the header.
bool parse_option(std::uint8_t kind, Bytes content, bool is_syn, TcpOptions& out) {
    switch (kind) {
        case MaximumSegmentSize:
            if (!is_syn) return true;  // elsewhere it is ignored (MUST-65)
            if (content.size() != 2) return false;
            out.mss = load_be16(&content[0]);
            return true;
        case WindowScale:
            if (!is_syn) return true;
            if (content.size() != 1) return false;
            out.window_scale = content[0] < largest_shift ? content[0] : largest_shift;
            return true;
        case SackPermitted:
            if (!content.empty()) return false;
            out.sack_permitted = is_syn;
            return true;
        case Sack:
            if (content.empty() || content.size() % 8 != 0) return false;
            for (std::size_t at = 0; at < content.size() && out.sack_count < TcpOptions::most_blocks; at += 8)
                out.sack[out.sack_count++] = {tcp::SeqNum(load_be32(&content[at])),
                                              tcp::SeqNum(load_be32(&content[at + 4]))};
            return true;
        case Timestamps:
            if (content.size() != 8) return false;
            out.timestamps = {load_be32(&content[0]), load_be32(&content[4])};
            return true;
        default:
            return true;
    }
}

}  // namespace

base::Result<TcpOptions, Drop> TcpOptions::parse(Bytes options, bool is_syn) {
    TcpOptions result;
    TRY(parse_options(result, options, is_syn));
    return result;
}

base::Result<void, Drop> TcpOptions::parse_options(TcpOptions& result, Bytes options, bool is_syn) {
    // What nearly every segment of today carries, and nothing else. [rfc7323 appendix A]
    constexpr std::uint32_t only_timestamps = 1 << 24 | 1 << 16 | Timestamps << 8 | 10;
    if (options.size() == 12 && load_be32(&options[0]) == only_timestamps) {
        result.timestamps = {load_be32(&options[4]), load_be32(&options[8])};
        return {};
    }
    std::size_t at = 0;
    while (at < options.size()) {
        std::uint8_t const kind = options[at];
        if (kind == EndOfList) break;
        if (kind == NoOperation) {
            ++at;
            continue;
        }
        if (at + 1 >= options.size()) return base::fail(Drop::TcpBadOptions);
        std::uint8_t const length = options[at + 1];
        if (length < 2 || length > options.size() - at) return base::fail(Drop::TcpBadOptions);
        if (!parse_option(kind, options.subspan(at + 2, length - 2u), is_syn, result))
            return base::fail(Drop::TcpBadOptions);
        at += length;
    }
    return {};
}

PART_OF_ALL_CALLERS std::size_t TcpOptions::emit(std::uint8_t* to) const {
    std::uint8_t const* const start = to;
    auto const begin = [&to](std::uint8_t kind, std::uint8_t length) {
        *to++ = kind;
        *to++ = length;
    };
    auto const fill = [&to](int count) {
        while (count-- > 0) *to++ = NoOperation;
    };
    if (mss) {
        begin(MaximumSegmentSize, 4);
        store_be16(to, *mss);
        to += 2;
    }
    if (sack_permitted) {
        if (!timestamps) fill(2);
        begin(SackPermitted, 2);
    }
    if (timestamps) {
        if (!sack_permitted) fill(2);
        begin(Timestamps, 10);
        store_be32(to, timestamps->value);
        store_be32(to + 4, timestamps->echo);
        to += 8;
    }
    if (window_scale) {
        fill(1);
        begin(WindowScale, 3);
        *to++ = *window_scale;
    }
    if (sack_count > 0) {
        fill(2);
        begin(Sack, static_cast<std::uint8_t>(2 + 8 * sack_count));
        for (std::size_t i = 0; i < sack_count; ++i, to += 8) {
            store_be32(to, sack[i].begin.raw());
            store_be32(to + 4, sack[i].end.raw());
        }
    }
    return static_cast<std::size_t>(to - start);
}

}  // namespace net::wire
