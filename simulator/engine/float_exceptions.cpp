// SPDX-License-Identifier: GPL-2.0-or-later
//
// Floating-point exceptions. The engine computes and notes in two bytes of its
// own what has happened; it fills in neither the status word of x87 nor MXCSR,
// and raises nothing. [sdm-1 §4.9, §8.6 to §8.7, §11.5]
//
// As long as all exceptions are masked, which is nearly always, its two bytes go
// on collecting at full speed, and are added where a program looks: FNSTSW,
// FXSAVE, STMXCSR and their like run alone. With one unmasked, the instructions
// that may cause any run alone, each a trial (trial.cpp), and are taken back when
// the manual wants no result. The bytes are zero then between instructions.
//
// Known to be missing: faults of the register stack; a denormal operand while everything is
// masked (the engine sees none); the results that the manual scales when an
// overflow or underflow is not masked; what the engine computes in other ways,
// as the transcendental functions.
#include <algorithm>
#include <cstring>

#include "simulator/engine/numeric.hpp"
#include "simulator/engine/opcodes.hpp"
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

// What the engine notes, in the manual's order: the same, but for two. Denormal
// operands it notes when it makes them zero, where the manual wants no flag.
constexpr std::uint8_t flushed_result = 1 << 7;  // tiny, and made zero
std::uint8_t manuals_flags(std::uint8_t engines) {
    std::uint8_t flags = engines & (numeric::all & ~numeric::denormal);
    if (engines & flushed_result) flags |= numeric::underflow | numeric::precision;
    return flags;
}

// The status word, with what says that an exception is pending. [sdm-1 §8.1.3.3]
std::uint16_t summed_up(std::uint16_t status, std::uint16_t control) {
    constexpr std::uint16_t pending = numeric::summary | numeric::busy;
    bool const unmasked = status & ~control & numeric::all;
    return static_cast<std::uint16_t>(unmasked ? status | pending : status & ~pending);
}

// One lane of an operand.
struct Lane {
    std::uint64_t bits = 0;
    unsigned bytes = 4;
    std::uint64_t fraction() const { return bits & (bytes == 4 ? 0x7F'FFFFull : 0xF'FFFF'FFFF'FFFFull); }
    unsigned exponent() const { return bytes == 4 ? bits >> 23 & 0xFF : bits >> 52 & 0x7FF; }
    bool negative() const { return bits >> (8 * bytes - 1) & 1; }
    bool nan() const { return exponent() == (bytes == 4 ? 0xFF : 0x7FF) && fraction(); }
    bool zero() const { return !exponent() && !fraction(); }
    bool denormal() const { return !exponent() && fraction(); }
};
Lane lane_of(std::array<std::uint8_t, 16> const& value, unsigned number, unsigned bytes) {
    Lane lane{0, bytes};
    std::memcpy(&lane.bits, &value[std::size_t{number} * bytes], bytes);
    return lane;
}

}  // namespace

// --- the engine's notes ---

std::uint8_t UnicornCpu::x87_notes() const {
    save_hidden();
    return manuals_flags(context_.at<std::uint8_t>(layout_.x87_flags));
}

std::uint8_t UnicornCpu::simd_notes() const {
    save_hidden();
    return manuals_flags(context_.at<std::uint8_t>(layout_.simd_flags));
}

void UnicornCpu::set_notes(std::size_t place, std::uint8_t flags) {
    save_hidden();
    if (context_.at<std::uint8_t>(place) == flags) return;
    context_.put<std::uint8_t>(place, flags);
    load_hidden();
}

// Into the registers of the architecture, so that the notes are empty.
void UnicornCpu::settle_x87_notes() {
    std::uint8_t const flags = x87_notes();
    if (!flags) return;
    std::uint64_t const status = live_->read(UC_X86_REG_FPSW);
    live_->write(UC_X86_REG_FPSW, status | flags);
    set_notes(layout_.x87_flags, 0);
}

void UnicornCpu::settle_simd_notes() {
    std::uint8_t const flags = simd_notes();
    if (!flags) return;
    live_->write(UC_X86_REG_MXCSR, live_->read(UC_X86_REG_MXCSR) | flags);
    set_notes(layout_.simd_flags, 0);
}

// After every change of the masks.
void UnicornCpu::look_at_masks() {
    bool const x87 = ~live_->read(UC_X86_REG_FPCW) & numeric::all;
    bool const simd = ~live_->read(UC_X86_REG_MXCSR) >> numeric::mask_shift & numeric::all;
    if (x87 == x87_unmasked_ && simd == simd_unmasked_) return;
    x87_unmasked_ = x87;
    simd_unmasked_ = simd;
    ++epoch_;  // blocks are cut for it
}

// --- the instruction at RIP, alone ---

