// SPDX-License-Identifier: GPL-2.0-or-later
//
// One moment of the machine, as far as the views asked for it. Immutable: the
// simulation thread builds it, publishes it and forgets it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/debug/ability.hpp"
#include "simulator/debug/branch_info.hpp"
#include "simulator/debug/command.hpp"
#include "simulator/debug/descriptor_tables.hpp"
#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/disk_map.hpp"
#include "simulator/debug/event_index.hpp"
#include "simulator/debug/kernel_view.hpp"
#include "simulator/debug/page_accesses.hpp"
#include "simulator/debug/page_heat.hpp"
#include "simulator/debug/page_walk.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/debug/view_request.hpp"
#include "simulator/engine/cpu.hpp"
#include "simulator/machine/checkpoint.hpp"
#include "simulator/machine/device.hpp"
#include "simulator/machine/moment.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::debug {

namespace compare {
struct Comparison;
}

enum class RunState : std::uint8_t {
    paused,
    running,
    seeking,  // on the way to another moment: see Snapshot::progress
    exited,   // the guest left by the exit device: see exit_status
    crashed,  // triple fault
    ended,    // a recording has no more to tell
};
char const* name_of(RunState);

// Bytes of one MemoryRequest. Where no memory is, bytes are 0 and `mapped` says so.
struct MemoryBlock {
    MemoryRequest request;
    std::vector<std::uint8_t> bytes;
    // One for each page that the block touches, from the first.
    struct Page {
        bool mapped = false;
        std::uint64_t physical = 0;  // of the page
    };
    std::vector<Page> pages;

    bool holds(AddressSpace, std::uint64_t address) const;
    bool mapped(std::uint32_t offset) const;
};

struct StackFrame {
    std::uint64_t address = 0;  // RIP, then return addresses
    std::uint64_t frame_pointer = 0;
    std::string function;  // "threads::yield+0x1f"
    SourceLine source;
    bool interrupted = false;  // not a call: an interrupt or exception came here
};
// Of one thread, running or not.
struct ThreadStack {
    std::uint64_t thread = 0;  // its address
    std::vector<StackFrame> frames;
    std::string problem;  // why there are none; empty: there are
};

struct Breakpoint {
    std::uint64_t address = 0;
    std::string where;
};
// Of all kinds, breakpoints too.
struct StopInfo {
    StopNumber number = 0;
    StopKind kind = StopKind::breakpoint;
    bool enabled = true;
    std::string text;  // "watchpoint 2: counter, on change"
};

// What was answered to an Ask.
struct QuestionAnswer {
    CommandNumber number = 0;
    std::string question;
    machine::Moment at;  // where the machine stood
    std::uint64_t virtual_ns = 0;
    bool understood = false, cancelled = false;
    std::string text, json;
};

// One of several.
struct ProcessorInfo {
    engine::CpuState cpu;
    std::string location;  // "threads::idle+0x3"
    bool running = false;  // executed last, or stopped here
    bool waits = false;    // for another one to start it
    std::uint64_t retired = 0;
};

// What the machine is made of. The same for every moment.
struct MachineInfo {
    std::string title;  // "http, live" or the recording's name
    std::string image;  // file name of the image
    std::uint64_t memory_bytes = 0;
    struct Ram {
        std::uint64_t start = 0, length = 0;
    };
    std::vector<Ram> ram;
    bool live = false;        // connected to the outside; false: a recording or nothing attached
    bool can_execute = true;  // false: a recording opened by its checkpoints only
    std::vector<recording::Bookmark> bookmarks;
    Lacks lacks;  // of one that is not simulated
    // Why no stretch can be lived again; empty: one can.
    std::string only_looked_at;
    // It goes on whether or not somebody waits for it: QEMU, not a simulated one.
    bool runs_by_itself = false;
};

struct Snapshot {
    std::uint64_t number = 0;  // rises with each one published
    std::shared_ptr<MachineInfo const> machine;

    // When.
    machine::Moment moment;
    std::uint64_t virtual_ns = 0;
    machine::Moment end;  // the furthest moment known (of a recording: its end)
    std::uint64_t end_ns = 0;

