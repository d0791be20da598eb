// SPDX-License-Identifier: MIT
//
// Memory that a device reads and writes by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "kernel/base/address.hpp"

namespace devices {

struct DmaBlock {
    std::byte* memory = nullptr;  // where we see it
    base::PhysAddr physical;      // where the device does
    std::size_t size = 0;
};

// What it is for; the map of physical memory shows it.
enum class DmaUse : std::uint8_t { Rings, Packets };

class DmaMemory {
public:
    // Physically contiguous, page-aligned, contents undefined.
    virtual std::optional<DmaBlock> allocate(std::size_t size, DmaUse use) = 0;
    virtual void release(DmaBlock const& block) = 0;

protected:
    ~DmaMemory() = default;
};

}  // namespace devices
