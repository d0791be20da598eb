// SPDX-License-Identifier: MIT
//
// A disk that is a file of the host.
#pragma once

#include <string>

#include "kernel/fs/block_device.hpp"

namespace fs {

class FileDevice final : public BlockDevice {
public:
    // Throws std::runtime_error: one line with the cause.
    FileDevice(std::string const& path, bool writable);
    ~FileDevice();
    FileDevice(FileDevice const&) = delete;
    FileDevice& operator=(FileDevice const&) = delete;

    std::uint64_t blocks() const override { return blocks_; }
    bool read_only() const override { return !writable_; }
    base::Result<void, Error> read(std::uint64_t number, BlockBytes into) override;
    base::Result<void, Error> write(std::uint64_t number, ConstBlockBytes from) override;
    base::Result<void, Error> flush() override;

private:
    int file_ = -1;
    bool writable_;
    std::uint64_t size_ = 0, blocks_ = 0;
};

}  // namespace fs
