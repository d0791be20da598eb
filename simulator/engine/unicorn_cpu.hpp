// SPDX-License-Identifier: GPL-2.0-or-later
//
// The processor. Two Unicorn engines work on the same RAM:
//
//   fast     runs whole blocks at full speed. A hook at each block's start adds
//            the block's instructions to the count. It is never given anything
//            that has to happen at an exact moment.
//   stepper  runs a stated number of instructions, with a hook on each of them.
//            It does what the fast engine was refused: the last instructions
//            before a limit, device memory, watched memory, code that modifies
//            itself, segment loads.
//
// Privileged and timed instructions are neither's: we emulate them. One engine
// at a time is `live` and holds the registers; live_on() moves them.
//
// Read in this order: run_loop.cpp, stepper.cpp, fills.cpp, exceptions.cpp,
// system_instructions.cpp; state.cpp and registers.cpp when you need them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "simulator/engine/block.hpp"
#include "simulator/engine/calibration.hpp"
#include "simulator/engine/core.hpp"
#include "simulator/engine/cpu.hpp"
#include "simulator/engine/debug_registers.hpp"
#include "simulator/engine/decode.hpp"
#include "simulator/engine/event.hpp"
#include "simulator/engine/fault.hpp"
#include "simulator/engine/mmu.hpp"
#include "simulator/engine/numeric.hpp"
#include "simulator/engine/own_code.hpp"
#include "simulator/engine/physical_memory.hpp"
#include "simulator/engine/probe.hpp"
#include "simulator/engine/trial.hpp"
#include "simulator/engine/wasted.hpp"

namespace sim::engine {

class UnicornCpu final : public Cpu {
public:
    UnicornCpu(Wiring& wiring, std::vector<RamRegion> ram, bool counting = true);

    // Not counting: what uncounted.hpp says.
    void run_uncounted();
    // For tests: always do what is done where translation is wasted (wasted.hpp). How
    // many instructions were translated, on both engines.
    void take_one_by_one() { always_one_by_one_ = true; }
    std::uint64_t translated() const { return translated_ever_; }

    StopReason run(std::uint64_t limit) override;
    std::uint64_t retired() const override;
    void set_interrupt_line(bool on) override { interrupt_line_ = on; }
    void nmi() override { nmi_pending_ = true; }
    void request_stop() override { stop_requested_ = true; }
    bool asleep() const override { return halted_ && !can_take_interrupt(); }
    void set_interruption(std::atomic<bool> const* flag) override { interruption_ = flag; }
    void set_siblings(std::span<Cpu* const> others) override;
    void set_stop_at_pause(bool on) override { decoder_.stop_at_pause = on; }

    CpuState state() const override;
    std::uint64_t general(Gpr which) const override { return gpr(which); }
    std::uint64_t instruction_pointer() const override { return rip(); }
    void set_state(CpuState const& state, std::uint64_t retired) override;
    std::vector<TlbEntry> tlb() const override { return mmu_.tlb.entries(); }
    void set_tlb(std::span<TlbEntry const> entries) override;
    void reset_to_protected_mode() override;

    void memory_written(PhysAddr start, std::uint64_t length) override;
    std::vector<std::uint64_t> take_dirty_pages() override;
    Walk walk(VirtAddr address, Access access, bool user) const override {
        return mmu_.walk(address, access, user);
    }

    void set_observer(Observer* observer) override { observer_ = observer; }
    void set_watched_addresses(std::span<VirtAddr const> addresses) override;
    void set_watched_memory(std::span<MemoryRange const> ranges) override;
    Observer* observer() const override { return observer_; }
    std::vector<VirtAddr> watched_addresses() const override {
        return {watched_addresses_.begin(), watched_addresses_.end()};
    }
    std::vector<MemoryRange> watched_memory() const override { return watched_memory_; }
    void set_trace(bool on) override { tracing_ = on; }
    CodeSeen const* code_seen() const override { return &seen_; }
    void forget_code_seen() override;

private:
    // --- blocks (run_loop.cpp) ---

