// SPDX-License-Identifier: MIT
//
// Where the kernel's own image is mapped, and with which rights.
#pragma once

#include "kernel/memory/paging.hpp"

namespace memory {

// Maps the image's three parts at the top of the address space. Boot only: the
// tables are still being built. Panics when there is no memory for them.
void map_image(PageTables&);

}  // namespace memory
