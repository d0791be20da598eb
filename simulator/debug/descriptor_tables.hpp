// SPDX-License-Identifier: GPL-2.0-or-later
//
// What GDTR, IDTR and TR lead to: segment descriptors, the task state with its stacks,
// and a gate for each vector, as the processor would read them at this moment. Our own
// reading of [sdm-3a §3.4.5, §6.11, §6.14, §7.7]; it needs only registers and memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/debug/registers.hpp"
#include "simulator/engine/cpu.hpp"

namespace sim::debug {

// As many bytes as are mapped from a virtual address on.
using MappedReader = std::function<std::size_t(std::uint64_t address, std::span<std::uint8_t> into)>;

// One entry of the GDT that is not all zero; a system segment of long mode takes two.
struct SegmentDescriptor {
    unsigned index = 0;
    std::uint64_t raw = 0, raw_high = 0;  // the second eight bytes of a wide one
    bool wide = false;
    bool present = false;
    std::uint64_t base = 0, limit = 0;  // the limit in bytes
    unsigned privilege = 0;             // DPL
    std::string type;                   // "code, readable, accessed"
    std::vector<DecodedField> fields;   // of bits 40 to 55
    std::string used_by;                // "SS DS ES": registers that were loaded from here

    std::uint16_t selector() const { return static_cast<std::uint16_t>(index * 8); }
};

// Of long mode. [sdm-3a §7.7]
struct TaskState {
    std::uint64_t address = 0;
    std::uint64_t rsp[3]{};  // the stack that each ring enters with
    std::uint64_t ist[7]{};  // [0] is IST1
    std::uint16_t io_map = 0;
};

// What happens at a vector.
struct Gate {
    std::uint8_t vector = 0;
    bool present = false;
    std::uint16_t selector = 0;
    std::uint64_t handler = 0;
    unsigned stack = 0;      // of the interrupt stack table; 0: stays on the one in use
    unsigned privilege = 0;  // which ring INT n may come from
    unsigned type = 0;       // 14 interrupt gate, 15 trap gate

    bool is_interrupt_gate() const { return type == 14 || type == 6; }
    std::string type_name() const;
    bool operator==(Gate const&) const = default;
};

struct DescriptorTables {
    std::vector<SegmentDescriptor> segments;
    std::optional<TaskState> task;
    std::vector<Gate> gates;  // by vector; as many as IDTR's limit holds
    std::string problem;      // why there is less than the registers promise

    unsigned present_gates() const;
};

DescriptorTables descriptor_tables(engine::CpuState const&, MappedReader const&);

}  // namespace sim::debug
