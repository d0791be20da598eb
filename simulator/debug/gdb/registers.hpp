// SPDX-License-Identifier: GPL-2.0-or-later
//
// gdb's view of the processor: which registers there are, in which order, how
// wide, and where each stands in engine::CpuState. The target description that
// gdb reads is made from the same table. [gdb-doc §G.5 i386 Features]
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::debug::gdb {

// The registers of one thread. Of a thread that does not run only some are known.
struct Registers {
    engine::CpuState cpu;
    std::optional<std::uint64_t> cr8;  // the local APIC's task priority
    bool all = true;
    // When not all: these general registers and RIP; control registers are the processor's.
    std::uint16_t known_gpr = 0;  // bit n: Gpr n
};

unsigned register_count();
constexpr unsigned number_of_rbp = 6, number_of_rsp = 7, number_of_rip = 16;

// Little-endian bytes as wide as the description says; none when there is no such register.
// Of a register whose value is not known `known` is false.
struct RegisterBytes {
    std::vector<std::uint8_t> bytes;
    bool known = true;
};
std::optional<RegisterBytes> read_register(Registers const&, unsigned number);
// For conditions: the low 64 bits. None when there is no such register, or its value is not known.
std::optional<std::uint64_t> register_value(Registers const&, unsigned number);
// "rip"; empty when there is none such.
std::string register_name(unsigned number);

// The document target.xml.
std::string const& target_description();

}  // namespace sim::debug::gdb
