// SPDX-License-Identifier: GPL-2.0-or-later
//
// Guest memory at a moment, by virtual address: through the page tables as they
// are, without TLB, with no effect on the machine. Translations are remembered,
// so a GuestMemory is good for one moment only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/debug/page_walk.hpp"

namespace sim::debug {

class GuestMemory {
public:
    // Reads all bytes at a physical address, or none (false) if any is no RAM.
    using Physical = std::function<bool(std::uint64_t address, std::span<std::uint8_t> into)>;

    GuestMemory(Paging, Physical);

    // All or nothing.
    bool read(std::uint64_t address, std::span<std::uint8_t> into) const;
    bool read_physical(std::uint64_t address, std::span<std::uint8_t> into) const {
        return physical_(address, into);
    }
    // As many bytes as are mapped from the address on.
    std::size_t read_some(std::uint64_t address, std::span<std::uint8_t> into) const;
    // Little-endian, 1 to 8 bytes.
    std::optional<std::uint64_t> number(std::uint64_t address, unsigned size) const;
    std::optional<std::uint64_t> pointer(std::uint64_t address) const { return number(address, 8); }
    // A terminated string, cut at `most` characters; what cannot be printed becomes '?'.
    std::optional<std::string> string(std::uint64_t address, std::size_t most = 128) const;
    // Physical address of a mapped virtual one.
    std::optional<std::uint64_t> translate(std::uint64_t address) const;
    // A range cut at the borders of pages. The caller bounds the length.
    struct Piece {
        std::uint64_t address = 0, length = 0;
        std::optional<std::uint64_t> physical;  // none: not mapped
    };
    std::vector<Piece> pieces(std::uint64_t address, std::uint64_t length, bool physical = false) const;
    PhysicalReader words() const;

private:
    Paging paging_;
    Physical physical_;
    mutable std::unordered_map<std::uint64_t, std::uint64_t>
        pages_;  // virtual page -> physical, ~0: not mapped
};

}  // namespace sim::debug
