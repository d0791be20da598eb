// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/past_events.hpp"

#include "simulator/debug/lived_again.hpp"

namespace sim::debug::queries {

namespace {

// While it lives the machine may run through its past; then it is back, bit by bit.
class Excursion {
public:
    explicit Excursion(Scene& scene) : scene_(scene), present_(scene.machine.checkpoint()) {}
    ~Excursion() { scene_.machine.restore(*present_); }
    Excursion(Excursion const&) = delete;
    Excursion& operator=(Excursion const&) = delete;

private:
    Scene& scene_;
    machine::CheckpointPtr const present_;
};

}  // namespace

bool each_event_back(Scene& scene, std::function<bool(Event const&, ThreadName const&)> const& told) {
    EventView const known = scene.events();
    machine::Moment const now = scene.machine.moment();
    bool const more = tell_back(known, now, [&](std::uint64_t n, Event const& e) {
        return told(e, [&](std::uint64_t thread) { return known.thread_name(thread, n); });
    });
    if (!more || known.forgotten == 0) return true;
    // Of a forgotten event the number is not known: its thread is called as ever after.
    ThreadName const name = [&](std::uint64_t thread) { return known.thread_name(thread); };
    Excursion const excursion(scene);
    return each_forgotten_event_back(
        {scene.machine, scene.observation, [&](machine::Moment at) { go_to(scene, at); },
         scene.control.cancelled, scene.control.progress},
        now, [&](Event const& e) { return told(e, name); });
}

}  // namespace sim::debug::queries
