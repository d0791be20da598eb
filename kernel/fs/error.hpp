// SPDX-License-Identifier: MIT
//
// How something with files can fail.
#pragma once

#include <cstdint>

namespace fs {

enum class Error : std::uint8_t {
    io,             // the device could not
    read_only,      // the device or this kind of file system may not be written
    no_space,       // no free block or inode, or a file of too many pieces
    not_found,      // there is no such name
    exists,         // the name is taken
    not_directory,  // a file where a directory was wanted
    is_directory,   // a directory where a file was wanted
    not_empty,      // a directory that still has names
    bad_name,       // empty, too long, "." or "..", or with a slash
    not_ours,       // another kind of file system, or another version
    corrupt,        // what is on the disk cannot be
    no_memory,      // all places of the cache are in use
};

char const* name(Error error);

}  // namespace fs