void UnicornCpu::step_numeric(Instruction const& instruction) {
    Numeric const& numeric = instruction.numeric;
    if (numeric.waits && error_is_pending(numeric)) {
        if (tracing_ && tell_instruction(linear_rip())) return;
        if (mmu_.mode.cr0 >> 5 & 1) return raise({vector::numeric_error, {}});
        // FERR#, and the processor stands still until an interrupt, as after HLT.
        if (!wiring_.numeric_error(true)) {
            halted_ = true;
            return;
        }
    }
    live_on(stepper_);
    if (numeric.x87_state) settle_x87_notes();
    if (numeric.simd_state) settle_simd_notes();
    trial_.numeric = &instruction;
    try_steps(1, false);
    trial_.numeric = nullptr;
}

// Does it meet an exception of x87? What comes before #MF is the engine's.
bool UnicornCpu::error_is_pending(Numeric const& numeric) const {
    if (!x87_unmasked_) return false;
    bool const monitor = mmu_.mode.cr0 >> 1 & 1, emulation = mmu_.mode.cr0 >> 2 & 1,
               switched = mmu_.mode.cr0 >> 3 & 1;
    if (numeric.fwait ? monitor && switched : emulation || switched) return false;
    return live_->read(UC_X86_REG_FPSW) & numeric::summary;
}

void UnicornCpu::note_before_numeric(Instruction const& instruction) {
    Numeric const& numeric = instruction.numeric;
    if (numeric.silent) trial_.simd_notes = simd_notes();
    if (numeric.simd && simd_unmasked_) note_simd_operands(instruction);
    if (!(numeric.x87 && x87_unmasked_) && !numeric.x87_state) return;
    trial_.x87_status = static_cast<std::uint16_t>(live_->read(UC_X86_REG_FPSW));
    if (numeric.x87_state) return;
    trial_.rip = rip();
    auto const operand = decoder_.memory_operand(instruction, rip(), code_size_);
    trial_.operand = operand ? address_of(*operand, rip() + instruction.length) : 0;
}

// The engine has executed the trial's instruction. The exception that comes
// instead, if one does; then the rest has been taken back.
std::optional<Fault> UnicornCpu::after_numeric(Instruction const& instruction) {
    Numeric const& numeric = instruction.numeric;
    if (numeric.x87 && x87_unmasked_) after_x87(instruction);
    if (numeric.simd)
        if (std::optional<Fault> const fault = after_simd(instruction)) return fault;
    if (numeric.x87_state) after_x87_state(instruction);
    if (numeric.x87_state || numeric.simd_state) look_at_masks();
    return std::nullopt;
}

// [sdm-1 §8.5, §8.7] An exception is noted by its instruction and raised by the
// next that waits.
void UnicornCpu::after_x87(Instruction const& instruction) {
    std::uint8_t const caused = x87_notes();
    if (!caused) return;
    auto const control = static_cast<std::uint16_t>(live_->read(UC_X86_REG_FPCW));
    unsigned const unmasked = caused & ~control & numeric::all;
    unsigned const after_result = numeric::overflow | numeric::underflow;
    bool const no_operation = unmasked & numeric::before_result,
               no_store = instruction.numeric.x87_store && (unmasked & after_result);
    auto status = static_cast<std::uint16_t>(live_->read(UC_X86_REG_FPSW));
    unsigned flags = caused;
    if (no_operation || no_store) {
        std::uint64_t const next = rip();
        take_back();
        set_rip(next);
        status = trial_.x87_status;
        flags = no_operation ? caused & numeric::before_result : unmasked & after_result;
    }
    // The engine sets a flag or two itself, not always rightly.
    status =
        static_cast<std::uint16_t>((status & ~numeric::all) | (trial_.x87_status & numeric::all) | flags);
    live_->write(UC_X86_REG_FPSW, summed_up(status, control));
    set_notes(layout_.x87_flags, 0);
    if (!unmasked) return;
    std::size_t const opcode =
        read_prefixes({instruction.bytes.data(), instruction.length}, code_size_).count;
    live_->write(UC_X86_REG_FIP, trial_.rip);
    live_->write(UC_X86_REG_FOP, (instruction.bytes[opcode] & 7u) << 8 | instruction.bytes[opcode + 1]);
    live_->write(UC_X86_REG_FDP, trial_.operand);
}

// Flags or masks were loaded, stored or cleared.
void UnicornCpu::after_x87_state(Instruction const& instruction) {
    std::size_t const at = read_prefixes({instruction.bytes.data(), instruction.length}, code_size_).count;
    unsigned const opcode = instruction.bytes[at], modrm = instruction.bytes[at + 1];
    if (opcode == 0xD9 && (modrm >> 3 & 7) == 6)  // FNSTENV: the engine forgets the masks
        live_->write(UC_X86_REG_FPCW, live_->read(UC_X86_REG_FPCW) | numeric::all);
    auto const control = static_cast<std::uint16_t>(live_->read(UC_X86_REG_FPCW)),
               status = static_cast<std::uint16_t>(live_->read(UC_X86_REG_FPSW));
    std::uint16_t const now = summed_up(status, control);
    if (now != status) live_->write(UC_X86_REG_FPSW, now);
    // Whatever CR0.NE is by now: it may have been clear when the exception was told.
    if ((trial_.x87_status & numeric::summary) && !(now & numeric::summary)) wiring_.numeric_error(false);
}

