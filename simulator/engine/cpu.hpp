// SPDX-License-Identifier: GPL-2.0-or-later
//
// One x86-64 processor, as the machine sees it. Behind it stands Unicorn Engine,
// which decodes and executes instructions; address translation, exceptions and
// interrupts are ours. Nothing outside this folder includes Unicorn.
//
// Counting is exact: retired() is the number of instructions completed since
// the processor was created, at every call out of the processor too (a device
// that is read sees the count of the instruction before the reading one). A REP
// string instruction counts once an iteration and once more for the look that
// finds it finished, HLT counts once, an instruction that faults does not count.
// Nothing that the guest can observe depends on how
// the engine groups instructions, on hooks, or on where a run stops and starts.
//
// Single-threaded: a Cpu and everything it calls live on one thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/engine/code_seen.hpp"

namespace sim::engine {

using PhysAddr = std::uint64_t;
using VirtAddr = std::uint64_t;

// A piece of RAM: guest-physical start and the host memory behind it. Page
// aligned. Owned by the machine and never moved while a Cpu uses it.
struct RamRegion {
    PhysAddr start = 0;
    std::span<std::uint8_t> bytes;
};

struct CpuidResult {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// What the processor is wired to. The machine implements it. Addresses outside
// RAM arrive here; `size` is 1, 2, 4 or 8 (MMIO) and 1, 2 or 4 (ports).
class Wiring {
public:
    virtual ~Wiring() = default;
    virtual std::uint64_t mmio_read(PhysAddr address, unsigned size) = 0;
    virtual void mmio_write(PhysAddr address, unsigned size, std::uint64_t value) = 0;
    virtual std::uint32_t port_read(std::uint16_t port, unsigned size) = 0;
    virtual void port_write(std::uint16_t port, unsigned size, std::uint32_t value) = 0;
    // Time stamp counter at the count that retired() gives now.
    virtual std::uint64_t time_stamp_counter() = 0;
    virtual CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf) = 0;
    // Model-specific registers that the processor does not own itself (it owns
    // EFER, STAR, LSTAR, CSTAR, FMASK, FS_BASE, GS_BASE, KERNEL_GS_BASE, PAT,
    // TSC_AUX and the SYSENTER three; the TSC's is time_stamp_counter()). None, or false: there is no such
    // register, #GP(0).
    virtual std::optional<std::uint64_t> msr_read(std::uint32_t index) = 0;
    virtual bool msr_write(std::uint32_t index, std::uint64_t value) = 0;
    // The interrupt acknowledge cycle: called once when an external interrupt is
    // taken; returns its vector.
    virtual std::uint8_t acknowledge_interrupt() = 0;
    // FERR#: an exception of x87 is pending, an instruction waits for it, and
    // CR0.NE is clear, so that it is no #MF; or (false) none is pending any more,
    // whether it was told or not. The answer to `true` is IGNNE#: true, and the
    // instruction is executed all the same; false, and the processor stands still
    // before it until an interrupt. [sdm-1 §8.7]
    virtual bool numeric_error(bool /*pending*/) { return false; }
    // CR8 is the local APIC's task priority.
    virtual std::uint64_t cr8_read() = 0;
    virtual void cr8_write(std::uint64_t value) = 0;
};

// Segment register with its hidden part. [sdm-3a §3.4.3]
struct Segment {
    std::uint16_t selector = 0;
    std::uint64_t base = 0;
    std::uint32_t limit = 0;
    std::uint32_t attributes =
        0;  // descriptor bits 40..55: type, S, DPL, P, AVL, L, D/B, G at bits 0..11 and 12..15
    static constexpr std::uint32_t big = 1 << 14;  // D/B, in `attributes`
    bool operator==(Segment const&) const = default;
};

struct TableRegister {
    std::uint64_t base = 0;
    std::uint16_t limit = 0;
    bool operator==(TableRegister const&) const = default;
};

enum class Gpr : std::uint8_t {
    rax,
    rcx,
    rdx,
    rbx,
    rsp,
    rbp,
    rsi,
    rdi,
    r8,
    r9,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15
};

// The whole architectural state of the processor: what a checkpoint holds and a
// hash covers. The order of general registers is the instruction encoding's.
struct CpuState {
    std::array<std::uint64_t, 16> gpr{};
    std::uint64_t rip = 0;
    std::uint64_t rflags = 2;
    Segment es, cs, ss, ds, fs, gs, ldtr, tr;
    TableRegister gdtr, idtr;
    std::uint64_t cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0;
    std::array<std::uint64_t, 8> dr{};
    std::uint64_t efer = 0, star = 0, lstar = 0, cstar = 0, fmask = 0, kernel_gs_base = 0,
                  pat = 0x0007040600070406;
    std::uint64_t sysenter_cs = 0, sysenter_esp = 0, sysenter_eip = 0;
    std::array<std::uint8_t, 512> fxsave{};  // x87, MXCSR, XMM0-15 in FXSAVE64 layout [sdm-1 §10.5.1]
    std::uint64_t tsc_aux = 0;
    std::uint8_t privilege = 0;  // CPL; SS.DPL says the same
    bool halted = false;         // after HLT, or FERR#, until an interrupt
    std::uint8_t shadow = 0;     // of the instruction before: see shadow::
    bool nmi_blocked = false;    // inside an NMI handler, until IRET
    bool nmi_pending = false;
    bool shutdown = false;  // after a triple fault, for good

