// SPDX-License-Identifier: GPL-2.0-or-later
//
// A whole machine at one moment, and the store that keeps some of them. A
// checkpoint is immutable and may be read by any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "simulator/engine/code_seen.hpp"
#include "simulator/machine/memory.hpp"
#include "simulator/machine/moment.hpp"
#include "simulator/machine/page_overlay.hpp"

namespace sim::machine {

struct Checkpoint {
    // One part of the machine: a processor, a device, the event queue.
    struct Part {
        std::string name;
        std::vector<std::uint8_t> bytes;
    };
    Moment at;
    std::uint64_t virtual_ns = 0;
    std::vector<Part> parts;
    std::vector<DeviceOverlay> overlays;  // disks' written pages, in the order of the devices
    RamImage ram;
};
using CheckpointPtr = std::shared_ptr<Checkpoint const>;

// Hash of a machine, part by part, so that a difference has a name.
struct MachineHash {
    struct Part {
        std::string name;
        std::uint64_t hash = 0;
        friend bool operator==(Part const&, Part const&) = default;
    };
    std::uint64_t total = 0;
    std::vector<Part> parts;
    friend bool operator==(MachineHash const&, MachineHash const&) = default;
};
MachineHash hash_of(Checkpoint const&);

// Host memory that `later` needs beyond what it shares with `earlier` (may be null).
std::uint64_t own_bytes(Checkpoint const* earlier, Checkpoint const& later);

// Checkpoints by moment. Within the budget all are kept; beyond it every other
// one of the densest stretch goes, never the first nor a pinned one.
class CheckpointStore {
public:
    explicit CheckpointStore(std::uint64_t budget_bytes = 1ull << 30) : budget_(budget_bytes) {}

    void add(CheckpointPtr);
    // The last one at or before the moment; null if there is none.
    CheckpointPtr at_or_before(Moment) const;
    bool has(Moment moment) const { return kept_.contains(moment); }
    void forget_after(Moment);
    // Takes out what lies after a moment: another life's, to be joined again when
    // the machine goes back to it. The part has this store's budget.
    CheckpointStore split_after(Moment);
    // Takes all of another store's in; where both have one of a moment, ours stays.
    void join(CheckpointStore);
    // Of host memory, in bytes. A smaller one thins at once.
    void set_budget(std::uint64_t bytes);
    std::uint64_t budget() const { return budget_; }
    void pin(Moment);
    std::vector<Moment> moments() const;
    std::uint64_t bytes() const { return bytes_; }
    // How far apart they are: what a step back may have to live again.
    struct Spacing {
        std::size_t kept = 0;
        std::uint64_t widest = 0;  // instructions between two neighbours, at most
        bool thinned = false;      // some gave way to the budget
    };
    Spacing spacing() const;

    // The code that all processors executed from a moment until the checkpoint at
    // `at`, in one straight run. Part of no state; saves searches of the past.
    void note_code(Moment from, Moment at, engine::CodeSeen const&);
    // Is there such a checkpoint, and one that does not know of all that yet?
    bool lacks_code(Moment from, Moment at) const;
    // The earliest moment from which until `end` none of these addresses was
    // executed, as far as was noted; `end` itself when it may have been just before.
    Moment without(std::span<std::uint64_t const> addresses, Moment end) const;

private:
    struct Kept {
        CheckpointPtr checkpoint;
        std::uint64_t own_bytes = 0;  // what it does not share with its predecessor
        bool pinned = false;
        std::shared_ptr<engine::CodeSeen const> code;  // executed since then:
        Moment code_from;
        std::uint64_t all_bytes() const { return own_bytes + (code ? sizeof(*code) : 0); }
    };
    using Iterator = std::map<Moment, Kept>::iterator;
    void account(Iterator);
    void thin();

    std::uint64_t budget_;
    std::uint64_t bytes_ = 0;
    bool thinned_ = false;
    std::map<Moment, Kept> kept_;
};

}  // namespace sim::machine