    static constexpr std::size_t hot_slots = 1 << 14;
    static constexpr VirtAddr mark_of_ring_3 = VirtAddr{1}
                                               << 62;  // no canonical address changes into another
    VirtAddr marked(VirtAddr address) const { return address ^ ring_mark_; }
    HotBlock& hot_slot(VirtAddr address) { return hot_blocks_[address * 0x9E3779B97F4A7C15 >> 50]; }
    static_assert(hot_slots == std::size_t{1} << (64 - 50));
    static constexpr std::size_t most_blocks = 200'000;

    // Why the fast engine came back.
    enum class ExitKind : std::uint8_t {
        none,
        block,        // before a block that it must not run as a whole
        interrupt,    // before a block, an interrupt can be taken
        read_again,   // before a block that was translated when there was nothing to fetch
        astray,       // before a block at an address that is not canonical, from `block`
        fetch_fault,  // before a block that may not be fetched
        refused,      // at an instruction: a translation was refused
        exception,    // at (or after) an instruction
        port,         // not counting: at a port access
    };
    struct Exit {
        ExitKind kind = ExitKind::none;
        Block* block = nullptr;
        VirtAddr address = 0;
        Fault fault;
    };
    static void on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* self);
    void look_at_block(VirtAddr address, std::uint32_t size, Block* before);
    Block* check_block(VirtAddr address, std::uint32_t size);
    void scan_block(Block& block, std::span<std::uint8_t const> code);
    void plan_alignment(Block& block, std::span<std::uint8_t const> code);
    AlignedOperand const* first_unaligned(Block const& block) const;
    void step_alone(Instruction const& instruction);
    bool sse_usable() const;
    bool loads_bad_mxcsr(Instruction const& instruction);
    bool fetchable(VirtAddr address, Fault& fault);
    bool read_as_nowhere(VirtAddr address, PhysAddr frame) const;
    std::optional<PhysAddr> fetched_before(VirtAddr address) const;
    void stop_fast(ExitKind kind, VirtAddr address, Block* block);
    void run_fast();
    void after_fast();
    bool better_one_by_one();
    void run_one();
    void run_behind_stack_load();
    void end_translation_behind(Instruction const& instruction);
    unsigned index_in_block(VirtAddr address) const;
    void execute_in_block(Block& block);
    void execute_cut(Block& block);
    bool interrupted() const;
    void branched_astray(std::optional<VirtAddr> at);
    VirtAddr last_instruction(Block const& block) const;
    void forget_blocks_with(std::vector<VirtAddr> addresses);
    void keep_translation_budget();
    static void on_translation(uc_engine*, uc_tb*, uc_tb*, void* self);
    static void on_engine_exception(uc_engine*, std::uint32_t number, void* self);
    static bool on_invalid_instruction(uc_engine*, void* self);
    bool watched(VirtAddr address) const {
        return (!watched_addresses_.empty() && watched_addresses_.contains(address)) ||
               debug_.match_code(address) != 0;
    }

    // --- the stepper (stepper.cpp) ---

    enum class StepEnd : std::uint8_t { done, early, refused, exception };
    // Runs `count` instructions on the stepper. Early: after one that touched a
    // device, wrote code or was asked to stop. A refusal or exception has been
    // dealt with when it returns.
    StepEnd step(unsigned count, bool system = false) {
        return checks_alignment_ ? try_steps(count, system) : step_together(count, system);
    }
    StepEnd step_together(unsigned count, bool system);
    static void on_instruction(uc_engine*, std::uint64_t address, std::uint32_t size, void* self);
    void note_own_code_write(VirtAddr page, PhysAddr frame);
    void begin_again(OwnCodeWrite const& write);
    std::uint8_t* end_of_page_before(VirtAddr page);
    static void on_memory(uc_engine*, uc_mem_type, std::uint64_t address, int size, std::int64_t value,
                          void* self);
    static std::uint64_t on_mmio_read(uc_engine*, std::uint64_t offset, unsigned size, void* region);
    static void on_mmio_write(uc_engine*, std::uint64_t offset, unsigned size, std::uint64_t value,
                              void* region);
    static std::uint32_t on_in(uc_engine*, std::uint32_t port, int size, void* self);
    static void on_out(uc_engine*, std::uint32_t port, int size, std::uint32_t value, void* self);
    static std::uint32_t end_at_in(uc_engine*, std::uint32_t port, int size, void* self);
    static void end_at_out(uc_engine*, std::uint32_t port, int size, std::uint32_t value, void* self);
    void step_one_system(Instruction const& instruction);
    void finish_system(Instruction const& instruction);
    std::optional<Fault> system_segment_nowhere(Instruction const& instruction);
    bool null_stack_of_another_ring(Instruction const& instruction);
    void keep_bases();
    VirtAddr find_fault_address(VirtAddr page, Access access);

