// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "simulator/debug/page_heat.hpp"

namespace sim::debug {

using machine::Checkpoint;
using machine::CheckpointPtr;
using machine::Moment;
using machine::RamImage;

namespace {

void add_stretch(PageHeat& heat, Checkpoint const& from, Checkpoint const& to) {
    auto const number = static_cast<std::uint32_t>(heat.stretches.size());
    heat.stretches.push_back({from.at, to.at, from.virtual_ns, to.virtual_ns});
    std::size_t const pages = std::min(from.ram.pages(), to.ram.pages());
    for (std::size_t i = 0; i < pages; ++i) {
        if (i % RamImage::group_pages == 0 && to.ram.shares_group(from.ram, i)) {
            i += RamImage::group_pages - 1;
            continue;
        }
        auto const &before = from.ram.page(i), &after = to.ram.page(i);
        // One content may lie in two copies.
        if (before != after && (before->hash != after->hash || before->bytes != after->bytes))
            heat.newest[i] = number;
    }
}

}  // namespace

std::shared_ptr<PageHeat const> HeatReader::read(machine::CheckpointStore const& store, Checkpoint const& now,
                                                 std::optional<std::uint64_t> until_ns) {
    std::vector<CheckpointPtr> all;  // each closes a stretch that counts
    bool later = false;              // there are some that do not
    for (Moment const& moment : store.moments()) {
        CheckpointPtr next = store.at_or_before(moment);
        bool const counts = all.empty() || (until_ns ? all.back()->virtual_ns < *until_ns : moment <= now.at);
        if (!counts) {
            later = true;
            break;
        }
        all.push_back(std::move(next));
    }
    std::size_t done = heat_.stretches.size() + 1;  // checkpoints that are in heat_
    auto const same = [](PageHeat::Stretch const& s, CheckpointPtr const& c) { return s.from == c->at; };
    auto const last = last_.lock();
    bool const goes_on = last && done <= all.size() && all[done - 1] == last &&
                         std::equal(heat_.stretches.begin(), heat_.stretches.end(), all.begin(), same);
    if (!goes_on) {
        heat_ = {};
        heat_.newest.assign(now.ram.pages(), PageHeat::never);
        done = std::min<std::size_t>(all.size(), 1);
    }
    for (; done < all.size(); ++done) add_stretch(heat_, *all[done - 1], *all[done]);
    last_ = all.empty() ? nullptr : all.back();

    auto result = std::make_shared<PageHeat>(heat_);
    // From the last checkpoint to now.
    bool const open_end = until_ns ? !later && !all.empty() && all.back()->virtual_ns < *until_ns : true;
    if (!all.empty() && all.back()->at < now.at && open_end) add_stretch(*result, *all.back(), now);
    return result;
}

}  // namespace sim::debug