    // How it goes.
    RunState state = RunState::paused;
    int exit_status = 0;                            // when exited
    std::string stop_reason;                        // "breakpoint at main.cpp:12", "end of the recording"
    std::optional<StopNumber> stopped_by;           // of `stops`, when one ended the last movement
    double progress = 1.0;                          // while seeking, 0..1
    double million_instructions_per_second = 0;     // of host time, while running
    machine::CheckpointStore::Spacing checkpoints;  // of this life
    // The session began in the middle of a life, and what was before is still being lived
    // again for its events: up to where, and how far that is.
    struct CatchingUp {
        std::uint64_t until_ns = 0;
        double share = 0;
        std::string trouble;  // why it is not; empty: it is
    };
    std::optional<CatchingUp> catching_up;
    CommandOutcome last_command;
    std::vector<Breakpoint> breakpoints;
    std::vector<StopInfo> stops;
    std::shared_ptr<QuestionAnswer const> answer;           // the newest; null: nothing was asked
    std::vector<BranchInfo> branches;                       // by number, the original first
    BranchNumber branch = original;                         // the one that is looked at
    std::shared_ptr<compare::Comparison const> comparison;  // the newest; null: none was asked for

    // The processor that is looked at. Always there.
    unsigned processor = 0;  // its number
    engine::CpuState cpu;
    std::optional<SourceLine> source;       // of RIP
    std::string location;                   // "threads::idle+0x3"
    std::vector<engine::TlbEntry> tlb;      // on request
    std::vector<ProcessorInfo> processors;  // all of them; of one alone only that one

    // Answers, in the order of the request.
    std::shared_ptr<ViewRequest const> request;  // the one that this snapshot answers
    std::vector<MemoryBlock> memory;
    std::optional<MemoryBlock> zoomed;
    std::optional<WalkExplanation> walk;
    std::shared_ptr<PageTree const> page_tree;
    std::shared_ptr<DescriptorTables const> descriptors;
    std::shared_ptr<PageHeat const> heat;
    // The newest that was counted while nothing else was to be done; null: none was yet.
    std::shared_ptr<Accesses const> accesses;
    std::optional<double> counting;  // accesses are counted just now: the share that is done
    std::vector<std::shared_ptr<DiskMap const>> disks;
    std::string disks_problem;  // why they are not known, where there may be some
    std::vector<std::uint8_t> disk_block;  // empty: none was asked for, or there is none
    std::shared_ptr<Disassembly const> disassembly;
    std::vector<StackFrame> backtrace;
    std::vector<ThreadStack> thread_stacks;  // in the order of the threads
    std::vector<machine::StateNode> devices;  // registers as trees
    KernelView kernel;

    // Shared histories.
    EventView events;
    std::shared_ptr<std::string const>
        console;  // all that the guest printed until this moment (the last 1 MiB)
    std::shared_ptr<Symbols const> symbols;

    // Why the machine cannot; "" when it can.
    std::string_view lacks(Ability a) const { return machine ? machine->lacks.why(a) : ""; }
    bool can(Ability a) const { return lacks(a).empty(); }
    // The block that holds an address, if one was asked for.
    MemoryBlock const* block(AddressSpace, std::uint64_t address) const;
    // What is zoomed to, if it holds this physical address.
    MemoryBlock const* zoomed_at(std::uint64_t address) const;
    ThreadStack const* stack_of(std::uint64_t thread) const;
    // The TLB's entry that translates it, if the TLB was asked for and has one.
    engine::TlbEntry const* cached(engine::VirtAddr) const;
    // Of the address that is walked the TLB holds a translation that the tables do
    // not give, or no longer: it is used all the same until somebody invalidates it.
    // [sdm-3a §4.10.2]
    bool walk_is_stale() const;
    // An instruction of long mode, 32-bit or 16-bit code?
    CodeMode code_mode() const;
};

CodeMode code_mode(engine::CpuState const&);

}  // namespace sim::debug
