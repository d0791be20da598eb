// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/poke.hpp"

#include <fmt/format.h>

namespace sim::debug {

std::string why_not_poked(GuestMemory const& memory, AddressSpace space, std::uint64_t address,
                          std::uint64_t count,
                          std::function<bool(std::uint64_t physical, std::size_t length)> const& is_ram) {
    if (count == 0) return "no bytes to write";
    if (count > most_poked) return fmt::format("at most {} bytes at once", most_poked);
    if (address + (count - 1) < address)
        return fmt::format("{} bytes from {:#x} on go beyond the last address", count, address);
    for (auto const& piece : memory.pieces(address, count, space == AddressSpace::physical)) {
        if (!piece.physical) return fmt::format("{:#x} is not mapped", piece.address);
        if (!is_ram(*piece.physical, piece.length))
            return fmt::format("no RAM at physical {:#x}", *piece.physical);
    }
    return {};
}

std::variant<Pokes, std::string> make_pokes(machine::Machine const& machine, GuestMemory const& memory,
                                            AddressSpace space, std::uint64_t address,
                                            std::span<std::uint8_t const> bytes) {
    std::vector<std::uint8_t> old;
    auto const is_ram = [&](std::uint64_t physical, std::size_t length) {
        old.resize(length);
        return machine.peek(physical, old);
    };
    if (std::string why = why_not_poked(memory, space, address, bytes.size(), is_ram); !why.empty())
        return why;
    Pokes made;
    for (auto const& [at, length, place] :
         memory.pieces(address, bytes.size(), space == AddressSpace::physical)) {
        is_ram(*place, length);  // reads them
        machine::Arrival poke{"memory", machine::InputKind::poke, {}};
        for (unsigned i = 0; i < 8; ++i) poke.bytes.push_back(static_cast<std::uint8_t>(*place >> (8 * i)));
        auto const piece = bytes.subspan(made.before.size(), length);
        poke.bytes.insert(poke.bytes.end(), piece.begin(), piece.end());
        made.inputs.push_back(std::move(poke));
        made.before.insert(made.before.end(), old.begin(), old.end());
    }
    return made;
}

}  // namespace sim::debug
