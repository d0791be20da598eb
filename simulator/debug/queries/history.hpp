// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel's probes told of one thing: the life of a frame, the owners of
// a lock. Moments before the one asked about only. What the event index has
// forgotten is lived again, which takes its time in a long run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/queries/scene.hpp"

namespace sim::debug::queries {

struct FrameHistory {
    std::uint64_t frame = 0;  // number: physical address / 4096
    std::string owner;        // now, by the kernel's own table; empty when unknown
    struct Step {
        bool allocated = false;  // else freed
        std::uint64_t first = 0, order = 0;
        std::string owner;
        machine::Moment at;
        std::uint64_t virtual_ns = 0;
    };
    std::vector<Step> steps;     // oldest first, the newest 64
    std::optional<Actor> actor;  // of the newest step
    std::string problem;         // "no probe told of frames"
    bool cancelled = false;
};
FrameHistory frame_history(Scene&, std::uint64_t frame);

struct LockHistory {
    std::uint64_t lock = 0;
    std::string name;
    std::uint64_t owner = 0;  // thread that holds it at the moment; 0: nobody
    std::string owner_name;
    std::vector<std::string> waiters;  // names, at the moment
    struct Step {
        enum class Kind : std::uint8_t { waits, acquires, releases } kind = Kind::waits;
        std::string thread;
        machine::Moment at;
        std::uint64_t virtual_ns = 0;
    };
    std::vector<Step> steps;     // oldest first, the newest 64
    std::optional<Actor> actor;  // who took it last
    std::string problem;
    bool cancelled = false;
};
// A lock by its name; `taken`: when it was the last time, if that had to be looked for.
struct NamedLock {
    std::uint64_t address = 0;
    std::string name;
    std::optional<machine::Moment> taken;
};
// Of those that are held now.
std::optional<NamedLock> lock_held(Scene&, std::string_view name);
// Of those that were taken before this moment, the last one. Runs the past again.
std::optional<NamedLock> lock_taken(Scene&, std::string_view name);
// Are objects of this type what the views call locks?
bool is_lock(Scene const&, std::uint32_t type);

LockHistory lock_history(Scene&, std::uint64_t lock);
// Up to its last time only: its memory may have become another lock since.
LockHistory lock_history(Scene&, NamedLock const&);

}  // namespace sim::debug::queries
