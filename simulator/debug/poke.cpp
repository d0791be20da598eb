// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/poke.hpp"

#include <fmt/format.h>

namespace sim::debug {

std::variant<Pokes, std::string> make_pokes(machine::Machine const& machine, GuestMemory const& memory,
                                            AddressSpace space, std::uint64_t address,
                                            std::span<std::uint8_t const> bytes) {
    if (bytes.empty()) return "no bytes to write";
    if (bytes.size() > most_poked) return fmt::format("at most {} bytes at once", most_poked);
    if (address + (bytes.size() - 1) < address)
        return fmt::format("{} bytes from {:#x} on go beyond the last address", bytes.size(), address);
    Pokes made;
    for (auto const& [at, length, place] :
         memory.pieces(address, bytes.size(), space == AddressSpace::physical)) {
        if (!place) return fmt::format("{:#x} is not mapped", at);
        std::vector<std::uint8_t> old(length);
        if (!machine.peek(*place, old)) return fmt::format("no RAM at physical {:#x}", *place);
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
