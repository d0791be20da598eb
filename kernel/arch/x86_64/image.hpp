// SPDX-License-Identifier: MIT
//
// The borders that the linker script draws (kernel.ld). Only the addresses of
// these symbols mean anything.
#pragma once

#include "kernel/base/address.hpp"

extern "C" {
extern char image_start[], boot_end[], image_end[];  // physical
extern char text_start[], text_end[], rodata_start[], rodata_end[], data_start[], data_end[];
extern char constructors_start[], constructors_end[];
extern char policies_start[], policies_end[];
extern char symbol_table_start[], symbol_table_end[];
extern char first_stack_guard[], first_stack_end[];
}

namespace arch {

// Where the kernel runs, less where it was loaded.
constexpr std::uint64_t kernel_offset = 0xffff'ffff'8000'0000;
// All physical memory is seen from here on: the direct map.
constexpr std::uint64_t direct_map_offset = 0xffff'8000'0000'0000;

// Constructors of global objects, once, at boot.
void run_constructors();

}  // namespace arch
