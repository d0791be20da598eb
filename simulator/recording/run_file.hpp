// SPDX-License-Identifier: GPL-2.0-or-later
//
// The .run file: a machine's life, as what it was made of and what arrived from
// outside. Everything else follows by running it again.
//
//     offset 0   magic    89 'V' 'I' 'V' 'R' 'U' 'N' 0A
//     offset 8   u32      version of this format
//     offset 12  u32      CRC-32 of the 12 bytes before
//     then sections, each:
//                u32      tag, four letters
//                u32      length when unpacked
//                u32      length as stored (one zstd frame)
//                u32      CRC-32 of the 12 bytes before and of the stored bytes
//                ...      stored bytes
//
//     MANI  first, once     what the machine is made of (JSON; manifest.hpp says how it grows)
//     BLOB  any number      an embedded file: its SHA-256, then its bytes
//     INPT  any number      inputs in order, each with its moment
//     HASH  any number      hashes of the machine at moments in order
//     roll  any number      the trail: a small rolling hash at every input and now and then (trail.hpp)
//     page  any number      pages of RAM and disks, each content once, for the checkpoints that follow
//     over  any number      what was written to one disk, for the checkpoint that follows
//     chkp  any number      the whole machine at a moment (stored_checkpoint.hpp)
//     from  at most one     the recording that this one branched off, and where (JSON; parent.hpp)
//     book  any number      a bookmark: a named moment, and what to look at there (JSON)
//     view  any number      how it was looked at (JSON of the visualizer's own); the last one counts
//     ENDS  last, once      the last moment, why it ended, the last hash
//
// Fixed-width numbers are little-endian. A tag that begins with a lower-case
// letter may be skipped by a reader that does not know it (pages, an index,
// notes); any other unknown tag may not. A file without ENDS is incomplete: its
// writer died. All that the sections say is checked against the limits below
// before memory is asked for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/machine/checkpoint.hpp"
#include "simulator/machine/config.hpp"
#include "simulator/machine/input.hpp"
#include "simulator/machine/moment.hpp"
#include "simulator/recording/trail.hpp"

namespace sim::recording {

constexpr std::string_view magic{"\x89VIVRUN\n", 8};
constexpr std::uint32_t format_version = 1;
// Raised when the same image and inputs lead to another life, because a device
// or the processor was changed. Recordings of another version are not run.
constexpr std::uint32_t engine_version = 14;

constexpr std::uint32_t tag(char const (&letters)[5]) {
    return std::uint32_t{static_cast<std::uint8_t>(letters[0])} |
           std::uint32_t{static_cast<std::uint8_t>(letters[1])} << 8 |
           std::uint32_t{static_cast<std::uint8_t>(letters[2])} << 16 |
           std::uint32_t{static_cast<std::uint8_t>(letters[3])} << 24;
}
constexpr std::uint32_t tag_manifest = tag("MANI");
constexpr std::uint32_t tag_blob = tag("BLOB");
constexpr std::uint32_t tag_inputs = tag("INPT");
constexpr std::uint32_t tag_hashes = tag("HASH");
constexpr std::uint32_t tag_trail = tag("roll");
constexpr std::uint32_t tag_pages = tag("page");
constexpr std::uint32_t tag_overlay = tag("over");
constexpr std::uint32_t tag_checkpoint = tag("chkp");
constexpr std::uint32_t tag_parent = tag("from");
constexpr std::uint32_t tag_bookmark = tag("book");
constexpr std::uint32_t tag_view = tag("view");
constexpr std::uint32_t tag_end = tag("ENDS");

// Limits, for both directions.
constexpr std::uint64_t max_manifest_bytes = 64 << 10;
constexpr std::uint64_t max_blob_bytes = 256 << 20;
constexpr std::uint64_t max_batch_bytes = 4 << 20;        // of one INPT or HASH section, unpacked
constexpr std::uint64_t max_input_bytes = 128 << 10;      // of one input
constexpr std::uint64_t max_checkpoint_bytes = 16 << 20;  // of one chkp or over section, unpacked
constexpr std::uint64_t max_unpacked_bytes = 1u << 30;    // of the whole file, in memory (budget.hpp)
constexpr std::uint64_t max_name_bytes = 4096;
constexpr std::uint64_t max_bookmark_bytes = 64 << 10;
constexpr std::size_t max_bookmarks = 1000;
constexpr std::uint64_t max_view_bytes = 64 << 10;
constexpr std::uint64_t max_hash_parts = 4096;
constexpr std::size_t max_stored_pages = 65'536;     // contents: 256 MiB
constexpr std::size_t max_stored_places = 1u << 20;  // of one checkpoint's RAM, or what one disk brings
constexpr std::size_t max_stored_checkpoints = 4096;
constexpr std::size_t max_part_bytes = 8 << 20;
constexpr std::uint32_t max_overlay_pages = 2u << 20;  // of a disk of 4 GiB: what is read, what is durable

// The machine's hash at one moment, part by part.
struct HashPoint {
    machine::Moment at;
    machine::MachineHash hash;
};

// A page in its place: index in RAM or on a disk, and number of its content in
// Recording::pages.
struct StoredPage {
    std::uint32_t index = 0, content = 0;
};

// What was written to a disk, in its cache and durably, since the checkpoint
// before, or (`whole`) at all.
struct StoredOverlay {
    std::string device;
    std::uint32_t pages = 0;  // of the overlay: twice the disk's (devices/disk.hpp)
    bool whole = true;
    std::vector<StoredPage> written;  // in order of their places
};

// The whole machine at a moment. RAM is what differs from how it is filled at
// power-on.
struct StoredCheckpoint {
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    std::vector<machine::Checkpoint::Part> parts;
    std::uint64_t base_hash = 0;  // of RAM at power-on
    std::vector<StoredPage> pages;
    std::vector<StoredOverlay> overlays;
};

// How the recorded life ended.
enum class Ending : std::uint8_t {
    exited = 0,    // the guest ended with `status`
    shutdown = 1,  // triple fault
    halted = 2,    // nothing could wake it again
    stopped = 3,   // the recording was stopped, the guest lived on
};

struct End {
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    Ending ending = Ending::stopped;
    std::uint32_t status = 0;
    std::uint64_t inputs = 0;  // how many there must be
    machine::MachineHash hash;
};

// A moment worth going to, and what to look at there. Written as
// bookmark:NAME wherever a moment is asked for.
struct Bookmark {
    std::string name;
    machine::Moment at;
    std::string text;                      // what is to be seen, for people
    std::string view;                      // the view that shows it; may be empty
    std::optional<std::uint64_t> address;  // what that view selects

