// SPDX-License-Identifier: MIT
//
// Files in directories, as one may read them, whatever kind of file system they
// are on. A node is a file or a directory; the root is one that is always there.
// Paths are text with slashes: "/a/b", "a//b/" is the same.
//
// Not locked.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/result.hpp"
#include "kernel/fs/error.hpp"

namespace fs {

using NodeNumber = std::uint32_t;

struct NodeInfo {
    bool is_directory = false;
    bool is_file = false;    // neither: a link or a device, which has no contents for us
    std::uint64_t size = 0;  // of a file, in bytes
};

class DirectoryVisitor {
public:
    // False: enough.
    virtual bool entry(std::string_view name, NodeNumber node) = 0;

protected:
    ~DirectoryVisitor() = default;
};

class Volume {
public:
    virtual NodeNumber root() const = 0;
    virtual base::Result<NodeInfo, Error> info(NodeNumber node) = 0;
    virtual base::Result<NodeNumber, Error> find(NodeNumber directory, std::string_view name) = 0;
    virtual base::Result<void, Error> list(NodeNumber directory, DirectoryVisitor& visitor) = 0;
    // Up to into.size() bytes from `offset` on; fewer at the file's end, 0 behind it.
    virtual base::Result<std::size_t, Error> read(NodeNumber file, std::uint64_t offset,
                                                  std::span<std::byte> into) = 0;

    // The node that a path leads to.
    base::Result<NodeNumber, Error> resolve(std::string_view path);

protected:
    ~Volume() = default;
};

// The first part of a path, which is taken off it; empty at the end.
std::string_view next_part(std::string_view& path);

}  // namespace fs
