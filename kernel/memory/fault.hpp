// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/memory/memory.hpp"

namespace memory {

// Installs the page-fault handler: it fills lazy regions, and leaves every other
// fault to the panic.
void init_faults();

}  // namespace memory