    // --- instructions that may have to be taken back (trial.cpp) ---

    bool alignment_is_checked() const;
    // Those that make cuts, as bits.
    static constexpr unsigned popf_alone = 1, x87_alone = 2, simd_alone = 4;
    unsigned checks_in_force() const;
    bool runs_alone(Instruction const& instruction, unsigned checks) const;
    StepEnd try_steps(unsigned count, bool system);
    void begin_trial();
    void note_in_trial(Access access, PhysAddr address, unsigned size);
    void check_alignment(PhysAddr address, unsigned size);
    bool in_descriptor_table(PhysAddr address) const;
    bool in_task_state(PhysAddr address) const;
    bool lies_in(PhysAddr address, VirtAddr base, std::uint64_t limit) const;
    std::optional<Fault> judge_trial(bool completed);
    void take_back();

    // --- floating-point exceptions (float_exceptions.cpp) ---

    std::uint8_t x87_notes() const;
    std::uint8_t simd_notes() const;
    void set_notes(std::size_t place, std::uint8_t flags);
    void settle_x87_notes();
    void settle_simd_notes();
    void look_at_masks();
    void step_numeric(Instruction const& instruction);
    bool error_is_pending(Numeric const& numeric) const;
    void note_before_numeric(Instruction const& instruction);
    std::optional<Fault> after_numeric(Instruction const& instruction);
    void after_x87(Instruction const& instruction);
    void after_x87_state(Instruction const& instruction);
    std::optional<Fault> after_simd(Instruction const& instruction);
    void note_simd_operands(Instruction const& instruction);
    bool has_denormal_operand(SimdShape const& shape) const;
    bool has_tiny_result(SimdShape const& shape) const;

    // --- what observers are told (observation.cpp) ---

    MemoryRange const* watched_range(Access access, PhysAddr address, std::uint64_t size) const;
    void tell_memory(Access access, PhysAddr address, unsigned size, std::uint64_t value);
    void tell_linear(Access access, PhysAddr address, void const* bytes, std::size_t size);
    void stop_after_this();
    void tell_table_write(PhysAddr entry);
    void tell_held_table_writes();
    void tell_paging_write();
    bool tell_instruction(VirtAddr address);

    // --- translations for the engines (fills.cpp) ---

    enum class Refusal : std::uint8_t {
        none,
        fault,       // page fault or #GP: the guest's business
        device,      // not RAM: for the stepper
        watched,     // an observer wants to know: for the stepper
        code_write,  // a write to a page that holds translated code
        make_code,   // a fetch from a page that was data so far
        retry,       // something has to be flushed first
    };
    struct Refused {
        Refusal why = Refusal::none;
        VirtAddr page = 0;
        PhysAddr frame = 0;
        Access access = Access::read;
        Translation translation;
    };
    static bool on_fast_fill(uc_engine*, std::uint64_t page, uc_mem_type, uc_tlb_entry*, void* self);
    static bool on_stepper_fill(uc_engine*, std::uint64_t page, uc_mem_type, uc_tlb_entry*, void* self);
    bool fill(bool stepper, VirtAddr page, uc_mem_type type, uc_tlb_entry& entry);
    bool fill_fetch(VirtAddr page, uc_tlb_entry& entry);
    bool fill_probe(VirtAddr page, Access access, uc_tlb_entry& entry);
    bool refuse(Refusal why, VirtAddr page, PhysAddr frame, Access access,
                Translation const& translation = {});
    void resolve_refusal();
    bool implicit_supervisor(VirtAddr page) const;
    void table_written(PhysAddr address);
    void make_code(PhysAddr frame);
    void make_data(PhysAddr frame);
    void settle();
    void flush_engine_tlbs();
    void flush_guest_tlb(bool globals_too);
    void drop_translations(PhysAddr frame);

