// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/page_overlay.hpp"

#include <algorithm>

#include "simulator/machine/hash.hpp"

namespace sim::machine {
namespace {

// As in RamImage: shares are added, so that one page replaces another's alone.
std::uint64_t share(std::size_t index, Page const& page) { return scramble(page.hash ^ scramble(index)); }

}  // namespace

PagePtr make_page(std::span<std::uint8_t const, page_bytes> bytes) {
    auto page = std::make_shared<Page>();
    std::copy(bytes.begin(), bytes.end(), page->bytes.begin());
    page->hash = hash_bytes(page->bytes);
    return page;
}

PagePtr PageOverlay::page(std::size_t index) const {
    auto const& group = groups_[index / RamImage::group_pages];
    return group ? (*group)[index % RamImage::group_pages] : nullptr;
}

void PageOverlay::put(std::size_t index, PagePtr page) {
    auto& group = groups_[index / RamImage::group_pages];
    // A group that somebody else's copy holds is copied before the change.
    if (!group)
        group = std::make_shared<RamImage::Group>();
    else if (group.use_count() > 1)
        group = std::make_shared<RamImage::Group>(*group);
    PagePtr& place = const_cast<RamImage::Group&>(*group)[index % RamImage::group_pages];
    if (place)
        hash_ -= share(index, *place);
    else
        ++written_;
    hash_ += share(index, *page);
    place = std::move(page);
}

void PageOverlay::for_each_new(PageOverlay const* earlier,
                               std::function<void(std::size_t, PagePtr const&)> const& see) const {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        bool const comparable = earlier && g < earlier->groups_.size();
        if (!groups_[g] || (comparable && groups_[g] == earlier->groups_[g])) continue;
        for (std::size_t i = 0; i < RamImage::group_pages; ++i) {
            std::size_t const index = g * RamImage::group_pages + i;
            PagePtr const& page = (*groups_[g])[i];
            if (page && !(comparable && earlier->page(index) == page)) see(index, page);
        }
    }
}

}  // namespace sim::machine
