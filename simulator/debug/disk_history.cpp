// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/disk_history.hpp"

#include <algorithm>

#include "simulator/debug/disk_map.hpp"
#include "simulator/machine/device.hpp"

namespace sim::debug {

namespace {

bool is_request(Event const& e) { return e.kind == EventKind::disk_request; }

EventKind kind_done(Event const& e) {
    if (!is_request(e)) return e.kind;
    switch (static_cast<machine::DiskAction>(e.c & 255)) {
        case machine::DiskAction::write:
            return EventKind::disk_write;
        case machine::DiskAction::flush:
            return EventKind::disk_flush;
        default:
            return EventKind::disk_read;
    }
}

DiskUse use_of(Event const& e) {
    DiskUse use;
    use.kind = kind_done(e);
    use.disk = static_cast<unsigned>(e.c >> 8);
    use.first = e.a / disk_block_sectors;
    use.blocks = e.b ? (e.a * 512 + e.b - 1) / disk_block_bytes - use.first + 1 : 0;
    use.failed = !is_request(e) && (e.c & 255) != 0;
    return use;
}

// Who ran on the processor that handed it over.
std::uint64_t thread_at(EventView const& view, std::uint64_t request) {
    auto const& switches = view.group(EventGroup::switches);
    std::uint64_t at = switches.partition_point([&](std::uint64_t n) { return n < request; });
    while (at-- > switches.begin())
        if (view.all[switches[at]].cpu == view.all[request].cpu) return view.all[switches[at]].b;
    return 0;
}

// Place in the group of the first event after a moment.
std::uint64_t end_at(EventView const& view, machine::Moment until) {
    auto const& group = view.group(EventGroup::disk);
    return group.partition_point([&](std::uint64_t n) { return view.all[n].at <= until; });
}

// A request for the same lies not far before it: the newest one that no other has taken.
void find_request(EventView const& view, std::uint64_t place, DiskUse& use) {
    auto const& group = view.group(EventGroup::disk);
    std::uint64_t others = 0;  // done after the request that is looked for, and before `place`
    for (unsigned looked = 0; looked < 4096 && place-- > group.begin(); ++looked) {
        Event const& e = view.all[group[place]];
        if (static_cast<unsigned>(e.c >> 8) != use.disk || kind_done(e) != use.kind) continue;
        DiskUse const other = use_of(e);
        if (other.first != use.first) continue;
        if (!is_request(e)) {
            ++others;
        } else if (others-- == 0) {
            use.request = group[place];
            use.thread = thread_at(view, group[place]);
            return;
        }
    }
}

}  // namespace

std::vector<DiskUse> newest_disk_uses(EventView const& view, unsigned disk, machine::Moment until,
                                      std::size_t most) {
    auto const& group = view.group(EventGroup::disk);
    std::vector<DiskUse> uses;
    std::uint64_t done = 0;  // whose requests lie further back
    for (std::uint64_t at = end_at(view, until); at > group.begin() && uses.size() < most;) {
        Event const& e = view.all[group[--at]];
        DiskUse use = use_of(e);
        if (use.disk != disk) continue;
        if (!is_request(e)) {
            ++done;
            use.done = group[at];
            find_request(view, at, use);
            uses.push_back(use);
        } else if (done > 0) {
            --done;
        } else {
            use.request = group[at];
            use.thread = thread_at(view, group[at]);
            uses.push_back(use);
        }
    }
    return uses;
}

std::optional<DiskUse> last_disk_use(EventView const& view, unsigned disk, std::uint64_t block, EventKind kind,
                                     machine::Moment until) {
    auto const& group = view.group(EventGroup::disk);
    for (std::uint64_t at = end_at(view, until); at > group.begin();) {
        Event const& e = view.all[group[--at]];
        if (e.kind != kind) continue;
        DiskUse use = use_of(e);
        if (use.failed || !use.touches(disk, block)) continue;
        use.done = group[at];
        find_request(view, at, use);
        return use;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> disk_event_beside(EventView const& view, unsigned disk, std::uint64_t block,
                                               machine::Moment moment, bool forward) {
    auto const& group = view.group(EventGroup::disk);
    auto const touches = [&](std::uint64_t at) { return use_of(view.all[group[at]]).touches(disk, block); };
    if (forward) {
        for (std::uint64_t at = end_at(view, moment); at < group.end(); ++at)
            if (touches(at)) return group[at];
        return std::nullopt;
    }
    std::uint64_t at = group.partition_point([&](std::uint64_t n) { return view.all[n].at < moment; });
    while (at-- > group.begin())
        if (touches(at)) return group[at];
    return std::nullopt;
}

}  // namespace sim::debug