    std::uint64_t operator[](Gpr r) const { return gpr[static_cast<unsigned>(r)]; }
    std::uint64_t& operator[](Gpr r) { return gpr[static_cast<unsigned>(r)]; }
    bool operator==(CpuState const&) const = default;
};

// What STI and MOV or POP SS put off until the next instruction is done.
// [sdm-3a §6.8.1, §6.8.3]
namespace shadow {
constexpr std::uint8_t interrupts = 1;
// From this bit on: breakpoints on data, as bits of DR6, that MOV or POP SS has met.
constexpr unsigned first_breakpoint = 1;
}  // namespace shadow

// One translation that the processor remembers. The TLB is part of the
// machine's state: a stale entry is visible to the guest until it is flushed.
struct TlbEntry {
    VirtAddr page = 0;  // virtual, aligned to `size`
    PhysAddr frame = 0;
    std::uint64_t size = 4096;  // 4 KiB, 2 MiB or 1 GiB
    bool writable = false, user = false, executable = false, global = false, dirty = false;
    bool operator==(TlbEntry const&) const = default;
};

enum class StopReason {
    limit,        // retired() reached the limit
    halted,       // HLT executed: nothing more happens until set_interrupt_line(true) or nmi()
    shutdown,     // triple fault
    observer,     // an observer asked for it
    requested,    // request_stop(), from inside a wiring call (the exit device)
    paused,       // PAUSE has been executed, and set_stop_at_pause() asked for it
    interrupted,  // the flag of set_interruption() is up; the guest notices nothing
};

enum class Access : std::uint8_t { read, write, fetch };

// What a walk of the page tables did, entry by entry, as the processor saw it.
struct WalkStep {
    unsigned level = 0;  // 4: PML4E, 3: PDPTE, 2: PDE, 1: PTE
    PhysAddr entry_address = 0;
    std::uint64_t entry = 0;
};
struct Walk {
    std::vector<WalkStep> steps;
    bool present = false;
    PhysAddr physical = 0;
    std::uint64_t page_size = 0;
    bool writable = false, user = false, executable = false;
    std::uint32_t error_code = 0;  // of the page fault this access would raise, when it would
    bool faults = false;
};

// Who wants to know what happens. Every call comes at an exact count. An
// observer must not change the machine; it may read registers and memory.
class Observer {
public:
    virtual ~Observer() = default;
    // Execution is about to execute the instruction at a watched address (see
    // set_watched_addresses). True stops the run there, before the instruction.
    virtual bool on_address(VirtAddr) { return false; }
    // A vector is about to be delivered: `external` for interrupts from the
    // APIC, else an exception or INT n. `address` is CR2 for a page fault.
    virtual void on_interrupt(std::uint8_t /*vector*/, bool /*external*/, std::uint32_t /*error_code*/,
                              VirtAddr /*address*/) {}
    // An access to watched memory (see set_watched_memory), after it happened.
    // True stops the run after the instruction.
    virtual bool on_memory(Access, PhysAddr, unsigned /*size*/, std::uint64_t /*value*/) { return false; }
    // The page walker has set an accessed or dirty bit in a table entry in
    // watched memory, for the instruction that comes next. True stops the run
    // after that instruction.
    virtual bool on_table_write(PhysAddr /*entry*/) { return false; }
    // CR0, CR3, CR4 or EFER has been written. True stops the run after the instruction.
    virtual bool on_paging_write() { return false; }
    // With set_trace(true): execution is about to execute the instruction there.
    // Called again for an instruction that is begun again, and for a handler's
    // first instruction at the count of the one that it interrupts. True stops
    // the run before the instruction.
    virtual bool on_instruction(VirtAddr) { return false; }
};

class Cpu {
public:
    virtual ~Cpu() = default;

