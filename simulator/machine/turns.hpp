// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whose turn it is among several processors. They execute one at a time, round
// robin. A turn lasts a fixed number of instructions (the quantum) and ends
// earlier with HLT, or with PAUSE, by which a program says that it waits for
// another processor. While nobody else can run, it goes on: a processor that is
// alone never stops for the others.
//
// Where a turn ends is part of the machine's state, and depends on nothing but
// the guest. docs/decisions has the reasons.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace sim::machine {

class Turns {
public:
    Turns(unsigned processors, std::uint64_t quantum)
        : processors_(processors), quantum_(std::max<std::uint64_t>(quantum, 1)) {}

    struct Turn {
        unsigned cpu = 0;
        std::uint64_t end = UINT64_MAX;  // in instructions of the whole machine; a bound only when:
        bool others = false;             // another processor could run, too
    };

    // Who executes the instruction after this count. None: all are asleep.
    // Changes nothing: with taken() it has happened.
    template <class Awake>
    std::optional<Turn> next(std::uint64_t count, Awake const& awake) const {
        unsigned ready = 0;
        for (unsigned i = 0; i < processors_; ++i) ready += awake(i) ? 1 : 0;
        if (ready == 0) return std::nullopt;
        if (awake(cpu_) && (count < end_ || ready == 1)) return Turn{cpu_, end_, ready > 1};
        unsigned cpu = cpu_;
        do cpu = (cpu + 1) % processors_;
        while (!awake(cpu));
        return Turn{cpu, count + quantum_, ready > 1};
    }

    // At least one instruction of this turn was executed.
    void taken(Turn const& turn) {
        cpu_ = turn.cpu;
        end_ = turn.end;
    }
    // The one whose turn it is has nothing to do at present.
    void give_up(std::uint64_t count) { end_ = count; }

    unsigned cpu() const { return cpu_; }

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("cpu", self.cpu_);
        visit("end", self.end_);
    }
    bool valid() const { return cpu_ < processors_; }

private:
    unsigned processors_;
    std::uint64_t quantum_;
    unsigned cpu_ = 0;
    std::uint64_t end_ = 0;  // at moment 0 nobody has had a turn; the first processor is alone
};

}  // namespace sim::machine
