// SPDX-License-Identifier: MIT
//
// Memory for devices from the kernel's frames.
#pragma once

#include "kernel/devices/dma.hpp"

namespace devices {

class FrameDma final : public DmaMemory {
public:
    std::optional<DmaBlock> allocate(std::size_t size, DmaUse use) override;
    void release(DmaBlock const& block) override;
};

}  // namespace devices
