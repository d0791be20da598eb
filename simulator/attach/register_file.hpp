// SPDX-License-Identifier: GPL-2.0-or-later
//
// The registers of a processor as QEMU tells them: its target description says which
// there are [gdb-rsp §Target Descriptions], the monitor's "info registers" the rest:
// hidden parts of segments, descriptor tables, debug registers, HLT.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::attach {

struct RegisterPlace {
    std::string name;
    std::size_t offset = 0, length = 0;  // bytes of the server's answer
};

// `file` gives a file of the description by its name. Empty: there is none of a
// processor that we know.
std::vector<RegisterPlace> read_description(std::function<std::string(std::string_view file)> const& file);

engine::CpuState state_from(std::vector<RegisterPlace> const&, std::span<std::uint8_t const> bytes);

// What the monitor says about processor `number` is written over what is there. False:
// it says nothing of it.
bool add_from_monitor(std::string_view info_registers, unsigned number, engine::CpuState&);

}  // namespace sim::attach
