// SPDX-License-Identifier: MIT
//
// A device on which one may write, and which keeps what is written in memory: the
// one below it stays as it was.
#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <vector>

#include "kernel/fs/block_device.hpp"

namespace fs {

class OverlayDevice final : public BlockDevice {
public:
    // The device below lives as long as this one.
    explicit OverlayDevice(BlockDevice& below) : below_(below) {}

    std::uint64_t blocks() const override { return below_.blocks(); }
    bool read_only() const override { return false; }
    base::Result<void, Error> read(std::uint64_t number, BlockBytes into) override {
        auto const found = written_.find(number);
        if (found == written_.end()) return below_.read(number, into);
        std::copy(found->second.begin(), found->second.end(), into.begin());
        return {};
    }
    base::Result<void, Error> write(std::uint64_t number, ConstBlockBytes from) override {
        if (number >= blocks()) return base::fail(Error::io);
        written_[number].assign(from.begin(), from.end());
        return {};
    }
    base::Result<void, Error> flush() override { return {}; }

private:
    BlockDevice& below_;
    std::unordered_map<std::uint64_t, std::vector<std::byte>> written_;
};

}  // namespace fs
