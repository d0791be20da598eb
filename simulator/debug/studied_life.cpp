// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/studied_life.hpp"

#include "simulator/debug/probes.hpp"
#include "simulator/debug/views_query.hpp"

namespace sim::debug {

namespace {
constexpr std::size_t most_events = std::size_t{1} << 20;
}

std::span<std::uint8_t const> image_of(machine::Machine const& machine) {
    machine::Blob const& image = machine.config().image;
    return image.bytes ? std::span<std::uint8_t const>(*image.bytes) : std::span<std::uint8_t const>{};
}

std::shared_ptr<Symbols const> symbols_of(machine::Machine const& machine) {
    auto const image = image_of(machine);
    return image.empty() ? Symbols::none() : Symbols::from_bytes(image);
}

StudiedLife::StudiedLife(machine::Machine& machine)
    : machine_(machine),
      symbols_(symbols_of(machine)),
      kernel_(Views::make(symbols_->views(), symbols_), symbols_),
      observation_(machine, read_probes(image_of(machine)), &kernel_, most_events) {}

}  // namespace sim::debug
