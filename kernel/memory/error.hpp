// SPDX-License-Identifier: MIT
//
// Why a function of this folder could not do what it was asked for.
#pragma once

#include <cstdint>

namespace memory {

enum class MemoryError : std::uint8_t {
    out_of_memory,     // no free block of that size
    out_of_addresses,  // no room in this part of the address space
    misaligned,        // an address or a size that is no multiple of the page
    already_mapped,    // the page, or a larger one around it
    not_mapped,
    not_canonical,
    no_such_memory,  // a physical address beyond those of the processor
    too_large,
    sealed,  // the kernel's text and constants, and what may be executed, are final
};

}  // namespace memory
