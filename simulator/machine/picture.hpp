// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine at one moment with the name of every field in it: what two machines
// are compared by when their hashes differ. Unlike a checkpoint it remembers
// names, and comparing two needs no machine: a device that loads itself wrongly
// cannot hide the difference.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/machine/memory.hpp"
#include "simulator/machine/moment.hpp"
#include "simulator/machine/page_overlay.hpp"
#include "simulator/machine/state.hpp"

namespace sim::machine {

struct Picture {
    struct Part {
        std::string name;  // "machine", "cpu0", "tlb0", "events", a device's
        std::vector<std::uint8_t> bytes;
        std::vector<StateField> fields;
    };
    Moment at;
    std::uint64_t virtual_ns = 0;
    std::vector<Part> parts;
    std::vector<DeviceOverlay> overlays;
    RamImage ram;
};

// One field, or one page's first byte, that two machines do not share.
struct Difference {
    std::string part;        // "cpu0", "net0", "ram"
    std::string field;       // "rax", "queues.0.index"; of RAM the physical address, "0x12018"
    std::string one, other;  // values as people read them; "nothing": not there
};
std::string to_string(Difference const&);  // "cpu0 rax: 0x5 against 0x6"

// In the order of the parts, RAM last, one for each page. At most `most`.
std::vector<Difference> differences(Picture const& one, Picture const& other, std::size_t most = 8);

}  // namespace sim::machine
