// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/input_text.hpp"

#include <fmt/format.h>

#include <span>

#include "simulator/debug/bytes.hpp"

namespace sim::debug {

using machine::InputKind;

std::string input_text(machine::Input const& input) {
    auto const bytes = [](std::size_t count) {
        return fmt::format("{} byte{}", count, count == 1 ? "" : "s");
    };
    if (input.kind == InputKind::poke && input.bytes.size() > 8)
        return fmt::format("a write of {} to {:#x}", bytes(input.bytes.size() - 8),
                           little_endian(std::span(input.bytes).first(8)));
    if (input.kind == InputKind::console)
        return fmt::format("{} typed at {}", bytes(input.bytes.size()), input.target);
    if (input.kind == InputKind::frame)
        return fmt::format("a frame of {} for {}", bytes(input.bytes.size()), input.target);
    return fmt::format("{} for {}", bytes(input.bytes.size()), input.target);
}

}  // namespace sim::debug
