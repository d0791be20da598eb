// SPDX-License-Identifier: MIT
//
// What a multiboot2 loader (GRUB, started by BIOS or UEFI) hands over: a list of
// tags, each with its type and size. [multiboot2 §3.6]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/boot_info.hpp"

namespace kernel::multiboot2 {

constexpr std::uint32_t in_eax = 0x36d7'6289;  // what the loader leaves in EAX

// The fixed part in front of the tags.
struct Information {
    std::uint32_t size;  // of all, this part too
    std::uint32_t reserved;
};
static_assert(sizeof(Information) == 8);

// Takes from the tags what the kernel wants. Null, or what is wrong with them. ACPI's
// root pointer is in there as a copy: info.rsdp_copy.
[[nodiscard]] char const* read_tags(std::span<std::byte const> information, BootInfo& info);

}  // namespace kernel::multiboot2
