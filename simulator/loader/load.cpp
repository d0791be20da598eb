// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/loader/load.hpp"

#include "simulator/loader/linux_image.hpp"
#include "simulator/loader/multiboot.hpp"
#include "simulator/loader/pvh.hpp"

namespace sim::loader {

Entry load(machine::MachineConfig const& config, machine::PhysicalMemory& memory, std::uint64_t rsdp) {
    std::span<std::uint8_t const> const file = *config.image.bytes;
    if (is_linux_image(file)) return load_linux(config, memory, rsdp);
    if (is_elf(file)) {
        // With both headers PVH wins: it hands over the ACPI root.
        bool const multiboot = is_multiboot_image(file);
        if (!multiboot || read_elf(config.image.name, file).pvh_entry) return load_pvh(config, memory, rsdp);
    }
    if (is_multiboot_image(file)) return load_multiboot(config, memory);
    throw LoadError(
        config.image.name +
        ": this is no kernel image that can be booted\n"
        "     Cause  Known are ELF files with a PVH note, Linux bzImages and multiboot 1 images.\n"
        "     Next   Name one, such as build/dev/images/hello.elf or a vmlinuz; "
        "./viv build makes ours.");
}

}  // namespace sim::loader
