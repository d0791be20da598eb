// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/event_stream.hpp"

namespace sim::exports {

StreamResult stream_events(debug::Session& session, machine::Moment until, EventSink const& sink,
                           std::function<bool(machine::Moment)> const& progress) {
    StreamResult result;
    std::uint64_t next = 0;
    auto const take = [&](debug::Snapshot const& now) {
        debug::EventLog const& all = now.events.all;
        if (all.begin() > next) {
            result.lost += all.begin() - next;
            next = all.begin();
        }
        for (; next < all.end(); ++next) {
            ++result.events;
            sink(all[next], next, now.events);
        }
        result.end = now.moment;
        result.end_ns = now.virtual_ns;
    };
    session.post(debug::RunUntil{until});
    for (bool more = true; more;) {
        more = session.advance();
        auto const now = session.snapshot();
        take(*now);
        if (progress && !progress(now->moment)) {
            result.cancelled = true;
            session.post(debug::Pause{});
            session.settle();
            break;
        }
    }
    return result;
}

}  // namespace sim::exports
