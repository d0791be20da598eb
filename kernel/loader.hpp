// SPDX-License-Identifier: MIT
//
// From whichever loader started us to one BootInfo.
#pragma once

#include "kernel/base/address.hpp"
#include "kernel/boot_info.hpp"

namespace kernel {

// Reads what the loader left, through the direct map of boot.S (the first GiB). `eax` is
// what it left in that register: a multiboot2 loader says so there, otherwise it is a PVH
// loader. Panics when the tables are not what the specification says.
void read_boot_information(std::uint32_t eax, base::PhysAddr information, BootInfo& info);

}  // namespace kernel