    // Runs until retired() == limit or something stops it. A limit at or below
    // the count is no run at all. Exact: never past the limit. An interrupt
    // that is due at the count is delivered before the next instruction; the
    // delivery itself does not count.
    virtual StopReason run(std::uint64_t limit) = 0;
    virtual std::uint64_t retired() const = 0;

    // Pins. The line is level: on while the local APIC has something to deliver.
    // May be called from inside a wiring call; taken after that instruction.
    virtual void set_interrupt_line(bool on) = 0;
    virtual void nmi() = 0;
    virtual void request_stop() = 0;
    // HLT was executed, and no pin says anything that would end it.
    virtual bool asleep() const = 0;
    // While this flag is up, run() comes back between two stretches of fast code,
    // at the latest at its limit: give short ones. To run again is to go on. Not
    // owned; lowered by its owner. May be raised from other threads and signals.
    virtual void set_interruption(std::atomic<bool> const* /*flag*/) {}

    // The other processors on the same RAM: what one writes the others see, in
    // their code too. Told once, before the first run. Not owned. Only one of
    // them may be inside run() at a time, and that is what makes locked
    // instructions atomic.
    virtual void set_siblings(std::span<Cpu* const> others) = 0;
    // A program that executes PAUSE waits for another processor: come back.
    virtual void set_stop_at_pause(bool on) = 0;

    // State. Setting is complete and silent: no side effect but the state.
    virtual CpuState state() const = 0;
    // Two of them alone: much cheaper than all.
    virtual std::uint64_t general(Gpr which) const { return state()[which]; }
    virtual std::uint64_t instruction_pointer() const { return state().rip; }
    virtual void set_state(CpuState const&, std::uint64_t retired) = 0;
    virtual std::vector<TlbEntry> tlb() const = 0;
    virtual void set_tlb(std::span<TlbEntry const>) = 0;
    // 32-bit protected mode with flat segments and paging off, as PVH and
    // multiboot loaders hand over. Registers are then set with set_state().
    virtual void reset_to_protected_mode() = 0;

    // Someone else wrote RAM (DMA, loader, restore, a person): the translations
    // of code there are dropped and the pages become dirty.
    virtual void memory_written(PhysAddr start, std::uint64_t length) = 0;
    // Pages written (by anyone) since the last call, ascending, then forgotten.
    // Each is a page number: physical address / 4096.
    virtual std::vector<std::uint64_t> take_dirty_pages() = 0;

    // Translation by the tables as they are now, with no TLB, no accessed or
    // dirty bits set, no side effect.
    virtual Walk walk(VirtAddr, Access, bool user) const = 0;

    // Observation. No effect on the guest, counts or hashes.
    virtual void set_observer(Observer*) = 0;
    virtual void set_watched_addresses(std::span<VirtAddr const>) = 0;
    struct MemoryRange {
        PhysAddr start = 0;
        std::uint64_t length = 0;
        bool read = false, write = true;
    };
    virtual void set_watched_memory(std::span<MemoryRange const>) = 0;
    // What was set last: whoever borrows the processor for a while gives it back so.
    virtual Observer* observer() const { return nullptr; }
    virtual std::vector<VirtAddr> watched_addresses() const { return {}; }
    virtual std::vector<MemoryRange> watched_memory() const { return {}; }
    // Every instruction is told: about a microsecond each.
    virtual void set_trace(bool) {}
    // The code that was executed, or at least begun, since this was last forgotten;
    // null: this processor does not keep it. Part of no state.
    virtual CodeSeen const* code_seen() const { return nullptr; }
    virtual void forget_code_seen() {}
};

// What this processor implements, leaf by leaf: the machine's Wiring::cpuid()
// answers with this and adds what the machine has (APIC, TSC rate, hypervisor).
CpuidResult supported_cpuid(std::uint32_t leaf, std::uint32_t subleaf);

// Throws std::runtime_error with one clear line when the engine's self-test
// fails (a version of Unicorn that behaves in another way than was measured).
std::unique_ptr<Cpu> make_cpu(Wiring&, std::vector<RamRegion>);

}  // namespace sim::engine
