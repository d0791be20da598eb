// SPDX-License-Identifier: MIT
//
// The disks of this machine, for threads: a call returns when the disk has
// answered, or has not for half a minute. Then, or when it breaks its
// contract, the disk is given up, and every call fails from then on.
#pragma once

#include "kernel/devices/virtio_block.hpp"
#include "kernel/fs/block_device.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/semaphore.hpp"

namespace platform {

constexpr unsigned most_disks = 8;

class Disk final : public fs::BlockDevice {
public:
    // Blocks of 4 KiB. A last one that is not whole can be read, with zeros behind its end,
    // and not written.
    std::uint64_t blocks() const override;
    bool read_only() const override;
    base::Result<void, fs::Error> read(std::uint64_t number, fs::BlockBytes into) override;
    base::Result<void, fs::Error> write(std::uint64_t number, fs::ConstBlockBytes from) override;
    base::Result<void, fs::Error> flush() override;

    devices::VirtioBlock::Statistics const& statistics() const { return card_->statistics(); }

    Disk() = default;
    Disk(Disk const&) = delete;
    Disk& operator=(Disk const&) = delete;

private:
    friend Disk* disk(unsigned n);
    using Kind = devices::VirtioBlock::Kind;
    std::size_t size_of(std::uint64_t number) const;
    bool start(devices::VirtioTransport& transport);
    base::Result<void, fs::Error> run(std::uint16_t request, Kind kind, std::uint64_t number);

    devices::VirtioBlock* card_ = nullptr;
    threads::Mutex lock_{"disk"};
    threads::Event answered_;
};

// The n-th disk, from 0; null when there is none that works, which the log explains if
// there is one at all. Sets it up at the first call. For one thread at a time.
Disk* disk(unsigned n);

}  // namespace platform
