// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pages that were written over a base that never changes: what a disk's guest
// has written to it. Copying one is cheap (pages hang in shared groups, as in a
// RamImage), so a checkpoint holds a copy and costs what changed since the last.
//
// Pages are never changed after they were put in: put() replaces. One thread
// changes an overlay; copies may be read by others.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "simulator/machine/memory.hpp"

namespace sim::machine {

class PageOverlay {
public:
    explicit PageOverlay(std::size_t pages = 0)
        : groups_((pages + RamImage::group_pages - 1) / RamImage::group_pages), pages_(pages) {}

    std::size_t pages() const { return pages_; }
    // Null: never written, the base's counts. `index` below pages().
    PagePtr page(std::size_t index) const;
    // The page's `hash` must be that of its bytes (make_page).
    void put(std::size_t index, PagePtr page);

    // How many pages have been written.
    std::size_t written() const { return written_; }
    // Of all written pages with their places.
    std::uint64_t hash() const { return hash_; }
    // Calls `see` for each written page that `earlier` does not share, in order;
    // for each written one if `earlier` is null.
    void for_each_new(PageOverlay const* earlier,
                      std::function<void(std::size_t, PagePtr const&)> const& see) const;

private:
    std::vector<std::shared_ptr<RamImage::Group const>> groups_;  // null: nothing written
    std::size_t pages_ = 0, written_ = 0;
    std::uint64_t hash_ = 0;
};

// What a device has beside its saved bytes.
struct DeviceOverlay {
    std::string device;
    PageOverlay pages;
};

// A page of these bytes, with its hash.
PagePtr make_page(std::span<std::uint8_t const, page_bytes> bytes);

}  // namespace sim::machine