    friend bool operator==(Bookmark const&, Bookmark const&) = default;
};

// Where a life comes from that is a branch of another one. The parent is known by
// what both have in common: a SHA-256 over the machine and the inputs until then.
struct Parent {
    std::string kind;         // "fork": another future of one life; "retry": the same inputs, another image
    std::string name;         // of the parent's file or branch, for people
    machine::Moment at;       // of a fork: until here both are one life; of a retry: the parent's end
    std::string past_sha256;  // parent.hpp

    friend bool operator==(Parent const&, Parent const&) = default;
};
constexpr std::uint64_t max_parent_bytes = 64 << 10;

struct Recording {
    std::uint32_t engine = engine_version;
    // Fields of the manifest that this program does not know: a newer one wrote
    // the file, and its machine cannot be built here (see manifest.hpp).
    std::vector<std::string> unknown_fields;
    // Blobs carry names and SHA-256; bytes only when embedded.
    machine::MachineConfig config;
    std::vector<machine::Input> inputs;
    std::vector<HashPoint> hashes;
    std::vector<TrailPoint> trail;
    // Optional: what the file can be looked at by where it cannot be run.
    std::vector<machine::PagePtr> pages;
    std::vector<StoredCheckpoint> checkpoints;
    std::vector<Bookmark> bookmarks;
    std::optional<Parent> parent;
    std::string view;  // JSON text, or empty
    End end;
    bool complete = true;  // false: salvaged, `end` was made up from the last whole section
};

// The file is not what it should be, or cannot be read or written: one line
// that names it, the cause and the next step. Wrong input, not a defect of ours.
class RunFileError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string to_string(Ending);

// How much a section may hold when it is unpacked.
constexpr std::uint64_t section_limit(std::uint32_t tag) {
    switch (tag) {
        case tag_manifest:
            return max_manifest_bytes;
        case tag_blob:
            return max_blob_bytes + 128;
        case tag_bookmark:
            return max_bookmark_bytes;
        case tag_parent:
            return max_parent_bytes;
        case tag_view:
            return max_view_bytes;
        case tag_overlay:
        case tag_checkpoint:
            return max_checkpoint_bytes;
        default:
            return max_batch_bytes;
    }
}

}  // namespace sim::recording
