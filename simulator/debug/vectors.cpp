// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/vectors.hpp"

#include <algorithm>

#include "simulator/debug/registers.hpp"

namespace sim::debug {

namespace {

InterruptVector const* of_the_kernel(Snapshot const& s, std::uint8_t vector) {
    auto const found = std::ranges::find(s.kernel.interrupts, vector, &InterruptVector::vector);
    return found == s.kernel.interrupts.end() ? nullptr : &*found;
}

}  // namespace

std::string name_of_vector(Snapshot const& s, std::uint8_t vector) {
    if (auto const name = exception_name(vector); !name.empty()) return std::string(name);
    auto const* kernel = of_the_kernel(s, vector);
    return kernel ? kernel->name : "";
}

std::optional<std::uint64_t> count_of_vector(Snapshot const& s, std::uint8_t vector) {
    auto const* kernel = of_the_kernel(s, vector);
    return kernel ? std::optional(kernel->count) : std::nullopt;
}

}  // namespace sim::debug
