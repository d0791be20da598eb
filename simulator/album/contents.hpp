// SPDX-License-Identifier: GPL-2.0-or-later
//
// Many byte strings, each stored once, and most as what differs from an earlier one:
//
//     base + 1 (0: none), then for each piece: how many bytes of the base are kept,
//     how many of it are skipped, how many new ones follow, and these; to the end
//
// All numbers as in codec.hpp. Chains of bases are short, so that any string is put
// together in a bounded time.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace sim::album {

class Contents {
public:
    static constexpr unsigned longest_chain = 32;
    static constexpr std::uint32_t none = UINT32_MAX;
    static constexpr std::size_t most = 1U << 22;  // contents

    explicit Contents(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    // Its number: an earlier one where the same is there already. `like`: one that it
    // probably resembles.
    std::uint32_t add(std::span<std::uint8_t const>, std::uint32_t like = none);
    std::vector<std::uint8_t> get(std::uint32_t number) const;
    std::size_t size() const { return stored_.size(); }
    std::uint64_t bytes() const { return bytes_; }  // as stored
    // As if those from this number on had never been added.
    void truncate(std::size_t size);

    // As stored, one after the other; taking one in checks all of it but its use:
    // bases, chains and lengths. Throws AlbumError.
    std::vector<std::vector<std::uint8_t>> const& stored() const { return stored_; }
    void take_in(std::vector<std::uint8_t> stored);

private:
    std::size_t most_bytes_;
    std::vector<std::vector<std::uint8_t>> stored_;
    std::vector<std::uint32_t> lengths_;
    std::vector<std::uint8_t> chain_;  // how many bases lie below
    std::uint64_t bytes_ = 0;
    std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;  // while it is written
};

}  // namespace sim::album