    // --- the guest's own breakpoints (debug.cpp) ---

    void set_debug_registers(DebugRegisters const& to);
    PhysAddr debug_alias(VirtAddr page);
    static PhysAddr without_alias(PhysAddr address);
    PhysAddr met_at(PhysAddr address, unsigned size, Access access);
    void met_port(std::uint16_t port, unsigned size);

    // --- other processors on this RAM (siblings.cpp); no engine of theirs runs ---

    bool code_elsewhere(PhysAddr frame) const;
    void written_here(PhysAddr frame);     // or about to be
    void translated_here(PhysAddr frame);  // or about to be

    // --- events (exceptions.cpp) ---

    void raise(Fault const& fault);
    void deliver(Event event);
    void count_delivery();
    void debug_exception(std::uint64_t why, DebugClass what);
    bool code_breakpoint(VirtAddr address);
    void deliver_debug_trap();
    void deliver_long(Event const& event);
    void deliver_legacy(Event const& event);
    void push_frame(VirtAddr bottom, std::span<std::uint8_t const> bytes, unsigned word, bool user);
    void deliver_real(Event const& event);  // real_mode.cpp
    bool return_far_in_real_mode(Instruction const& instruction);
    StackChange inner_stack(unsigned privilege, std::uint32_t ext);
    std::optional<VirtAddr> descriptor_address(std::uint16_t selector) const;
    bool can_take_interrupt() const;
    void take_interrupts();
    void page_fault_at_instruction(Refused const& refused);
    bool through_stack_segment(VirtAddr page);
    void engine_exception(Fault fault);

    // --- instructions that we emulate (system_instructions.cpp, control_registers.cpp) ---

    void emulate(Instruction const& instruction);
    void emulate_operation(Instruction const& instruction, VirtAddr& next);
    void check_io_permission(std::uint16_t port, unsigned bytes);
    void syscall(VirtAddr next);
    VirtAddr sysret(bool to_64);
    VirtAddr sysenter();
    VirtAddr sysexit(bool to_64);
    void move_debug_register(Instruction const& instruction);
    std::uint64_t read_control(unsigned number);
    void write_control(unsigned number, std::uint64_t value);
    void write_cr0(std::uint64_t value);
    void write_cr4(std::uint64_t value);
    std::uint64_t read_msr(std::uint32_t index);
    void write_msr(std::uint32_t index, std::uint64_t value);
    void write_efer(std::uint64_t value);
    void require_ring_0() const {
        if (privilege_ != 0) throw general_protection();
    }
    VirtAddr effective_address(Instruction const& instruction, VirtAddr next);
    VirtAddr address_of(Decoder::MemoryOperand const& operand, VirtAddr next);
    std::optional<Instruction> instruction_at(VirtAddr address);

    // --- registers (registers.cpp) ---

