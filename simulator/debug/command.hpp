// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a person can do to a machine. Commands travel by queue to the simulation
// thread and take effect at the end of its slice (at most 5 ms). Those that
// change the guest (Poke, TypeText) become recorded inputs; the others only choose
// what is looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "simulator/debug/branch_info.hpp"
#include "simulator/machine/moment.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::debug {

enum class StepUnit : std::uint8_t {
    instruction,
    line,            // to another source line; into calls
    line_over,       // to another source line of this function or of its caller
    function,        // until the current function has returned
    interrupt,       // to the next delivery of an interrupt or exception
    packet,          // to the next frame in or out
    context_switch,  // to the next switch of threads
};
enum class Direction : std::uint8_t { forward, backward };
enum class AddressSpace : std::uint8_t { virtual_, physical };

struct Run {};
struct Pause {};
struct Step {
    StepUnit unit = StepUnit::instruction;
    Direction direction = Direction::forward;
    std::uint64_t count = 1;
};
struct SeekTo {
    machine::Moment moment;
};
// Runs (forward) or goes back until a moment, a breakpoint or the end.
struct RunUntil {
    machine::Moment moment;
};
struct ContinueBackward {};  // to the last stop before now, else to the beginning
// Writes bytes, all of them or, when one of them is nowhere, none.
struct Poke {
    AddressSpace space = AddressSpace::physical;
    std::uint64_t address = 0;
    std::vector<std::uint8_t> bytes;
};
struct SetBreakpoint {
    std::uint64_t address = 0;
    bool enabled = true;
};
// A breakpoint, a watchpoint or a condition.
enum class StopKind : std::uint8_t { breakpoint, watchpoint, condition };
enum class WatchFor : std::uint8_t { change, write, read, access };
using StopNumber = std::uint32_t;
struct StopSpec {
    StopKind kind = StopKind::breakpoint;
    // Code: "threads::wake", "main.cpp:12", "0x...". A watchpoint: a place
    // ("the_scheduler.current_", "u64[0x1000]"), or an address with `length`. A
    // condition: what must become true. See docs/reference/expressions.md.
    std::string place;
    std::string condition{};  // which must hold at a hit; empty: always
    std::uint64_t count = 1;  // stop at every count-th hit
    WatchFor access = WatchFor::change;
    std::uint64_t length = 0;  // bytes; 0: as long as the place's type
    AddressSpace space = AddressSpace::virtual_;
    // What this processor does; none: any. Of a watchpoint and of a condition
    // over memory: whose registers and page tables say where to look (none: of
    // the processor that is looked at).
    std::optional<unsigned> processor{};
};
// stop_text.hpp reads one as a person types it. For a plain breakpoint at an
// address SetBreakpoint is enough.
struct AddStop {
    StopSpec stop;
};
struct RemoveStop {
    StopNumber number = 0;
};
struct EnableStop {
    StopNumber number = 0;
    bool enabled = true;
};
// A question in words, as docs/reference/queries.md has them. It takes as long as
// it takes: the snapshots meanwhile say how far it is, and Pause, Run or SeekTo
// end it. The answer is in Snapshot::answer.
struct Ask {
    std::string question;
};
// Which processor is looked at and stepped. None: whichever stopped, or executed last.
struct SelectProcessor {
    std::optional<unsigned> number;
};
char const* name_of(StopKind);
char const* name_of(WatchFor);

// Text typed on the guest's console, delivered to the UART as received bytes.
struct TypeText {
    std::string text;
};

// Branches: see branches.hpp. A write to the past begins one by itself; Fork
// begins one without a write. Who goes to a branch stands where it was left.
struct Fork {
    std::string name;  // empty: one is made up
};
struct SwitchBranch {
    BranchNumber branch = original;
};
struct DropBranch {
    BranchNumber branch = original;
};
struct RenameBranch {
    BranchNumber branch = original;
    std::string name;
};
// Writes a branch's whole life as a recording that names the life it forked from.
// Takes as long as the life does; Pause, Run or SeekTo give it up. The machine
// stands afterwards where it stood.
struct SaveBranch {
    BranchNumber branch = original;
    std::string file;
};

// Two branches side by side, each at a moment; none: where it is, or was left. The
// answer is Snapshot::comparison. The machine stands afterwards where it stood.
// Pause, Run or SeekTo give it up; then the comparison before stays.
struct CompareBranches {
    BranchNumber one = original, other = original;
    std::optional<machine::Moment> one_at, other_at;
};

// A moment worth going to, kept with the recording. Sets a new one, or the one that
// `replaces` names; no two have one name.
struct SetBookmark {
    recording::Bookmark bookmark;
    std::string replaces{};
};
struct RemoveBookmark {
    std::string name;
};

using Command =
    std::variant<Run, Pause, Step, SeekTo, RunUntil, ContinueBackward, Poke, SetBreakpoint, TypeText, AddStop,
                 RemoveStop, EnableStop, Fork, SwitchBranch, DropBranch, RenameBranch, SaveBranch,
                 CompareBranches, Ask, SelectProcessor, SetBookmark, RemoveBookmark>;

// Commands are numbered as they are posted; a snapshot names the last one that
// was carried out, and says what came of it.
using CommandNumber = std::uint64_t;

struct CommandOutcome {
    CommandNumber number = 0;
    bool done = true;  // false: refused, `text` says why
    std::string text;  // one line for the status bar; empty when there is nothing to say
};

char const* name_of(StepUnit);
// One line, such as "step 1 line backward".
std::string describe(Command const&);

}  // namespace sim::debug
