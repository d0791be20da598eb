// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a known stretch of a machine's life again with hooks on, and tells a
// listener what happens there: what every question about the past is made of
// (the last breakpoint before now, who wrote this, when did it become true).
//
//     Search search(machine, control);
//     search.watch({.memory = {{physical, 8}}});
//     auto outcome = search.run({from, to}, listener);      // one stretch, forwards
//     auto outcome = search.back(Moment{}, now, listener);  // stretch by stretch, the newest first
//
// The machine's own observers stay and hear the stretch again; the processor's
// observer is the search's meanwhile. When the Search goes, the machine stands
// where it stood, bit by bit, and the processor's observer is back.
//
// Moments: a thing that an instruction does happens `at` the moment before that
// instruction; `after` is the first moment at which it can be seen. For what a
// device does (a timer, an input) they are the moments before and after that
// happening. An exception is delivered with the first instruction of its handler.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/engine/cpu.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

class Ladder;

// [from, to): what happens at `from` belongs to it, what happens at `to` not.
struct Interval {
    machine::Moment from, to;
    friend bool operator==(Interval const&, Interval const&) = default;
};

struct SearchControl {
    // Asked every few milliseconds of host time; may be empty.
    std::function<bool()> cancelled;
    // The share of the work done, 0..1, and the moment reached; may be empty.
    std::function<void(double, machine::Moment)> progress;
};

enum class SearchOutcome : std::uint8_t {
    complete,   // the whole interval was run
    stopped,    // the listener had enough
    cancelled,  // control.cancelled() said so
};

enum class Writer : std::uint8_t {
    instruction,  // of the guest; exceptions that push their frame too
    page_walker,  // the processor set an accessed or dirty bit
    device,       // DMA
    person,       // a poke: a recorded input
};
char const* name_of(Writer);

// One access to watched memory.
struct MemoryEvent {
    machine::Moment at, after;
    unsigned cpu = 0;
    Writer writer = Writer::instruction;
    engine::Access access = engine::Access::write;
    engine::PhysAddr address = 0;
    std::uint64_t length = 0;
    std::uint64_t value = 0;  // of accesses up to 8 bytes: what was read or written
    std::uint64_t rip = 0;    // of the instruction; of the one that runs while a device writes
    std::string device;       // of DMA
};

// What is to be told. Virtual addresses of instructions, physical ranges of memory.
struct SearchWatch {
    std::vector<engine::VirtAddr> addresses;
    std::vector<engine::Cpu::MemoryRange> memory;
    bool instructions = false;  // every instruction: slow, about a microsecond each
    bool paging = false;        // changes of CR0, CR3, CR4, EFER
};

// True from any call: enough, stop. Everything comes in order of its moment.
class SearchListener {
public:
    virtual ~SearchListener() = default;
    // The machine stands where a stretch begins. It may call Search::watch().
    virtual void on_begin(machine::Moment /*from*/) {}
    // Before the instruction at a watched address (or any, with `instructions`).
    // The machine's registers and memory are those of `at`.
    virtual bool on_address(machine::Moment /*at*/, unsigned /*cpu*/, engine::VirtAddr) { return false; }
    // While the accessing instruction runs: registers are not to be trusted,
    // memory holds the new bytes.
    virtual bool on_memory(MemoryEvent const&) { return false; }
    // With the machine at rest at `after` of one or more on_memory() or on_paging().
    // Only if the listener wants it: it costs a stop.
    virtual bool wants_rest() const { return false; }
    virtual bool on_rest(machine::Moment /*after*/) { return false; }
    virtual void on_paging(machine::Moment /*at*/, unsigned /*cpu*/) {}
    // The run is over and the machine stands at rest here; what on_address() would
    // tell at this moment has not been told. True: enough.
    virtual bool on_end(machine::Moment) { return false; }
    // Nothing but the execution of these addresses can tell the listener anything:
    // stretches in which none of them ran need not be run again. Empty: more can.
    virtual std::span<engine::VirtAddr const> only_at() const { return {}; }
    virtual void on_interrupt(machine::Moment /*at*/, unsigned /*cpu*/, std::uint8_t /*vector*/,
                              bool /*external*/) {}
};

class Search final {
public:
    // Where the machine is when the search goes.
    enum class Afterwards : std::uint8_t { back, stays };
    explicit Search(machine::Machine&, SearchControl = {}, Afterwards = Afterwards::back);
    ~Search();
    Search(Search const&) = delete;
    Search& operator=(Search const&) = delete;

    // Goes to where a stretch begins with the help of this ladder's rungs, which
    // must outlive the search. Without it, from checkpoints alone.
    void use(Ladder&);
    // The processor's former observer hears its watched addresses and interrupts,
    // too: for a run that is no search but the machine's own life going on.
    void share();
    // From now on; between runs, and from on_rest().
    void watch(SearchWatch);

    // One interval, forwards.
    SearchOutcome run(Interval, SearchListener&);
    // From `to` backwards to `from`, in stretches that run forwards: short ones near
    // `to`, then from checkpoint to checkpoint. `enough` is asked after each
    // stretch (with the stretch) whether the answer was in it.
    SearchOutcome back(Interval whole, SearchListener&, std::function<bool(Interval)> const& enough);

    machine::Machine& machine();
    // The furthest moment reached by the last run.
    machine::Moment reached() const;
    // What the last call of Machine::run() came back with: why a life ended.
    machine::RunResult const& last_result() const;

private:
    class Hooks;
    std::unique_ptr<Hooks> hooks_;
};

}  // namespace sim::debug