    void live_on(Core& core);
    void load_registers(CpuState const& state);
    std::uint64_t gpr(Gpr reg) const { return live_->read(unicorn_gpr[static_cast<unsigned>(reg)]); }
    void set_gpr(Gpr reg, std::uint64_t value) {
        live_->write(unicorn_gpr[static_cast<unsigned>(reg)], value);
    }
    std::uint64_t rip() const { return live_->read(UC_X86_REG_RIP); }
    void set_rip(std::uint64_t value) { live_->write(UC_X86_REG_RIP, value); }
    // The address that RIP stands for. The same number but in real mode and in
    // 32-bit segments that do not begin at zero.
    VirtAddr linear_rip() const {
        return code_size_ == CodeSize::bits64 ? rip() : (code_base_ + rip()) & 0xFFFF'FFFF;
    }
    void set_linear_rip(VirtAddr address) {
        set_rip(code_size_ == CodeSize::bits64 ? address : (address - code_base_) & 0xFFFF'FFFF);
    }
    // RF is kept here: the processor clears it after one instruction, the engine
    // would at the end of a block.
    std::uint64_t rflags() const {
        std::uint64_t const flags = live_->read(UC_X86_REG_RFLAGS) & ~flag::resume;
        return resume_at_ == retired_ ? flags | flag::resume : flags;
    }
    void set_rflags(std::uint64_t value) { live_->write(UC_X86_REG_RFLAGS, value & ~flag::resume); }
    std::uint64_t engine_msr(std::uint32_t index) const;
    void set_engine_msr(std::uint32_t index, std::uint64_t value);
    TableRegister table_register(int reg) const;
    Segment system_segment(int reg) const;
    void set_system_segment(int reg, Segment const& segment);
    // Hidden parts: save() copies the live engine's context here, load() puts it
    // back with what was changed.
    void save_hidden() const;
    void load_hidden();
    Segment hidden_segment(SegmentName name) const;
    void set_hidden_segment(SegmentName name, Segment const& segment);
    std::uint32_t hidden_flags() const;
    void set_interrupt_shadow(bool on);
    bool interrupt_shadow() const;
    void update_hidden_flags(unsigned privilege, bool shadow);
    void refresh_mode();
    void set_privilege(unsigned privilege) {
        privilege_ = privilege;
        ring_mark_ = privilege == 3 ? mark_of_ring_3 : 0;
    }

    // --- the guest's memory, as an instruction of ours accesses it ---

    void read_linear(VirtAddr address, void* to, std::size_t size, bool user);
    void write_linear(VirtAddr address, void const* from, std::size_t size, bool user);
    PhysAddr linear_to_physical(VirtAddr address, Access access, bool user);
    void note_write(PhysAddr address);
    template <typename Word>
    Word read_word(VirtAddr address, bool user = false) {
        Word word;
        read_linear(address, &word, sizeof word, user);
        return word;
    }
    template <typename Word>
    void write_word(VirtAddr address, Word word, bool user = false) {
        write_linear(address, &word, sizeof word, user);
    }

    ContextLayout const& layout_;
    Wiring& wiring_;
    PhysicalMemory memory_;
    Mmu mmu_;
    Decoder decoder_;

    // Mapped into the engines at physical addresses that no guest has.
    struct alignas(4096) SpecialPages {
        std::array<std::uint8_t, page_size> no_memory;  // all ones: what a fetch from nowhere reads
        std::array<std::uint8_t, page_size> scratch;    // of find_fault_address()
        std::array<std::uint8_t, page_size> target;
    };
    std::unique_ptr<SpecialPages> special_pages_;
    Core fast_, stepper_;
    Core* live_ = &fast_;
    mutable Context context_;   // copy of the live engine's, for hidden parts and moves
    Context pristine_context_;  // as the engine was opened
    Context before_system_;     // before an instruction that runs alone
    Context before_trial_;      // before one that may have to be taken back

    struct MmioRegion {
        UnicornCpu* cpu;
        PhysAddr start;
    };
    std::vector<VirtAddr> debug_pages_;  // of the guest's addresses: each has an alias of RAM in the stepper
    std::size_t debug_aliases_ = 0;      // that are mapped
    std::vector<std::unique_ptr<MmioRegion>> mmio_regions_;

    // Architectural state that no engine holds. The paging registers and EFER
    // are in mmu_.mode.
    std::uint64_t cr2_ = 0;
    DebugRegisters debug_;
    std::uint64_t pending_debug_ = 0;  // breakpoints that the running instruction met, as bits of DR6
    // Those that MOV SS or POP SS met: until the next instruction begins, and while it runs.
    std::uint64_t held_debug_ = 0, carried_debug_ = 0;
    bool loaded_stack_ = false;        // the instruction was one of these
    bool delivered_ = false;           // an exception or interrupt, since somebody put it down
    std::uint64_t frame_met_ = 0;      // likewise, the frame of an exception
    std::uint64_t resume_at_ = ~0ull;  // RFLAGS.RF is set as long as the count is this
    std::uint64_t star_ = 0, lstar_ = 0, cstar_ = 0, fmask_ = 0, pat_ = 0;
    std::uint64_t tsc_aux_ = 0;
    bool halted_ = false, nmi_blocked_ = false, shutdown_ = false;
    unsigned privilege_ = 0;                 // CPL, kept with the engine's
    VirtAddr ring_mark_ = 0;                 // of that, for hot_blocks_
    CodeSize code_size_ = CodeSize::bits32;  // of CS
    VirtAddr code_base_ = 0;                 // likewise; means nothing in 64-bit code

    // Pins.
    bool interrupt_line_ = false, nmi_pending_ = false, stop_requested_ = false;
    bool paused_ = false;  // PAUSE has just been executed
    std::vector<UnicornCpu*> siblings_;
    std::atomic<bool> const* interruption_ = nullptr;

    // The run.
    std::uint64_t retired_ = 0;
    std::uint64_t limit_ = 0;
    std::uint64_t budget_ = 0;   // the hot path's limit: 0 when every block needs a look
    std::uint32_t running_ = 0;  // instructions of the block that is running
    Block* current_ = nullptr;   // that block
    Exit exit_;
    Refused refused_;
    std::uint64_t epoch_ = 1;
    // Blocks are noted when they are looked at, once in an epoch. The epoch that
    // began only so that they are noted anew; what held in the one before still holds.
    CodeSeen seen_;
    std::uint64_t noting_since_ = 0;
    std::uint64_t flush_generation_ = 1;  // counts flushes of the engines' TLBs
    std::unordered_map<VirtAddr, Block> blocks_;
    std::vector<HotBlock> hot_blocks_;
    std::uint64_t translated_[2] = {0, 0};  // instructions translated since the last flush: fast, stepper
    std::uint64_t translated_ever_ = 0;
    WastedTranslation wasted_;
    bool always_one_by_one_ = false;
    bool dropping_ = false;
    // The count of the last fault or interrupt, and how many others there were
    // before it at that count. A trap is none of them: a run that ends between
    // a trap and what follows would have to remember it, and CpuState does not.
    std::uint64_t delivered_at_ = ~0ull;
    unsigned deliveries_ = 0;
    std::vector<VirtAddr> nowhere_;  // pages where the engines may still see nothing to fetch

    // The stepper.
    bool in_engine_ = false;  // one of the engines is running: we are in a callback
    unsigned step_wanted_ = 0, step_started_ = 0;
    VirtAddr step_address_ = 0;                   // of the instruction started last
    std::optional<OwnCodeWrite> own_code_write_;  // a write to translated code has just been granted
    bool stop_step_ = false, in_step_ = false, system_step_ = false, observer_stop_ = false;
    bool granted_implicitly_ = false;                  // the stepper holds a right that ring 3 does not have
    Instruction const* system_instruction_ = nullptr;  // that runs alone, as long as it is not finished
    std::optional<std::uint64_t> flags_before_;        // of an instruction that changes them before its store
    std::vector<PhysAddr> to_data_;                    // pages to make data of, when no engine runs
    Probe probe_;

    Trial trial_;                                        // an instruction that may have to be taken back
    bool checks_alignment_ = false;                      // in this turn of the run's loop
    bool x87_unmasked_ = false, simd_unmasked_ = false;  // any exception of theirs

    Observer* observer_ = nullptr;
    std::unordered_set<VirtAddr> watched_addresses_;
    std::vector<MemoryRange> watched_memory_;
    bool tracing_ = false;
    std::optional<std::uint64_t> stop_after_;  // the observer wants to stop once the count is greater
    struct Asked {
        std::uint64_t count;
        VirtAddr address;
        bool operator==(Asked const&) const = default;
    };
    std::optional<Asked> asked_at_;       // where on_address() has been called
    bool hold_table_writes_ = false;      // the fast engine runs: the count is not exact
    std::vector<PhysAddr> table_writes_;  // held, to be told before the instruction runs alone
};

}  // namespace sim::engine