// [sdm-1 §11.5.2, §11.5.3]
std::optional<Fault> UnicornCpu::after_simd(Instruction const& instruction) {
    std::uint8_t const allowed = instruction.numeric.causes;
    if (!simd_unmasked_) {
        if (instruction.numeric.silent)
            set_notes(layout_.simd_flags,
                      static_cast<std::uint8_t>(trial_.simd_notes | (simd_notes() & allowed)));
        return std::nullopt;
    }
    auto const mxcsr = static_cast<std::uint32_t>(live_->read(UC_X86_REG_MXCSR));
    unsigned const unmasked = ~mxcsr >> numeric::mask_shift & numeric::all;
    unsigned caused = simd_notes() & allowed;
    set_notes(layout_.simd_flags, 0);
    SimdShape const shape =
        simd_shape({instruction.bytes.data(), instruction.length},
                   read_prefixes({instruction.bytes.data(), instruction.length}, code_size_));
    if (!(mxcsr & numeric::denormals_are_zeros) && has_denormal_operand(shape)) caused |= numeric::denormal;
    // Not masked, a tiny result is one even when it is exact. [sdm-1 §4.9.1.5]
    if ((unmasked & numeric::underflow) && has_tiny_result(shape)) caused |= numeric::underflow;
    if (!caused) return std::nullopt;
    unsigned const before = caused & numeric::before_result;
    bool const raised = caused & unmasked;
    if (raised) take_back();
    if (before & unmasked) caused = before;  // nothing has been computed
    live_->write(UC_X86_REG_MXCSR, mxcsr | caused);
    if (!raised) return std::nullopt;
    return mmu_.mode.cr4 >> 10 & 1 ? Fault{vector::simd_error, {}} : invalid_opcode();  // CR4.OSXMMEXCPT
}

// --- what the engine does not look at: operands and results of SSE ---

// The destination register, and the source: a register or memory, as far as it is RAM.
void UnicornCpu::note_simd_operands(Instruction const& instruction) {
    Prefixes const prefixes = read_prefixes({instruction.bytes.data(), instruction.length}, code_size_);
    bool const three = instruction.bytes[prefixes.count + 1] == 0x3A;
    std::uint8_t const modrm = instruction.bytes[prefixes.count + (three ? 3 : 2)];
    auto read = [&](unsigned number, std::array<std::uint8_t, 16>& value) {
        require(uc_reg_read(live_->engine(), UC_X86_REG_XMM0 + static_cast<int>(number), value.data()),
                "reading an XMM register");
    };
    trial_.simd_target = (modrm >> 3 & 7) | (prefixes.rex & 4) << 1;
    read(trial_.simd_target, trial_.target);
    trial_.source.fill(0);
    if (modrm >= 0xC0) return read((modrm & 7) | (prefixes.rex & 1) << 3, trial_.source);
    auto const operand = decoder_.memory_operand(instruction, rip(), code_size_);
    if (!operand) return;
    VirtAddr const address = address_of(*operand, rip() + instruction.length);
    for (unsigned i = 0; i < 16; ++i) {
        Translation const there = mmu_.peek(address + i, Access::read, privilege_ == 3);
        std::uint8_t const* const page = there ? memory_.page(there.frame) : nullptr;
        if (page) trial_.source[i] = page[(address + i) & (page_size - 1)];
    }
}

// [sdm-1 table 4-11: what has priority over a denormal operand]
bool UnicornCpu::has_denormal_operand(SimdShape const& shape) const {
    for (unsigned i = 0; i < shape.lanes; ++i) {
        Lane const source = lane_of(trial_.source, i, shape.lane_bytes);
        Lane const target = shape.binary ? lane_of(trial_.target, i, shape.lane_bytes) : source;
        if (source.nan() || target.nan()) continue;
        if (shape.divides && source.zero()) continue;
        if (shape.root && source.negative()) continue;
        if (source.denormal() || target.denormal()) return true;
    }
    return false;
}

bool UnicornCpu::has_tiny_result(SimdShape const& shape) const {
    if (!shape.result_bytes) return false;
    std::array<std::uint8_t, 16> result;
    require(
        uc_reg_read(live_->engine(), UC_X86_REG_XMM0 + static_cast<int>(trial_.simd_target), result.data()),
        "reading an XMM register");
    for (unsigned i = 0; i < shape.lanes; ++i)
        if (lane_of(result, i, shape.result_bytes).denormal()) return true;
    return false;
}

}  // namespace sim::engine
