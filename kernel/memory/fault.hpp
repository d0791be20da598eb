// SPDX-License-Identifier: MIT
//
// Page faults that are no mistakes: the first touch of a page of a lazy region.
#pragma once

#include "kernel/memory/memory.hpp"

namespace memory {

// Installs the page-fault handler: it fills lazy regions, and leaves every other
// fault to the panic.
void init_faults();

// The address lies in a lazy region. A page that is not there yet comes to be at the first
// touch, if there is memory for it.
bool in_lazy_region(base::VirtAddr address);

}  // namespace memory
