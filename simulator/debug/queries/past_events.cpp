// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/past_events.hpp"

#include <algorithm>

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr std::uint64_t first_stretch = 1'000'000, last_stretch = 16'000'000, piece = 1'000'000;
constexpr std::size_t most_lived = std::size_t{1} << 18;

// While it lives the machine may run through its past; then it is back, bit by bit.
class Excursion {
public:
    explicit Excursion(Scene& scene) : scene_(scene), present_(scene.machine.checkpoint()) {}
    ~Excursion() { scene_.machine.restore(*present_); }
    Excursion(Excursion const&) = delete;
    Excursion& operator=(Excursion const&) = delete;

    // What is heard in a stretch.
    EventView live(Moment from, Moment to) {
        EventIndex into(most_lived);
        go_to(scene_, from);
        scene_.observation.ignore_stops(true);
        scene_.observation.collect_into(&into);
        while (scene_.machine.moment() < to && !scene_.cancelled()) {
            Moment const before = scene_.machine.moment();
            auto const r = scene_.machine.run({.moment = std::min(to, Moment{before.retired + piece, 0})});
            using machine::RunStop;
            bool const goes_on =
                r.stop == RunStop::reached || r.stop == RunStop::interrupted || r.stop == RunStop::observer;
            if (!goes_on || (r.stop == RunStop::reached && scene_.machine.moment() == before)) break;
        }
        scene_.observation.collect_into(nullptr);
        scene_.observation.ignore_stops(false);
        return into.view();
    }

private:
    Scene& scene_;
    std::shared_ptr<machine::Checkpoint const> present_;
};

// Tells of those before a moment. False: enough.
template <class Told>
bool tell(EventView const& events, Moment before, Told const& told) {
    // Of those at the oldest moment some may be forgotten: they are for the life before.
    std::uint64_t const end = events.first_at_or_after(before);
    for (std::uint64_t n = end; n-- > events.all.begin();) {
        if (events.forgotten != 0 && events.all[n].at == events.all[events.all.begin()].at) break;
        if (!told(n, events.all[n])) return false;
    }
    return true;
}

// Where a view has no more to tell; what is before is for the life before.
Moment edge(EventView const& events) {
    Moment const oldest = events.all[events.all.begin()].at;
    return {oldest.retired, oldest.sub + 1};
}

}  // namespace

bool each_event_back(Scene& scene, std::function<bool(Event const&, ThreadName const&)> const& told) {
    EventView const known = scene.events();
    Moment const now = scene.machine.moment();
    bool const more = tell(known, now, [&](std::uint64_t n, Event const& e) {
        return told(e, [&](std::uint64_t thread) { return known.thread_name(thread, n); });
    });
    if (!more || known.forgotten == 0) return true;
    // Of a forgotten event the number is not known: its thread is called as ever after.
    ThreadName const name = [&](std::uint64_t thread) { return known.thread_name(thread); };
    Moment before = std::min(now, edge(known));
    Moment const whole = before;
    Excursion excursion(scene);
    for (std::uint64_t length = first_stretch; before > Moment{};) {
        Moment const from{before.retired > length ? before.retired - length : 0, 0};
        // What happens at a moment is heard on the way to the next.
        EventView const lived = excursion.live(from, std::min(now, Moment{before.retired + 1, 0}));
        if (scene.cancelled()) return false;
        if (!tell(lived, before, [&](std::uint64_t, Event const& e) { return told(e, name); })) return true;
        Moment const next = lived.forgotten ? std::max(from, edge(lived)) : from;
        if (next >= before) break;
        before = next;
        length = std::min(length * 2, last_stretch);
        if (scene.control.progress)
            scene.control.progress(1.0 - static_cast<double>(before.retired) /
                                             static_cast<double>(std::max<std::uint64_t>(whole.retired, 1)),
                                   before);
    }
    return true;
}

}  // namespace sim::debug::queries
