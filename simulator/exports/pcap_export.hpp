// SPDX-License-Identifier: GPL-2.0-or-later
//
// Packets as pcapng, each with a comment: its moment, for `viv open FILE@...`,
// its number as an event, and the thread that ran.
#pragma once

#include <filesystem>
#include <string>

#include "simulator/debug/event_index.hpp"
#include "simulator/links/pcapng.hpp"

namespace sim::exports {

class PcapExport {
public:
    // `epoch_ns`: the guest's clock at moment 0, since 1970. Throws what
    // links::PcapngFile throws.
    PcapExport(std::filesystem::path const&, std::uint64_t epoch_ns);
    void event(debug::Event const&, std::uint64_t number, debug::EventView const&);
    std::uint64_t packets() const { return packets_; }

private:
    links::PcapngFile file_;
    std::uint64_t epoch_ns_;
    std::uint64_t thread_ = 0;
    std::uint64_t packets_ = 0;
};

}  // namespace sim::exports
