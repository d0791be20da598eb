// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/album/contents.hpp"

#include <algorithm>
#include <cstring>

#include "simulator/album/codec.hpp"
#include "simulator/machine/hash.hpp"

namespace sim::album {

namespace {

// Differences nearer to each other than this are one: naming two costs as much.
constexpr std::size_t near_by = 4;

using Bytes = std::span<std::uint8_t const>;

struct Pieces {
    Encoder out;
    std::size_t at = 0;  // of the old one
    // Keeps the old one's bytes up to `from`, leaves those up to `to` out, adds new ones.
    void add(std::size_t from, std::size_t to, Bytes fresh) {
        out(std::uint64_t{from - at}, std::uint64_t{to - from}, std::uint64_t{fresh.size()});
        out.raw(fresh);
        at = to;
    }
};

// [from, old_end) became [from, now_end), byte for byte: the stretches that differ.
void add_changed(Pieces& pieces, Bytes old, Bytes now, std::size_t from, std::size_t end) {
    for (std::size_t at = from; at < end;) {
        std::size_t stop = at, same = 0;
        for (; stop < end && same < near_by; ++stop) same = old[stop] == now[stop] ? same + 1 : 0;
        pieces.add(at, stop - same, now.subspan(at, stop - same - at));
        for (at = stop; at < end && old[at] == now[at];) ++at;
    }
}

// Rows came and went: finds what is still there, in the old order, by its first bytes.
void add_moved(Pieces& pieces, Bytes old, Bytes now, std::size_t from, std::size_t old_end, std::size_t now_end) {
    constexpr std::size_t word = 16, nobody = SIZE_MAX;
    auto const hash = [](Bytes bytes, std::size_t at) {
        std::uint64_t a = 0, b = 0;
        std::memcpy(&a, bytes.data() + at, 8);
        std::memcpy(&b, bytes.data() + at + 8, 8);
        return machine::scramble(a ^ machine::scramble(b));
    };
    // A match far ahead may be an accident, and all before it would be given up.
    constexpr std::size_t places = 1 << 16, farthest = 16 << 10;
    std::vector<std::size_t> known(places, nobody);
    for (std::size_t at = old_end; at >= from + word; --at) known[hash(old, at - word) % places] = at - word;
    std::size_t kept = from, fresh = from;  // of the old one, of the new one: told until there
    for (std::size_t at = from; at + word <= now_end;) {
        std::size_t const there = known[hash(now, at) % places];
        if (there == nobody || there < kept || there - kept > farthest ||
            std::memcmp(&old[there], &now[at], word) != 0) {
            ++at;
            continue;
        }
        std::size_t before = 0, length = word;
        while (there - before > kept && at - before > fresh && old[there - before - 1] == now[at - before - 1])
            ++before;
        while (there + length < old_end && at + length < now_end && old[there + length] == now[at + length])
            ++length;
        pieces.add(kept, there - before, now.subspan(fresh, at - before - fresh));
        kept = there + length;
        fresh = at += length;
    }
    pieces.add(kept, old_end, now.subspan(fresh, now_end - fresh));
}

std::vector<std::uint8_t> difference(Bytes old, Bytes now, std::uint32_t base) {
    std::size_t const shorter = std::min(old.size(), now.size());
    std::size_t head = 0, tail = 0;
    while (head < shorter && old[head] == now[head]) ++head;
    while (tail < shorter - head && old[old.size() - 1 - tail] == now[now.size() - 1 - tail]) ++tail;
    auto const told = [&](bool moved) {
        Pieces pieces;
        pieces.out.number(std::uint64_t{base} + 1);
        if (moved)
            add_moved(pieces, old, now, head, old.size() - tail, now.size() - tail);
        else
            add_changed(pieces, old, now, head, now.size() - tail);
        if (pieces.at < old.size()) pieces.add(old.size(), old.size(), {});
        return pieces.out.take();
    };
    if (old.size() != now.size()) return told(true);
    constexpr std::size_t little = 512;
    auto changed = told(false);
    if (changed.size() <= little) return changed;
    auto moved = told(true);
    return moved.size() < changed.size() ? moved : changed;
}

std::vector<std::uint8_t> whole(std::span<std::uint8_t const> now) {
    Encoder out;
    out(std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{now.size()});
    out.raw(now);
    return out.take();
}

}  // namespace

std::uint32_t Contents::add(std::span<std::uint8_t const> now, std::uint32_t like) {
    std::uint64_t const hash = machine::hash_bytes(now);
    auto const [first, last] = by_hash_.equal_range(hash);
    for (auto i = first; i != last; ++i)
        if (std::ranges::equal(get(i->second), now)) return i->second;
    auto stored = whole(now);
    bool const may = like < size() && chain_[like] + 1U < longest_chain;
    if (may)
        if (auto shorter = difference(get(like), now, like); shorter.size() < stored.size())
            stored = std::move(shorter);
    auto const number = static_cast<std::uint32_t>(size());
    take_in(std::move(stored));
    by_hash_.emplace(hash, number);
    return number;
}

std::vector<std::uint8_t> Contents::get(std::uint32_t number) const {
    Decoder in(stored_.at(number), "a content");
    std::uint64_t const base = in.number();
    std::vector<std::uint8_t> const old = base ? get(static_cast<std::uint32_t>(base - 1)) : std::vector<std::uint8_t>();
    std::vector<std::uint8_t> now;
    now.reserve(lengths_[number]);
    std::size_t at = 0;
    while (in.left()) {
        std::uint64_t const kept = in.number(), skipped = in.number(), fresh = in.number();
        now.insert(now.end(), old.begin() + static_cast<std::ptrdiff_t>(at),
                   old.begin() + static_cast<std::ptrdiff_t>(at + kept));
        at += static_cast<std::size_t>(kept + skipped);
        auto const bytes = in.raw(fresh);
        now.insert(now.end(), bytes.begin(), bytes.end());
    }
    return now;
}

void Contents::take_in(std::vector<std::uint8_t> stored) {
    Decoder in(stored, "a content");
    if (size() >= most) in.wrong("there are too many");
    std::uint64_t const base = in.number();
    if (base > size()) in.wrong("it is made from one that comes later");
    std::uint64_t const old = base ? lengths_[base - 1] : 0;
    unsigned const chain = base ? chain_[base - 1] + 1U : 0;
    if (chain > longest_chain) in.wrong("it is made from too many others");
    std::uint64_t at = 0, length = 0;
    while (in.left()) {
        std::uint64_t const kept = in.number(), skipped = in.number(), fresh = in.number();
        if (kept > old - at || skipped > old - at - kept) in.wrong("it takes more than there is");
        at += kept + skipped;
        in.raw(fresh);
        length += kept + fresh;
        if (kept + skipped + fresh == 0 || length > most_bytes_) in.wrong("it is too long");
    }
    bytes_ += stored.size();
    stored_.push_back(std::move(stored));
    lengths_.push_back(static_cast<std::uint32_t>(length));
    chain_.push_back(static_cast<std::uint8_t>(chain));
}

void Contents::truncate(std::size_t size) {
    while (stored_.size() > size) {
        bytes_ -= stored_.back().size();
        stored_.pop_back(), lengths_.pop_back(), chain_.pop_back();
    }
    std::erase_if(by_hash_, [&](auto const& one) { return one.second >= size; });
}

}  // namespace sim::album
