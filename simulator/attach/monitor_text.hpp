// SPDX-License-Identifier: GPL-2.0-or-later
//
// What QEMU's monitor says of the machine, for people, read as far as we need it: "info mtree
// -f", "info network". What is not understood is left out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sim::attach {

struct MemoryPiece {
    std::uint64_t start = 0, length = 0;
    bool ram = false;  // else a ROM: it can be read, too
    bool operator==(MemoryPiece const&) const = default;
};
// RAM and ROM as the processors see them, ascending, neighbours joined. Empty: not told.
std::vector<MemoryPiece> read_memory_map(std::string_view mtree);

using HardwareAddress = std::array<std::uint8_t, 6>;
// Of the first network card.
std::optional<HardwareAddress> read_card_address(std::string_view network);

}  // namespace sim::attach
