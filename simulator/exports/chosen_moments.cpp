// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/chosen_moments.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace sim::exports {

using debug::Event;
using debug::EventGroup;
using debug::EventKind;
using machine::Moment;

namespace {

constexpr auto groups = static_cast<std::size_t>(EventGroup::count_);

// `count` of them, the first and the last among them.
std::vector<Moment> thinned(std::vector<Moment> const& all, std::size_t count) {
    if (count >= all.size()) return all;
    std::vector<Moment> some;
    for (std::size_t i = 0; i < count; ++i)
        some.push_back(all[count == 1 ? 0 : i * (all.size() - 1) / (count - 1)]);
    return some;
}

}  // namespace

ChosenMoments choose_moments(debug::EventView const& events, std::span<recording::Bookmark const> bookmarks,
                             Moment end, std::size_t most, std::size_t spaced) {
    std::set<Moment> chosen{Moment{}, end};
    for (auto const& b : bookmarks)
        if (b.at <= end) chosen.insert(b.at);
    // By group, without those that share a moment; and all of them, to be counted.
    std::array<std::vector<Moment>, groups> candidates, all;
    for (std::uint64_t n = events.all.begin(); n < events.all.end(); ++n) {
        Event const& e = events.all[n];
        if (e.at > end) break;
        if (e.kind == EventKind::app_ready) chosen.insert(e.at);
        auto const group = group_of(e.kind);
        if (!group) continue;
        auto& list = candidates[static_cast<std::size_t>(*group)];
        all[static_cast<std::size_t>(*group)].push_back(e.at);
        if (list.empty() || list.back() != e.at) list.push_back(e.at);
    }
    std::vector<Moment> even;
    for (std::uint64_t i = 1; i < spaced && end.retired >= spaced; ++i)
        even.push_back({end.retired / spaced * i, 0});

    // The smallest kinds first: what they leave of their share goes to the larger ones.
    std::vector<std::vector<Moment> const*> order;
    for (auto const& list : candidates) order.push_back(&list);
    order.push_back(&even);
    std::ranges::stable_sort(order, {}, [](auto const* list) { return list->size(); });
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::size_t const room = most > chosen.size() ? most - chosen.size() : 0;
        for (Moment m : thinned(*order[i], room / (order.size() - i))) chosen.insert(m);
    }

    ChosenMoments result;
    result.moments.assign(chosen.begin(), chosen.end());
    for (std::size_t g = 0; g < groups; ++g) {
        album::Share share{name_of(static_cast<EventGroup>(g)), all[g].size(), 0};
        for (Moment m : all[g]) share.here += chosen.contains(m);
        if (share.all) result.shares.push_back(std::move(share));
    }
    return result;
}

}  // namespace sim::exports
