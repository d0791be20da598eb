// SPDX-License-Identifier: GPL-2.0-or-later
//
// The MANI section of a .run file: what the machine is made of, as JSON. What is
// stored is the list in manifest_fields.hpp; this is how it is written and read.
//
// A recording outlives the program that made it, so the list only ever grows:
//
//   absent field     its default, which means "as before the field existed"
//   default value    not written, so that older programs still read the file
//   unknown field    from a newer program: kept by name in
//                    Recording::unknown_fields. Such a recording is never run
//                    (it would be another machine); it may be looked at
//   wrong type       the file is corrupt
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/recording/run_file.hpp"

namespace sim::recording {

std::string encode_manifest(machine::MachineConfig const&);
// Fills in engine, config and unknown_fields. Throws DecodeError.
void decode_manifest(std::string_view text, Recording& into);

// Every file that goes into the machine, in the order of the list: what is kept
// in the cache, embedded, and looked for. A field of type Blob is found here by
// itself, in nested lists too.
std::vector<machine::Blob*> blobs_of(machine::MachineConfig&);
std::vector<machine::Blob const*> blobs_of(machine::MachineConfig const&);

// One line for each field in which two machines differ: "memory_bytes: 67108864
// against 33554432", "disks.0.image: SHA-256 12ab.. against 34cd..". A name that
// stands on both sides with one SHA-256 is no difference.
std::vector<std::string> manifest_differences(machine::MachineConfig const& one,
                                              machine::MachineConfig const& other);

}  // namespace sim::recording
