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
    if (contents_.size() > max_stored_pages) return std::nullopt;
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
    machine::PhysicalMemory ram(recording.config.memory_bytes, recording.config.seed);
    machine::RamImage const base = ram.capture();
    std::vector<machine::CheckpointPtr> result;
    for (StoredCheckpoint const& stored : recording.checkpoints) {
        if (stored.base_hash != base.hash())
            throw RunFileError(
                "its checkpoints cannot be used: RAM at power-on is filled in another way here");
        ram.restore(base, [](machine::PageNumber) {});
        for (auto const& use : stored.pages) {
            if (use.index >= ram.pages())
                throw RunFileError("its checkpoints cannot be used: a page lies outside RAM");
            ram.write(ram.number_of(use.index) * machine::page_bytes, recording.pages[use.content]->bytes);
        }
        auto checkpoint = std::make_shared<machine::Checkpoint>();
        checkpoint->at = stored.at;
        checkpoint->virtual_ns = stored.virtual_ns;
        checkpoint->parts = stored.parts;
        checkpoint->ram = ram.capture();
        result.push_back(std::move(checkpoint));
    }
    return result;
}

}  // namespace sim::recording
