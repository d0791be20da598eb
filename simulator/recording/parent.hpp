// SPDX-License-Identifier: GPL-2.0-or-later
//
// Recordings that come from one another. A branch is a recording of its own,
// whole and runnable without its parent; it only says where it comes from:
// Recording::parent. What both have in common is named by its SHA-256, so that
// the relation can be checked, whatever the files are called by now.
#pragma once

#include <filesystem>

#include "simulator/machine/machine.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::recording {

// Of a machine and of what it was given before `until`.
std::string past_sha256(machine::MachineConfig const&, std::vector<machine::Input> const&,
                        machine::Moment until);

// What a branch of this life from `at` on would say of it.
Parent parent_of(std::string kind, std::string name, machine::MachineConfig const&,
                 std::vector<machine::Input> const&, machine::Moment at);

// Whether `child` says that it comes from this one, and is right.
bool comes_from(Recording const& child, Recording const& possible_parent);

// The moment until which two recordings of one machine are one life: the first
// input that differs, or the end of the shorter one. None: they are different
// machines, and have no past in common.
std::optional<machine::Moment> common_past(Recording const& one, Recording const& other);

// Writes the life that this machine has lived so far, as its log has it, as a
// recording. Moves the machine to the furthest moment. `embed` puts the image
// inside; else it is kept in the cache. Throws what Recorder throws.
void save_life(std::filesystem::path const& path, machine::Machine&, std::optional<Parent> const&,
               bool embed = false);

}  // namespace sim::recording
