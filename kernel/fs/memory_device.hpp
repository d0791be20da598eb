// SPDX-License-Identifier: MIT
//
// A disk in memory, for tests and tools: it can fail, and it keeps a list of what
// was done to it, from which a disk after a power cut can be made.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernel/fs/block_device.hpp"

namespace fs {

class MemoryDevice final : public BlockDevice {
public:
    using Bytes = std::vector<std::byte>;
    struct Step {
        bool barrier = false;
        std::uint64_t number = 0;
        Bytes content;
    };

    explicit MemoryDevice(std::uint64_t blocks) : bytes_(blocks * block_size) {}
    explicit MemoryDevice(Bytes bytes) : bytes_(std::move(bytes)) {}

    std::uint64_t blocks() const override { return (bytes_.size() + block_size - 1) / block_size; }
    bool read_only() const override { return protect; }
    base::Result<void, Error> read(std::uint64_t number, BlockBytes into) override {
        if (number >= blocks() || fails()) return base::fail(Error::io);
        std::size_t const size = std::min(block_size, bytes_.size() - number * block_size);
        std::memset(into.data(), 0, block_size);
        std::memcpy(into.data(), bytes_.data() + number * block_size, size);
        return {};
    }
    base::Result<void, Error> write(std::uint64_t number, ConstBlockBytes from) override {
        if (number >= blocks() || fails() || change_fails()) return base::fail(Error::io);
        if (protect) return base::fail(Error::read_only);
        if (number >= bytes_.size() / block_size) return base::fail(Error::io);
        std::memcpy(bytes_.data() + number * block_size, from.data(), block_size);
        if (noting) steps.push_back({false, number, Bytes(from.begin(), from.end())});
        return {};
    }
    base::Result<void, Error> flush() override {
        if (fails() || change_fails()) return base::fail(Error::io);
        if (noting) steps.push_back({true, 0, {}});
        return {};
    }

    Bytes& bytes() { return bytes_; }
    bool protect = false;  // against writing
    bool noting = false;
    std::vector<Step> steps;
    std::uint64_t fail_in = 0;         // the n-th request from now on fails, and all after it; 0: none
    std::uint64_t fail_change_in = 0;  // the n-th write or flush from now on fails, and only it

private:
    bool fails() {
        if (fail_in > 1)
            --fail_in;
        else if (fail_in == 1)
            return true;
        return false;
    }
    bool change_fails() { return fail_change_in > 0 && --fail_change_in == 0; }
    Bytes bytes_;
};

}  // namespace fs
