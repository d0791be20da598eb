// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest's RAM, and pictures of it. RAM lies at 0 up to the device hole at
// 0xC000'0000; what does not fit there continues at 4 GiB.
//
// A picture (RamImage) is every page at one moment, as shared immutable copies:
// taking the next one copies only the pages written since. It is what makes
// checkpoints cheap, the hash of all RAM cheap, and lets another thread look at
// pages while the machine runs on.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::machine {

using PhysAddr = std::uint64_t;
using PageNumber = std::uint64_t;  // physical address / 4096

constexpr std::size_t page_bytes = 4096;
constexpr PhysAddr hole_start = 0xC000'0000;
constexpr PhysAddr hole_end = 0x1'0000'0000;

// A page's content, never changed after it was made.
struct Page {
    alignas(64) std::array<std::uint8_t, page_bytes> bytes;
    std::uint64_t hash = 0;  // of the bytes
};
using PagePtr = std::shared_ptr<Page const>;

// All of RAM at one moment. Copying is cheap: pages hang in shared groups.
class RamImage {
public:
    static constexpr std::size_t group_pages = 512;
    using Group = std::array<PagePtr, group_pages>;

    std::size_t pages() const { return pages_; }
    // By index in RAM, which is the page number below the hole (see PhysicalMemory::index_of).
    PagePtr const& page(std::size_t index) const {
        return (*groups_[index / group_pages])[index % group_pages];
    }
    // Whether the group that begins at this index is one object in both.
    bool shares_group(RamImage const& other, std::size_t index) const {
        return groups_[index / group_pages] == other.groups_[index / group_pages];
    }
    // Of all pages with their places.
    std::uint64_t hash() const { return hash_; }

    // This picture with other pages in some places (index below pages(), and the
    // page with its hash). Shares them, and all groups that have none of them.
    struct Place {
        std::size_t index = 0;
        PagePtr page;
    };
    RamImage with(std::span<Place const>) const;

private:
    friend class PhysicalMemory;
    std::vector<std::shared_ptr<Group const>> groups_;
    std::size_t pages_ = 0;
    std::uint64_t hash_ = 0;
};

class PhysicalMemory {
public:
    // `bytes` is rounded up to whole pages. Filled with a pattern made from `seed`.
    PhysicalMemory(std::uint64_t bytes, std::uint64_t seed);
    ~PhysicalMemory();
    PhysicalMemory(PhysicalMemory const&) = delete;
    PhysicalMemory& operator=(PhysicalMemory const&) = delete;

    std::uint64_t size() const { return size_; }
    std::size_t pages() const { return size_ / page_bytes; }
    std::vector<engine::RamRegion> const& regions() const { return regions_; }

    // The bytes at a physical address; empty unless all `length` of them are RAM.
    std::span<std::uint8_t> at(PhysAddr, std::uint64_t length);
    std::span<std::uint8_t const> at(PhysAddr, std::uint64_t length) const;

    bool read(PhysAddr, std::span<std::uint8_t> into) const;
    // Marks the pages. Does not tell the processor: once there is one, devices
    // and people write through the Machine.
    bool write(PhysAddr, std::span<std::uint8_t const> from);

    // Pages counted without the hole. `pages()` if the page number is no RAM.
    std::size_t index_of(PageNumber) const;
    PageNumber number_of(std::size_t index) const;

    // Pages written since the last picture, from whoever knows (the processor's
    // dirty pages). Must be complete, or pictures are wrong.
    void mark_written(PageNumber);
    // The picture of now.
    RamImage const& capture();
    // A page as it is now, sharing the copy with the picture when it can.
    PagePtr page(PageNumber);
    // Puts a picture back. `changed` is called for each page that differed.
    void restore(RamImage const&, std::function<void(PageNumber)> const& changed);

private:
    void refresh(std::size_t index);

    std::uint64_t size_ = 0;
    std::uint8_t* host_ = nullptr;
    std::vector<engine::RamRegion> regions_;
    RamImage current_;
    std::vector<bool> written_;
    std::vector<std::size_t> written_list_;
};

}  // namespace sim::machine
