// SPDX-License-Identifier: GPL-2.0-or-later
//
// What stands inside the sections of a .run file (the manifest: manifest.hpp).
// Both directions of each section side by side. Decoding throws DecodeError and trusts nothing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "simulator/recording/codec.hpp"
#include "simulator/recording/packed.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::recording {

// A section as it stands in the file: its head, then `plain`, packed.
std::vector<std::uint8_t> encode_section(std::uint32_t tag, std::span<std::uint8_t const> plain,
                                         int level = small);

// book.
std::string encode_bookmark(Bookmark const&);
Bookmark decode_bookmark(std::string_view text);

// from.
std::string encode_parent(Parent const&);
Parent decode_parent(std::string_view text);

// INPT: inputs as differences from the one before, across sections.
class InputCodec {
public:
    void encode(machine::Input const&, Encoder&);
    machine::Input decode(Decoder&);

private:
    std::uint64_t number_of_target(std::string const&);

    machine::Moment last_;
    std::uint64_t last_ns_ = 0;
    std::vector<std::string> targets_;  // in order of first use
};

// HASH, and the hash in ENDS.
class HashCodec {
public:
    void encode(HashPoint const&, Encoder&);
    HashPoint decode(Decoder&);

private:
    machine::Moment last_;
    std::vector<std::string> names_;  // of the parts, as they were last time
};

// roll.
class TrailCodec {
public:
    void encode(TrailPoint const&, Encoder&);
    // Of a point before an input only the hash is stored: `inputs` says when it was.
    TrailPoint decode(Decoder&, std::vector<machine::Input> const& inputs);

private:
    machine::Moment last_;
    std::uint64_t last_ns_ = 0;
    std::size_t input_ = 0;
};

// page: contents one after the other, 4,096 bytes each.
void decode_pages(Decoder&, std::vector<machine::PagePtr>& into);

// over.
void encode_overlay(StoredOverlay const&, Encoder&);
StoredOverlay decode_overlay(Decoder&, std::size_t known_pages);

// chkp, without its overlays.
void encode_checkpoint(StoredCheckpoint const&, Encoder&);
StoredCheckpoint decode_checkpoint(Decoder&, std::size_t known_pages);

void encode_end(End const&, Encoder&);
End decode_end(Decoder&);

}  // namespace sim::recording
