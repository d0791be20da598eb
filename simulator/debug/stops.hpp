// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a run shall stop: breakpoints, watchpoints and conditions, each with a
// condition and a hit count of its own. One table for both directions: the
// StopListener decides inside the engine while a stretch runs, forwards for the
// first time or backwards in a search.
//
// A breakpoint's hit is the moment before its instruction. A watchpoint's and a
// condition's hit is the first moment at which the new value can be seen.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "simulator/debug/command.hpp"
#include "simulator/debug/expression.hpp"
#include "simulator/debug/register_condition.hpp"
#include "simulator/debug/search.hpp"
#include "simulator/debug/symbols.hpp"

namespace sim::debug {

// One that is set and understood.
struct StopPoint {
    StopNumber number = 0;
    StopSpec spec;
    bool enabled = true;
    std::vector<std::uint64_t> addresses;  // of a breakpoint
    std::optional<Expression> range;       // of a watchpoint: a place, by its type as long as it is
    std::optional<Expression> condition;   // must be true; of StopKind::condition: must become true
    std::string describe() const;          // "breakpoint 2 at threads::wake, if rdi == 0"
};

// Code at "0x...", a function, "main.cpp:12". Empty: `why` says why.
std::vector<std::uint64_t> find_code(std::string_view text, Symbols const&, std::string& why);

class Stops {
public:
    explicit Stops(std::shared_ptr<Symbols const> symbols) : symbols_(std::move(symbols)) {}

    // The number, or why not (with the caret of an expression's error).
    std::variant<StopNumber, std::string> add(StopSpec const&);
    bool remove(StopNumber);
    bool enable(StopNumber, bool);
    // A plain breakpoint at an address, on or off.
    void set_breakpoint(std::uint64_t address, bool);

    std::vector<StopPoint> const& all() const { return all_; }
    bool any() const;                                   // enabled ones
    std::uint64_t version() const { return version_; }  // changes with every change
    StopPoint const* find(StopNumber) const;

    static constexpr std::uint64_t max_count = 10'000;
    static constexpr std::size_t max_stops = 1'000;

private:
    std::shared_ptr<Symbols const> symbols_;
    std::vector<StopPoint> all_;
    StopNumber last_ = 0;
    std::uint64_t version_ = 1;
};

struct StopHit {
    machine::Moment at;  // where one stands who goes to it
    StopNumber stop = 0;
    unsigned cpu = 0;  // who did it, or stands before it
    std::string text;  // "watchpoint 3: 5 became 6, by threads::wake+0x12"
};

class StopListener final : public SearchListener {
public:
    // `first_only`: the run ends at the first hit whose count is full (forwards);
    // else all hits are kept, the newest of them.
    // `processor`: whose registers and page tables say where to look in memory.
    StopListener(Stops const&, Search&, Symbols const&, bool first_only, unsigned processor = 0);

    // No hit of a breakpoint at this moment: the run begins there.
    void ignore_at(machine::Moment m) { ignored_ = m; }
    std::deque<StopHit> const& hits() const { return hits_; }
    void clear() { hits_.clear(); }
    // Hits so far of each stop, for a run that goes on in the next slice.
    std::vector<std::pair<StopNumber, std::uint64_t>>& counted() { return counted_; }
    // Of the stretch that was run last: nothing at all was seen.
    bool saw_nothing() const { return seen_ == 0; }

    void on_begin(machine::Moment from) override;
    bool on_address(machine::Moment at, unsigned cpu, engine::VirtAddr) override;
    bool on_memory(MemoryEvent const&) override;
    bool wants_rest() const override { return !memory_.empty(); }
    std::span<engine::VirtAddr const> only_at() const override {
        return memory_.empty() && registers_.empty() ? std::span<engine::VirtAddr const>(breakpoints_)
                                                     : std::span<engine::VirtAddr const>();
    }
    void on_paging(machine::Moment at, unsigned cpu) override;
    bool on_rest(machine::Moment after) override;
    bool on_end(machine::Moment at) override;

private:
    // A watchpoint or condition on its way.
    struct Memory {
        StopPoint const* stop = nullptr;
        std::vector<engine::Cpu::MemoryRange> data;    // the bytes themselves
        std::vector<engine::Cpu::MemoryRange> tables;  // what decides where they are
        std::vector<std::uint8_t> old;
        bool was_true = false;
    };
    struct Registers {
        StopPoint const* stop = nullptr;
        RegisterCondition condition;
    };
    GuestMemory memory(unsigned cpu) const;
    GuestMemory listening(unsigned cpu, std::vector<engine::Cpu::MemoryRange>& heard) const;
    bool holds(StopPoint const&, unsigned cpu) const;
    bool became_true(machine::Moment, unsigned cpu, std::optional<engine::VirtAddr> address);
    bool hit(StopPoint const&, machine::Moment, unsigned cpu, std::string text);
    unsigned looks_for(StopPoint const& s) const { return s.spec.processor.value_or(processor_); }
    static bool concerns(StopPoint const& s, unsigned cpu) {
        return !s.spec.processor || *s.spec.processor == cpu;
    }
    void look(Memory&);
    void rewatch();

    Stops const& stops_;
    Search& search_;
    Symbols const& symbols_;
    machine::Machine& machine_;
    bool first_only_;
    unsigned processor_;
    std::optional<machine::Moment> ignored_;
    std::vector<Memory> memory_;
    std::vector<MemoryEvent> events_;  // since the last rest
    std::vector<Registers> registers_;
    std::vector<engine::VirtAddr> breakpoints_;
    std::deque<StopHit> hits_;
    std::vector<std::pair<StopNumber, std::uint64_t>> counted_;
    std::uint64_t seen_ = 0;
    std::optional<std::pair<machine::Moment, StopNumber>> last_break_;
    SearchWatch watching_;
};

}  // namespace sim::debug
