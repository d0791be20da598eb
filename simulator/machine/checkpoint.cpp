// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/checkpoint.hpp"

#include <algorithm>

#include "simulator/machine/hash.hpp"

namespace sim::machine {
namespace {

std::span<std::uint8_t const> bytes_of(std::string const& text) {
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

}  // namespace

std::uint64_t own_bytes(Checkpoint const* earlier, Checkpoint const& later) {
    std::uint64_t bytes = 0;
    for (Checkpoint::Part const& part : later.parts) bytes += part.bytes.size();
    for (std::size_t i = 0; i < later.overlays.size(); ++i) {
        bool const comparable = earlier != nullptr && i < earlier->overlays.size();
        later.overlays[i].pages.for_each_new(comparable ? &earlier->overlays[i].pages : nullptr,
                                             [&](std::size_t, PagePtr const&) { bytes += sizeof(Page); });
    }
    PagePtr const* previous = nullptr;  // pages that were never written are one page
    for (std::size_t i = 0; i < later.ram.pages(); ++i) {
        if (earlier != nullptr && i % RamImage::group_pages == 0 && later.ram.shares_group(earlier->ram, i)) {
            i += RamImage::group_pages - 1;
            continue;
        }
        PagePtr const& page = later.ram.page(i);
        bool const shared = earlier != nullptr ? page == earlier->ram.page(i) : previous && page == *previous;
        if (!shared) bytes += sizeof(Page);
        previous = &page;
    }
    return bytes;
}

MachineHash hash_of(Checkpoint const& checkpoint) {
    MachineHash hash;
    for (Checkpoint::Part const& part : checkpoint.parts)
        hash.parts.push_back({part.name, hash_bytes(part.bytes)});
    for (DeviceOverlay const& overlay : checkpoint.overlays)
        hash.parts.push_back({overlay.device + " pages", overlay.pages.hash()});
    hash.parts.push_back({"ram", checkpoint.ram.hash()});
    for (MachineHash::Part const& part : hash.parts)
        hash.total = scramble(hash.total ^ part.hash ^ hash_bytes(bytes_of(part.name)));
    return hash;
}

void CheckpointStore::add(CheckpointPtr checkpoint) {
    Moment const at = checkpoint->at;
    if (kept_.contains(at)) return;
    auto const here = kept_.emplace(at, Kept{std::move(checkpoint), 0, false, nullptr, {}}).first;
    account(here);
    if (auto const next = std::next(here); next != kept_.end()) account(next);
    thin();
}

CheckpointPtr CheckpointStore::at_or_before(Moment moment) const {
    auto const after = kept_.upper_bound(moment);
    return after == kept_.begin() ? nullptr : std::prev(after)->second.checkpoint;
}

void CheckpointStore::forget_after(Moment moment) {
    while (!kept_.empty() && kept_.rbegin()->first > moment) {
        bytes_ -= kept_.rbegin()->second.all_bytes();
        kept_.erase(std::prev(kept_.end()));
    }
}

CheckpointStore CheckpointStore::split_after(Moment moment) {
    CheckpointStore later(budget_);
    for (auto at = kept_.upper_bound(moment); at != kept_.end();) {
        bytes_ -= at->second.all_bytes();
        later.bytes_ += at->second.all_bytes();
        later.kept_.insert(later.kept_.end(), kept_.extract(at++));
    }
    return later;
}

// What each costs was counted beside its predecessor in the other store. Beside
// one of ours it may share less or more: account() sees to it when neighbours go.
void CheckpointStore::join(CheckpointStore other) {
    for (auto const& [moment, kept] : other.kept_)
        if (kept_.emplace(moment, kept).second) bytes_ += kept.all_bytes();
    thin();
}

void CheckpointStore::set_budget(std::uint64_t bytes) {
    budget_ = bytes;
    thin();
}

void CheckpointStore::pin(Moment moment) {
    if (auto const found = kept_.find(moment); found != kept_.end()) found->second.pinned = true;
}

std::vector<Moment> CheckpointStore::moments() const {
    std::vector<Moment> result;
    for (auto const& [moment, kept] : kept_) result.push_back(moment);
    return result;
}

CheckpointStore::Spacing CheckpointStore::spacing() const {
    Spacing spacing{kept_.size(), 0, thinned_};
    std::uint64_t before = kept_.empty() ? 0 : kept_.begin()->first.retired;
    for (auto const& [moment, kept] : kept_) {
        spacing.widest = std::max(spacing.widest, moment.retired - before);
        before = moment.retired;
    }
    return spacing;
}

bool CheckpointStore::lacks_code(Moment from, Moment at) const {
    auto const found = kept_.find(at);
    return found != kept_.end() && !(found->second.code && found->second.code_from <= from);
}

void CheckpointStore::note_code(Moment from, Moment at, engine::CodeSeen const& code) {
    if (from >= at || !lacks_code(from, at)) return;
    Kept& kept = kept_.find(at)->second;
    if (!kept.code) bytes_ += sizeof code;
    kept.code = std::make_shared<engine::CodeSeen>(code);
    kept.code_from = from;
}

Moment CheckpointStore::without(std::span<std::uint64_t const> addresses, Moment end) const {
    for (;;) {
        auto const next = kept_.lower_bound(end);
        if (next == kept_.end() || !next->second.code || next->second.code_from >= end) return end;
        for (std::uint64_t const address : addresses)
            if (next->second.code->may_have(address)) return end;
        end = next->second.code_from;
    }
}

void CheckpointStore::account(Iterator which) {
    Checkpoint const* const earlier =
        which == kept_.begin() ? nullptr : std::prev(which)->second.checkpoint.get();
    std::uint64_t const bytes = own_bytes(earlier, *which->second.checkpoint);
    bytes_ += bytes - which->second.own_bytes;
    which->second.own_bytes = bytes;
}

// Too much: the one goes that leaves the smallest gap, the oldest of equals.
void CheckpointStore::thin() {
    while (bytes_ > budget_ && kept_.size() > 2) {
        auto victim = kept_.end();
        std::uint64_t smallest = UINT64_MAX;
        for (auto i = std::next(kept_.begin()); std::next(i) != kept_.end(); ++i) {
            std::uint64_t const gap = std::next(i)->first.retired - std::prev(i)->first.retired;
            if (!i->second.pinned && gap < smallest) {
                smallest = gap;
                victim = i;
            }
        }
        if (victim == kept_.end()) return;  // all pinned
        bytes_ -= victim->second.all_bytes();
        // The next one knows of both stretches, if it knew of its own.
        Kept& next = std::next(victim)->second;
        if (next.code && next.code_from == victim->first && victim->second.code) {
            auto both = std::make_shared<engine::CodeSeen>(*next.code);
            both->join(*victim->second.code);
            next.code = std::move(both);
            next.code_from = victim->second.code_from;
        }
        account(kept_.erase(victim));
        thinned_ = true;
    }
}

}  // namespace sim::machine
