// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine with all that is known of its image, listening from the moment at
// which it stands: what a question, a comparison or a retry looks at when there is
// no Session.
#pragma once

#include <memory>
#include <span>

#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/symbols.hpp"

namespace sim::debug {

// The bytes of the machine's kernel; empty: it is not known.
std::span<std::uint8_t const> image_of(machine::Machine const&);
std::shared_ptr<Symbols const> symbols_of(machine::Machine const&);

class StudiedLife {
public:
    // The machine must outlive this.
    explicit StudiedLife(machine::Machine&);
    StudiedLife(StudiedLife const&) = delete;
    StudiedLife& operator=(StudiedLife const&) = delete;
    machine::Machine& machine() { return machine_; }
    Observation& observation() { return observation_; }
    KernelReader& kernel() { return kernel_; }
    std::shared_ptr<Symbols const> const& symbols() const { return symbols_; }

private:
    machine::Machine& machine_;
    std::shared_ptr<Symbols const> symbols_;
    KernelReader kernel_;
    Observation observation_;
};

}  // namespace sim::debug
