// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a watched machine may be unable to do, and why. A simulated one can do all
// of it; one that runs elsewhere says what it lacks, and whoever offers a command
// or a view says so in its place.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sim::debug {

enum class Ability : std::uint8_t {
    past,            // going back, to a moment, to the end of what is known
    counting,        // instructions are counted: moments and virtual time
    events,          // interrupts, switches, wakes and locks are heard
    steps_to_event,  // to the next interrupt, packet or switch
    packets,         // frames are seen
    console,         // what the guest prints is seen
    typing,          // the guest's serial line can be typed on
    conditions,      // stops that any instruction may cause
    questions,
    branches,
    bookmarks,
    heat,  // when pages changed
    tlb,
    devices,  // what devices hold: registers, disks
    count_,
};
constexpr unsigned ability_count = static_cast<unsigned>(Ability::count_);

// As in JSON.
constexpr std::array<std::string_view, ability_count> ability_names = {
    "past",       "counting",  "events",   "steps_to_event", "packets", "console", "typing",
    "conditions", "questions", "branches", "bookmarks",      "heat",    "tlb",     "devices"};

class Lacks {
public:
    // One sentence without a full stop; "" when the machine can.
    std::string_view why(Ability a) const { return why_[static_cast<unsigned>(a)]; }
    bool can(Ability a) const { return why(a).empty(); }
    void set(Ability a, std::string reason) { why_[static_cast<unsigned>(a)] = std::move(reason); }

private:
    std::array<std::string, ability_count> why_;
};

}  // namespace sim::debug
