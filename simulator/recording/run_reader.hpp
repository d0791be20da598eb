// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads a .run file. The file is not trusted: every length is checked against
// the file and the limits before it is used. What is wrong is said in one line.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "simulator/recording/run_file.hpp"

namespace sim::recording {

enum class Tolerance : std::uint8_t {
    whole,    // anything missing or damaged is an error
    salvage,  // of a file that stops too early, what came before counts
};

// For who is in a hurry.
struct Reading {
    bool trail = true;  // false: of the trail the last point is enough
    // Told the machine, with what of it is inside the file, before all else is read; may be empty.
    std::function<void(machine::MachineConfig const&)> begins{};
};

// Throws RunFileError.
Recording read_run_file(std::filesystem::path const& path, Tolerance = Tolerance::whole, Reading const& = {});

// The same from memory; `name` is for messages. More than `most` bytes of memory
// it must not need (budget.hpp).
Recording read_run_bytes(std::span<std::uint8_t const> file, std::string const& name,
                         Tolerance = Tolerance::whole, std::uint64_t most = max_unpacked_bytes, Reading const& = {});

}  // namespace sim::recording
