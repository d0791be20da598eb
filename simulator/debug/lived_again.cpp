// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/lived_again.hpp"

#include <algorithm>

namespace sim::debug {

using machine::Moment;
using machine::RunStop;

namespace {

constexpr std::uint64_t piece = 1'000'000;                // instructions between two looks at `cancelled`
constexpr std::size_t most_lived = std::size_t{1} << 18;  // events

bool cancelled(Reliver const& reliver) { return reliver.cancelled && reliver.cancelled(); }

constexpr Moment never{~std::uint64_t{0}, 0};

// Where a view has no more to tell; what is before is for the life before. A view holds
// nothing when a fork began before all that it had not forgotten.
Moment edge(EventView const& events) {
    if (events.all.begin() == events.all.end()) return never;
    Moment const oldest = events.all[events.all.begin()].at;
    return {oldest.retired, oldest.sub + 1};
}

}  // namespace

EventView live_again(Reliver const& reliver, Interval stretch) {
    EventIndex into(most_lived);
    reliver.go_to(stretch.from);
    reliver.observation.ignore_stops(true);
    reliver.observation.rewind();
    reliver.observation.collect_into(&into);
    while (reliver.machine.moment() < stretch.to && !cancelled(reliver)) {
        Moment const before = reliver.machine.moment();
        auto const r =
            reliver.machine.run({.moment = std::min(stretch.to, Moment{before.retired + piece, 0})});
        bool const goes_on =
            r.stop == RunStop::reached || r.stop == RunStop::interrupted || r.stop == RunStop::observer;
        if (!goes_on || (r.stop == RunStop::reached && reliver.machine.moment() == before)) break;
    }
    reliver.observation.collect_into(nullptr);
    reliver.observation.ignore_stops(false);
    return into.view();
}

bool tell_back(EventView const& events, Moment before,
               std::function<bool(std::uint64_t number, Event const&)> const& told) {
    std::uint64_t const end = events.first_at_or_after(before);
    for (std::uint64_t n = end; n-- > events.all.begin();) {
        if (events.forgotten != 0 && events.all[n].at == events.all[events.all.begin()].at) break;
        if (!told(n, events.all[n])) return false;
    }
    return true;
}

bool each_forgotten_event_back(Reliver const& reliver, Moment now,
                               std::function<bool(Event const&)> const& told) {
    EventView const known = reliver.observation.events().view();
    if (known.forgotten == 0) return true;
    Moment before = std::min(now, edge(known));
    Moment const whole = before;
    for (std::uint64_t length = first_stretch; before > Moment{};) {
        Moment const from{before.retired > length ? before.retired - length : 0, 0};
        // What happens at a moment is heard on the way to the next.
        EventView const lived = live_again(reliver, {from, std::min(now, Moment{before.retired + 1, 0})});
        if (cancelled(reliver)) return false;
        if (!tell_back(lived, before, [&](std::uint64_t, Event const& e) { return told(e); })) return true;
        Moment const next = lived.forgotten ? std::max(from, edge(lived)) : from;
        if (next >= before) break;
        before = next;
        length = std::min(length * 2, last_stretch);
        if (reliver.progress)
            reliver.progress(1.0 - static_cast<double>(before.retired) /
                                       static_cast<double>(std::max<std::uint64_t>(whole.retired, 1)),
                             before);
    }
    return true;
}

}  // namespace sim::debug
