// SPDX-License-Identifier: MIT
//
// The files of a disk, for threads: the file system that is on it, our own or
// ext2 to read, behind one lock. Calls wait for the disk.
#pragma once

#include "kernel/fs/ext2.hpp"
#include "kernel/fs/file_system.hpp"
#include "kernel/threads/mutex.hpp"

namespace platform {

class Files final : public fs::Volume {
public:
    fs::NodeNumber root() const override { return volume_->root(); }
    base::Result<fs::NodeInfo, fs::Error> info(fs::NodeNumber node) override;
    base::Result<fs::NodeNumber, fs::Error> find(fs::NodeNumber directory, std::string_view name) override;
    // The visitor must not call back.
    base::Result<void, fs::Error> list(fs::NodeNumber directory, fs::DirectoryVisitor& visitor) override;
    base::Result<std::size_t, fs::Error> read(fs::NodeNumber file, std::uint64_t offset,
                                              std::span<std::byte> into) override;

    // A lock that its holder gives up while it waits for this disk.
    void wait_without(threads::Mutex& other) { other_ = &other; }

    // What changes files is called on the file system itself, with the lock held. Null:
    // this kind may only be read.
    threads::Mutex& lock() { return lock_; }
    fs::FileSystem* own() { return own_; }

    Files() = default;
    Files(Files const&) = delete;
    Files& operator=(Files const&) = delete;

private:
    class Guard;
    friend Files* files(unsigned disk);
    bool mount(unsigned disk);
    bool mount_ext2(fs::BlockDevice& device, std::span<fs::CachedBlock> places, fs::Error& why);

    threads::Mutex lock_{"files"};
    threads::Mutex* other_ = nullptr;
    fs::Volume* volume_ = nullptr;
    fs::FileSystem* own_ = nullptr;
};

// The files of the n-th disk; null when there is no disk, or no file system that we know
// on it, which the log explains. Mounts it at the first call. For one thread at a time.
Files* files(unsigned disk);

}  // namespace platform
