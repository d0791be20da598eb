// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/stored_checkpoint.hpp"

#include <algorithm>

namespace sim::recording {
namespace {

machine::RamImage power_on(std::uint64_t memory_bytes, std::uint64_t seed) {
    return machine::PhysicalMemory(memory_bytes, seed).capture();
}

}  // namespace

PageStore::PageStore(std::uint64_t memory_bytes, std::uint64_t seed)
    : base_(power_on(memory_bytes, seed)), seen_(base_.pages()) {}

std::optional<StoredCheckpoint> PageStore::store(machine::Checkpoint const& checkpoint) {
    StoredCheckpoint stored;
    stored.at = checkpoint.at;
    stored.virtual_ns = checkpoint.virtual_ns;
    stored.parts = checkpoint.parts;
    stored.base_hash = base_.hash();
    for (std::size_t i = 0; i < std::min(checkpoint.ram.pages(), seen_.size()); ++i) {
        machine::PagePtr const& page = checkpoint.ram.page(i);
        Seen& seen = seen_[i];
        if (seen.page != page) {
            bool const fresh = page->hash != base_.page(i)->hash || page->bytes != base_.page(i)->bytes;
            seen = {page, fresh ? content_of(page) : as_at_power_on};
        }
        if (seen.content != as_at_power_on)
            stored.pages.push_back({static_cast<std::uint32_t>(i), seen.content});
    }
    for (auto const& overlay : checkpoint.overlays) {
        if (overlay.pages.pages() > max_overlay_pages) return std::nullopt;
        stored.overlays.push_back(store_overlay(overlay));
        if (stored.overlays.back().written.size() > max_stored_places) return std::nullopt;
    }
    if (contents_.size() > max_stored_pages || stored.pages.size() > max_stored_places) return std::nullopt;
    return stored;
}

StoredOverlay PageStore::store_overlay(machine::DeviceOverlay const& overlay) {
    machine::PageOverlay const& now = overlay.pages;
    auto const known = overlays_.find(overlay.device);
    machine::PageOverlay const* before = known == overlays_.end() ? nullptr : &known->second;
    if (before) {
        // Pages that are written no more make a difference that cannot be told.
        machine::PageOverlay told = *before;
        now.for_each_new(before, [&](std::size_t i, machine::PagePtr const& page) { told.put(i, page); });
        if (told.hash() != now.hash() || told.pages() != now.pages()) before = nullptr;
    }
    StoredOverlay stored{overlay.device, static_cast<std::uint32_t>(now.pages()), before == nullptr, {}};
    now.for_each_new(before, [&](std::size_t i, machine::PagePtr const& page) {
        stored.written.push_back({static_cast<std::uint32_t>(i), content_of(page)});
    });
    overlays_.insert_or_assign(overlay.device, now);
    return stored;
}

std::uint32_t PageStore::content_of(machine::PagePtr const& page) {
    auto const [first, last] = by_hash_.equal_range(page->hash);
    for (auto i = first; i != last; ++i)
        if (contents_[i->second]->bytes == page->bytes) return i->second;
    auto const number = static_cast<std::uint32_t>(contents_.size());
    contents_.push_back(page);
    by_hash_.emplace(page->hash, number);
    return number;
}

std::vector<machine::PagePtr> PageStore::take_new() {
    std::vector<machine::PagePtr> pages(contents_.begin() + static_cast<std::ptrdiff_t>(taken_),
                                        contents_.end());
    taken_ = contents_.size();
    return pages;
}

std::vector<machine::CheckpointPtr> unpack_checkpoints(Recording const& recording) {
    machine::RamImage const base = power_on(recording.config.memory_bytes, recording.config.seed);
    std::map<std::string, machine::PageOverlay> overlays;
    std::vector<machine::CheckpointPtr> result;
    for (StoredCheckpoint const& stored : recording.checkpoints) {
        if (stored.base_hash != base.hash())
            throw RunFileError(
                "its checkpoints cannot be used: RAM at power-on is filled in another way here");
        std::vector<machine::RamImage::Place> places;
        for (StoredPage const& page : stored.pages) {
            if (page.index >= base.pages())
                throw RunFileError("its checkpoints cannot be used: a page lies outside RAM");
            places.push_back({page.index, recording.pages[page.content]});
        }
        auto checkpoint = std::make_shared<machine::Checkpoint>();
        checkpoint->at = stored.at;
        checkpoint->virtual_ns = stored.virtual_ns;
        checkpoint->parts = stored.parts;
        checkpoint->ram = base.with(places);
        for (StoredOverlay const& overlay : stored.overlays) {
            machine::PageOverlay& pages = overlays[overlay.device];
            if (overlay.whole) pages = machine::PageOverlay(overlay.pages);
            if (pages.pages() != overlay.pages)
                throw RunFileError("its checkpoints cannot be used: a disk has changed its size");
            for (StoredPage const& page : overlay.written)
                pages.put(page.index, recording.pages[page.content]);
            checkpoint->overlays.push_back({overlay.device, pages});
        }
        result.push_back(std::move(checkpoint));
    }
    return result;
}

}  // namespace sim::recording
