// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a machine is made of. Together with the inputs it determines everything
// that happens, so a recording stores exactly this.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sim::machine {

// A file that goes into the machine, named by its content.
struct Blob {
    std::string name;    // as the user wrote it, for messages
    std::string sha256;  // 64 lower-case hexadecimal digits; may be empty where nobody records
    std::shared_ptr<std::vector<std::uint8_t> const> bytes;

    bool present() const { return bytes != nullptr; }
};

// A disk on virtio-blk. What the guest writes stays in the machine; the blob is
// never changed.
struct DiskConfig {
    Blob blob{};
    bool read_only = false;
};

constexpr unsigned most_disks = 4;

// How the guest reaches its virtio devices. [virtio-1.2 §4.1, §4.2]
enum class VirtioBus : std::uint8_t {
    pci = 0,           // version 1 only
    transitional = 1,  // on PCI, with the registers from before version 1, too
    mmio = 2,
    mmio_legacy = 3,  // from before version 1 only
};

struct MachineConfig {
    Blob image{};   // a kernel in one of the formats of loader/load.hpp
    Blob initrd{};  // handed over as the one module, if present
    std::string command_line{};
    std::uint64_t memory_bytes = 64ull << 20;
    std::uint64_t seed = 1;  // fills RAM outside the loaded segments; nothing else is random
    unsigned processors = 1;
    std::uint64_t quantum = 10'000;          // instructions of a processor's turn, when there are several
    bool network = true;                     // a virtio-net device at 00:02.0
    std::uint64_t mac = 0x5254'0012'3456;    // its address, as one writes it: 52:54:00:12:34:56
    std::uint64_t rtc_base = 1'767'225'600;  // seconds since 1970 at moment 0: 2026-01-01 00:00:00 UTC
    std::vector<DiskConfig> disks{};         // "disk0" and so on; at most most_disks
    bool hpet = true;                        // a high precision event timer, and its ACPI table
    bool fw_cfg = true;                      // QEMU's firmware configuration ports
    bool entropy = true;                     // a virtio-rng device, "rng0"
    bool console = false;                    // a virtio-console device, "console0", beside the UART
    VirtioBus virtio = VirtioBus::pci;
    bool test_device = false;  // QEMU's pc-testdev, for tests of the machine by others
};

}  // namespace sim::machine
