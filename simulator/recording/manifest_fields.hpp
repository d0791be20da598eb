// SPDX-License-Identifier: GPL-2.0-or-later
//
// The list of what a recording stores of a machine: one line a field, for
// writing, reading, comparing and finding files alike. TO ADD A FIELD:
//
//   1. give it a default in MachineConfig that means "as before"
//   2. add `visit("its_name", config.its_name)` here: nothing else
//   3. a struct of its own gets a fields() of its own, below or beside it, and
//      may stand in a std::vector
//
// Types: bool, unsigned integers, enums (stored as numbers), std::string, Blob,
// structs with fields(), std::vector of all these. A bound that makes a machine
// impossible belongs into check(), because the file is not trusted. Names are
// never given a second meaning and never reused.
#pragma once

#include "simulator/machine/machine.hpp"
#include "simulator/recording/codec.hpp"

namespace sim::recording {

template <class Config, class Visitor>
requires std::same_as<std::remove_const_t<Config>, machine::DiskConfig>
void fields(Config& disk, Visitor& visit) {
    visit("blob", disk.blob);
    visit("read_only", disk.read_only);
}

template <class Config, class Visitor>
requires std::same_as<std::remove_const_t<Config>, machine::MachineConfig>
void fields(Config& config, Visitor& visit) {
    visit("image", config.image);
    visit("initrd", config.initrd);
    visit("command_line", config.command_line);
    visit("memory_bytes", config.memory_bytes);
    visit("seed", config.seed);
    visit("processors", config.processors);
    visit("quantum", config.quantum);
    visit("network", config.network);
    visit("mac", config.mac);
    visit("rtc_base", config.rtc_base);
    visit("disks", config.disks);
    visit("hpet", config.hpet);
    visit("fw_cfg", config.fw_cfg);
    visit("entropy", config.entropy);
    visit("console", config.console);
    visit("virtio", config.virtio);
    visit("test_device", config.test_device);
}

// Throws DecodeError. Everything that could make building the machine throw,
// hang or ask for unbounded memory.
inline void check(machine::MachineConfig const& config) {
    if (config.memory_bytes < (1u << 20) || config.memory_bytes > (std::uint64_t{64} << 30))
        throw DecodeError("its memory size is out of range");
    if (config.processors < 1 || config.processors > machine::Machine::most_processors)
        throw DecodeError("its number of processors is out of range");
    if (config.quantum > 1'000'000'000'000) throw DecodeError("its processors' turns are out of range");
    if (config.virtio > machine::VirtioBus::mmio_legacy) throw DecodeError("its virtio bus is unknown");
    if (config.disks.size() > machine::most_disks) throw DecodeError("it has too many disks");
}

}  // namespace sim::recording
