// SPDX-License-Identifier: GPL-2.0-or-later
//
// An instruction that may have to be taken back, while it runs. See trial.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "simulator/engine/cpu.hpp"
#include "simulator/engine/decode.hpp"

namespace sim::engine {

struct Trial {
    static constexpr unsigned checked = ~0u;  // of `structure`

    bool active = false, misaligned = false;
    unsigned structure = 0;  // what the beginning of its operand is a multiple of; 0: access by access
    struct Store {
        PhysAddr address;
        std::uint64_t size;
        std::array<std::uint8_t, 16> before;
    };
    std::vector<Store> stores;
    struct Told {
        Access access;
        PhysAddr address;
        unsigned size;
        std::uint64_t value;
    };
    std::vector<Told> told;  // for the observer, once it is known that it has happened
    struct DeviceWrite {
        PhysAddr address;
        unsigned size;
        std::uint64_t value;
    };
    std::vector<DeviceWrite> to_device;  // what a store of x87 writes, until it is known that it happens

    Instruction const* numeric = nullptr;  // it has to do with floating-point exceptions
    VirtAddr rip = 0, operand = 0;         // of that
    std::uint16_t x87_status = 0;          // and what was there before it
    std::uint8_t simd_notes = 0;
    unsigned simd_target = 0;                         // register
    std::array<std::uint8_t, 16> target{}, source{};  // what SSE works on
};

}  // namespace sim::engine
