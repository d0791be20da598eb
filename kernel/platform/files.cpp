// SPDX-License-Identifier: MIT
#include "kernel/platform/files.hpp"

#include <algorithm>

#include "kernel/base/log.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/disk.hpp"
#include "kernel/platform/first_asked.hpp"

namespace platform {
namespace {

constinit FirstAsked<Files, most_disks> mounted;

void too_little_memory(unsigned disk) {
    base::log_warning("files: too little memory for disk {}", disk);
}

// A sixteenth of the free memory for blocks, at least what the file system needs.
std::span<fs::CachedBlock> allocate_places() {
    std::uint64_t const share =
        (memory::statistics().free_frames << base::page_shift) / 16 / sizeof(fs::CachedBlock);
    auto const count =
        static_cast<std::size_t>(std::clamp<std::uint64_t>(share, fs::FileSystem::least_places, 256));
    auto const memory = memory::allocate(count * sizeof(fs::CachedBlock));
    if (!memory) return {};
    std::span<fs::CachedBlock> const places(static_cast<fs::CachedBlock*>(memory.value()), count);
    for (fs::CachedBlock& place : places) ::new (&place) fs::CachedBlock;
    return places;
}

}  // namespace

class Files::Guard {
public:
    explicit Guard(Files& files)
        : files_(files), given_up_(files.other_ != nullptr && files.other_->held_by_me()) {
        if (given_up_) files_.other_->unlock();
        files_.lock_.lock();
    }
    ~Guard() {
        files_.lock_.unlock();
        if (given_up_) files_.other_->lock();
    }

private:
    Files& files_;
    bool const given_up_;
};

base::Result<fs::NodeInfo, fs::Error> Files::info(fs::NodeNumber node) {
    Guard guard(*this);
    return volume_->info(node);
}

base::Result<fs::NodeNumber, fs::Error> Files::find(fs::NodeNumber directory, std::string_view name) {
    Guard guard(*this);
    return volume_->find(directory, name);
}

base::Result<void, fs::Error> Files::list(fs::NodeNumber directory, fs::DirectoryVisitor& visitor) {
    Guard guard(*this);
    return volume_->list(directory, visitor);
}

base::Result<std::size_t, fs::Error> Files::read(fs::NodeNumber file, std::uint64_t offset,
                                                 std::span<std::byte> into) {
    Guard guard(*this);
    return volume_->read(file, offset, into);
}

bool Files::mount(unsigned number) {
    Disk* const device = disk(number);
    if (device == nullptr) return false;
    auto const places = allocate_places();
    auto const ours = memory::make<fs::FileSystem>(*device, places);
    if (places.empty() || !ours) {
        if (ours) memory::destroy(ours.value());
        memory::free(places.data());
        too_little_memory(number);
        return false;
    }
    auto const done = ours.value()->mount();
    if (done) {
        volume_ = own_ = ours.value();
        base::log_info("files: disk {} is mounted", number);
        return true;
    }
    memory::destroy(ours.value());
    fs::Error why = done.error();
    if (why == fs::Error::not_ours) {
        if (mount_ext2(*device, places, why)) {
            base::log_info("files: disk {} is mounted, ext2, to read", number);
            return true;
        }
    }
    memory::free(places.data());
    base::log_warning("files: disk {} is not mounted: {}", number, name(why));
    return false;
}

bool Files::mount_ext2(fs::BlockDevice& device, std::span<fs::CachedBlock> places, fs::Error& why) {
    for (fs::CachedBlock& place : places) place.valid = false;
    auto const ext2 = memory::make<fs::Ext2>(device, places);
    why = fs::Error::no_memory;
    if (!ext2) return false;
    auto const done = ext2.value()->mount();
    if (!done) {
        why = done.error();
        memory::destroy(ext2.value());
        return false;
    }
    memory::keep(ext2.value());
    volume_ = ext2.value();
    return true;
}

Files* files(unsigned disk) {
    return mounted.get(disk, [](unsigned number) -> Files* {
        auto const made = memory::make<Files>();
        if (!made) return too_little_memory(number), nullptr;
        if (made.value()->mount(number)) {
            memory::keep(made.value());
            return made.value();
        }
        memory::destroy(made.value());
        return nullptr;
    });
}

}  // namespace platform
