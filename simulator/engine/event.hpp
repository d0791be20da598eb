// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is delivered to the guest through its interrupt table.
#pragma once

#include <cstdint>
#include <optional>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

enum class EventKind : std::uint8_t { exception, external, nmi, software };

struct Event {
    EventKind kind = EventKind::exception;
    std::uint8_t vector = 0;
    std::optional<std::uint32_t> error_code{};
    VirtAddr address = 0;      // CR2 of a page fault
    VirtAddr instruction = 0;  // of software interrupts: where RIP goes back to when the gate refuses
    bool trap = false;         // comes after its instruction; all others come before one
    bool external_bit() const { return kind != EventKind::software; }
    bool is_trap() const { return trap || kind == EventKind::software; }
};

// Of a debug exception: does it come before its instruction, or after it?
enum class DebugClass : std::uint8_t { fault, trap };

// The stack of an inner ring, as the task state segment of 32 bits has it.
struct StackChange {
    std::uint16_t selector = 0;
    std::uint32_t pointer = 0;
    Segment segment;
};

}  // namespace sim::engine
