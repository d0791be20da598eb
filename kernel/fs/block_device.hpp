// SPDX-License-Identifier: MIT
//
// What a file system stands on: numbered blocks that can be read, written and
// made to stay. A disk of the machine, a file on the host, or memory in a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/result.hpp"
#include "kernel/fs/error.hpp"

namespace fs {

constexpr std::size_t block_size = 4096;
using BlockBytes = std::span<std::byte, block_size>;
using ConstBlockBytes = std::span<std::byte const, block_size>;

class BlockDevice {
public:
    virtual std::uint64_t blocks() const = 0;
    virtual bool read_only() const = 0;

    // A number past the end is Error::io, as whatever the device cannot do. A last block
    // that is not whole reads as if zeros followed, and cannot be written: Error::io.
    virtual base::Result<void, Error> read(std::uint64_t number, BlockBytes into) = 0;
    // It may stay in the device's own cache, and what several writes leave behind may
    // reach the medium in any order: only flush() orders them.
    virtual base::Result<void, Error> write(std::uint64_t number, ConstBlockBytes from) = 0;
    // A barrier: what was written before is on the medium when it returns.
    virtual base::Result<void, Error> flush() = 0;

protected:
    ~BlockDevice() = default;
};

}  // namespace fs
