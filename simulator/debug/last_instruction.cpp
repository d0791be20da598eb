// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/last_instruction.hpp"

namespace sim::debug {

using machine::Moment;

// Far back by leaps, then by halves.
std::optional<Moment> before_last_instruction(machine::Machine const& machine, unsigned processor,
                                              std::function<bool(Moment)> const& go) {
    engine::Cpu const& cpu = machine.cpu(processor);
    std::uint64_t const own = cpu.retired(), now = machine.moment().retired;
    if (own == 0 || now == 0) return std::nullopt;
    auto const not_yet = [&](std::uint64_t at) { return go({at, 0}) && cpu.retired() < own; };
    std::uint64_t low = now - 1, high = now;
    for (std::uint64_t leap = 16; !not_yet(low) && low > 0; leap *= 4) {
        high = low;
        low = low > leap ? low - leap : 0;
    }
    while (high - low > 1) {
        std::uint64_t const middle = low + (high - low) / 2;
        (not_yet(middle) ? low : high) = middle;
    }
    return Moment{low, 0};
}

}  // namespace sim::debug
