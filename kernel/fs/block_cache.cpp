// SPDX-License-Identifier: MIT
#include "kernel/fs/block_cache.hpp"

#include <algorithm>
#include <cstring>

namespace fs {

CachedBlock* BlockCache::find(std::uint64_t number) {
    for (CachedBlock& place : places_)
        if (place.valid && place.number == number) return &place;
    return nullptr;
}

// The place that was used longest ago of those that nobody needs.
CachedBlock* BlockCache::make_room() {
    CachedBlock* oldest = nullptr;
    for (CachedBlock& place : places_) {
        if (!place.valid && place.users == 0) return &place;
        if (place.users > 0 || place.dirty) continue;
        if (oldest == nullptr || place.used < oldest->used) oldest = &place;
    }
    return oldest;
}

base::Result<BlockRef, Error> BlockCache::get(std::uint64_t number) {
    // [lab:09-cache-get]
    CachedBlock* place = find(number);
    if (place == nullptr) {
        ++statistics_.misses;
        place = make_room();
        if (place == nullptr) return base::fail(Error::no_memory);
        place->valid = false;  // should reading fail, it holds nothing
        TRY(device_.read(number, BlockBytes(place->bytes)));
        place->number = number;
        place->valid = true;
    } else {
        ++statistics_.hits;
    }
    place->used = ++clock_;
    return BlockRef(*place);
    // [/lab:09-cache-get]
}

base::Result<BlockRef, Error> BlockCache::get_cleared(std::uint64_t number) {
    CachedBlock* place = find(number);
    if (place == nullptr) place = make_room();
    if (place == nullptr) return base::fail(Error::no_memory);
    std::memset(place->bytes, 0, block_size);
    place->number = number;
    place->valid = place->dirty = true;
    place->used = ++clock_;
    return BlockRef(*place);
}

std::size_t BlockCache::dirty() const {
    return static_cast<std::size_t>(
        std::count_if(places_.begin(), places_.end(), [](CachedBlock const& place) { return place.dirty; }));
}

CachedBlock const* BlockCache::next_dirty(CachedBlock const* last) const {
    CachedBlock const* next = nullptr;
    for (CachedBlock const& place : places_) {
        if (!place.dirty || (last != nullptr && place.number <= last->number)) continue;
        if (next == nullptr || place.number < next->number) next = &place;
    }
    return next;
}

base::Result<void, Error> BlockCache::write_back() {
    must_stay_ = true;
    while (CachedBlock const* const first = next_dirty(nullptr)) {
        TRY(device_.write(first->number, ConstBlockBytes(first->bytes)));
        const_cast<CachedBlock*>(first)->dirty = false;
    }
    must_stay_ = false;
    return {};
}

void BlockCache::drop_changes() {
    if (must_stay_) return;
    for (CachedBlock& place : places_)
        if (place.dirty) place.dirty = place.valid = false;
}

}  // namespace fs
