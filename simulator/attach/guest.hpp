// SPDX-License-Identifier: GPL-2.0-or-later
//
// A guest in QEMU as it stands: registers and memory, read when they are wanted and
// kept until it moves.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/attach/monitor_text.hpp"
#include "simulator/attach/register_file.hpp"
#include "simulator/attach/remote.hpp"
#include "simulator/debug/guest_memory.hpp"

namespace sim::attach {

class Guest {
public:
    // Asks what stays: description of the registers, memory map, network card. Throws Lost.
    explicit Guest(Remote&);

    std::vector<MemoryPiece> const& memory_map() const { return map_; }
    std::optional<HardwareAddress> const& card() const { return card_; }
    unsigned processors() const { return static_cast<unsigned>(remote_.processors().size()); }

    // It has moved: what was read is no longer true.
    void forget();
    engine::CpuState const& state(unsigned processor);
    // All or none; only where RAM or ROM is: a device would notice that it is read.
    bool peek(std::uint64_t physical, std::span<std::uint8_t> into);
    bool is_ram(std::uint64_t physical, std::size_t length) const;
    // False: no RAM is there, or it was refused.
    bool poke(std::uint64_t physical, std::span<std::uint8_t const> bytes);
    // Good until it moves.
    debug::GuestMemory memory(unsigned processor);

private:
    using Page = std::vector<std::uint8_t>;
    MemoryPiece const* piece_at(std::uint64_t physical) const;
    Page const* page(std::uint64_t number);

    Remote& remote_;
    std::vector<RegisterPlace> description_;
    std::vector<MemoryPiece> map_;
    std::optional<HardwareAddress> card_;
    std::vector<engine::CpuState> states_;  // by processor; empty: not read yet
    std::unordered_map<std::uint64_t, Page> pages_;
};

}  // namespace sim::attach
