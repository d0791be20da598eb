// SPDX-License-Identifier: GPL-2.0-or-later
//
// Disks as files on the host: `--disk FILE[,readonly][,format=raw][,write-back]`.
//
// The file is read when the machine is built and never written: what the guest
// writes is part of the machine. With `write-back` the disk as the guest left it
// is written at the end of the run, to a new file beside it that then takes its
// name, so that FILE is always whole, the old or the new.
#pragma once

#include <filesystem>
#include <string>

#include "simulator/machine/machine.hpp"

namespace sim::board {

struct DiskFile {
    std::filesystem::path path;
    bool read_only = false, write_back = false;
};

// Throws std::runtime_error: one line with the cause and the next step.
DiskFile parse_disk_file(std::string const& text);

// The content of disk `index` of a machine, as it is now. Throws std::runtime_error
// when the file cannot be written; the old one is then as it was.
void write_back(machine::Machine&, unsigned index, std::filesystem::path const&);

}  // namespace sim::board
