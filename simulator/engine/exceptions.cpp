// SPDX-License-Identifier: GPL-2.0-or-later
//
// Delivery of exceptions and interrupts: the gate, the stack, the frame.
// [sdm-3a §6.12 to §6.15]
#include <cstring>
#include <span>
#include <utility>

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

// A descriptor's fields. [sdm-3a §3.4.5]
struct Descriptor {
    std::uint64_t raw = 0;
    unsigned type() const { return raw >> 40 & 0xF; }
    bool code_or_data() const { return raw >> 44 & 1; }
    unsigned privilege() const { return raw >> 45 & 3; }
    bool present() const { return raw >> 47 & 1; }
    bool long_code() const { return raw >> 53 & 1; }
    bool big() const { return raw >> 54 & 1; }
    bool is_code() const { return code_or_data() && (type() & 8); }
    bool conforming() const { return type() & 4; }
    Segment segment(std::uint16_t selector) const {
        std::uint32_t limit = static_cast<std::uint32_t>((raw & 0xFFFF) | (raw >> 32 & 0xF0000));
        if (raw >> 55 & 1) limit = limit << 12 | 0xFFF;
        return {selector, (raw >> 16 & 0xFF'FFFF) | (raw >> 56 << 24), limit,
                static_cast<std::uint32_t>(raw >> 40 & 0xF0FF)};
    }
};

enum class Class { benign, contributory, page_fault };

Class class_of(std::uint8_t vector) {
    switch (vector) {
        case vector::divide_error:
        case vector::invalid_tss:
        case vector::segment_not_present:
        case vector::stack_fault:
        case vector::general_protection:
            return Class::contributory;
        case vector::page_fault:
            return Class::page_fault;
        default:
            return Class::benign;
    }
}

// [sdm-3a table 6-5]
bool makes_double_fault(Class first, Class second) {
    if (first == Class::contributory) return second == Class::contributory;
    if (first == Class::page_fault) return second != Class::benign;
    return false;
}

// A handler that faults at its first instruction, for ever: as good as dead, and
// no count would ever end the run.
constexpr unsigned most_deliveries_at_one_count = 250;

constexpr std::uint32_t from_idt = 2, external = 1;  // bits of a selector error code [sdm-3a §6.13]

// In the frames of faults RF is set, so that the instruction is not met by its
// breakpoint again, but not in that of the breakpoint itself. [sdm-3b §17.3.1.1]
bool sets_resume(bool is_exception, std::uint8_t vector) {
    return is_exception && vector != vector::debug && vector != vector::double_fault;
}

}  // namespace

void UnicornCpu::raise(Fault const& fault) {
    deliver({EventKind::exception, fault.vector, fault.error_code, fault.address});
}

void UnicornCpu::count_delivery() {
    deliveries_ = delivered_at_ == retired_ ? deliveries_ + 1 : 0;
    delivered_at_ = retired_;
    if (deliveries_ > most_deliveries_at_one_count) shutdown_ = true;
}

// RIP is what the frame shall hold: the faulting instruction, or the next one.
void UnicornCpu::deliver(Event event) {
    if (!event.is_trap()) count_delivery();
    delivered_ = true;
    if (shutdown_) return;
    for (;;) {
        if (event.kind == EventKind::exception && event.vector == vector::page_fault) cr2_ = event.address;
        if (observer_)
            observer_->on_interrupt(event.vector, event.kind == EventKind::external,
                                    event.error_code.value_or(0), event.address);
        try {
            if (mmu_.mode.long_mode())
                deliver_long(event);
            else
                deliver_legacy(event);
            halted_ = false;
            resume_at_ = ~0ull;
            if (std::uint64_t const met = std::exchange(frame_met_, 0)) {
                count_delivery();  // its own frame may meet it again, for ever
                debug_exception(met, DebugClass::trap);
            }
            return;
        } catch (Fault const& second) {
            frame_met_ = 0;
            bool const first_is_exception = event.kind == EventKind::exception;
            if (first_is_exception && event.vector == vector::double_fault) {
                shutdown_ = true;
                return;
            }
            if (event.kind == EventKind::software) {
                // INT n itself faults: it has not happened.
                set_rip(event.instruction);
                --retired_;
                count_delivery();
                if (shutdown_) return;
            }
            bool const twice =
                first_is_exception && makes_double_fault(class_of(event.vector), class_of(second.vector));
            event = twice ? Event{EventKind::exception, vector::double_fault, 0u, 0}
                          : Event{EventKind::exception, second.vector, second.error_code, second.address};
        }
    }
}

// 64-bit mode's gates and frames. [sdm-3a §6.14]
void UnicornCpu::deliver_long(Event const& event) {
    std::uint32_t const ext = event.external_bit() ? external : 0;
    std::uint32_t const idt_code = event.vector * 8u + from_idt + ext;
    TableRegister const idtr = table_register(UC_X86_REG_IDTR);
    if (event.vector * 16u + 15 > idtr.limit) throw general_protection(idt_code);
    auto const low = read_word<std::uint64_t>(idtr.base + event.vector * 16u);
    auto const high = read_word<std::uint64_t>(idtr.base + event.vector * 16u + 8);

    Descriptor const gate{low};
    unsigned const gate_type = gate.type();
    if (gate.code_or_data() || (gate_type != 0xE && gate_type != 0xF)) throw general_protection(idt_code);
    if (event.kind == EventKind::software && gate.privilege() < privilege_)
        throw general_protection(idt_code);
    if (!gate.present()) throw Fault{vector::segment_not_present, idt_code};
    VirtAddr const entry = (low & 0xFFFF) | (low >> 32 & 0xFFFF'0000) | high << 32;
    if (!is_canonical(entry)) throw general_protection(ext);
    auto const selector = static_cast<std::uint16_t>(low >> 16);
    unsigned const stack_index = low >> 32 & 7;

    // The handler's code segment.
    if ((selector & ~3) == 0) throw general_protection(ext);
    std::uint32_t const selector_code = (selector & ~3u) + ext;
    Segment const ldtr = system_segment(UC_X86_REG_LDTR);
    TableRegister const gdtr = table_register(UC_X86_REG_GDTR);
    std::uint64_t const table = selector & 4 ? ldtr.base : gdtr.base;
    std::uint32_t const table_limit = selector & 4 ? ldtr.limit : gdtr.limit;
    if ((selector | 7u) > table_limit) throw general_protection(selector_code);
    VirtAddr const descriptor_at = table + (selector & ~7u);
    Descriptor code{read_word<std::uint64_t>(descriptor_at)};
    if (!code.is_code() || code.privilege() > privilege_) throw general_protection(selector_code);
    if (!code.present()) throw Fault{vector::segment_not_present, selector_code};
    if (!code.long_code() || code.big()) throw general_protection(selector_code);
    unsigned const new_privilege = code.conforming() ? privilege_ : code.privilege();

    // The handler's stack.
    std::uint64_t stack = gpr(Gpr::rsp);
    bool const switches = new_privilege < privilege_;
    if (stack_index || switches) {
        Segment const tr = system_segment(UC_X86_REG_TR);
        unsigned const offset = stack_index ? 0x24 + 8 * (stack_index - 1) : 4 + 8 * new_privilege;
        if (offset + 7 > tr.limit) throw Fault{vector::invalid_tss, (tr.selector & ~3u) + ext};
        stack = read_word<std::uint64_t>(tr.base + offset);
        if (!is_canonical(stack)) throw Fault{vector::stack_fault, ext};
    }
    stack &= ~std::uint64_t{15};

    save_hidden();
    Segment const old_ss = hidden_segment(SegmentName::ss), old_cs = hidden_segment(SegmentName::cs);
    std::uint64_t pushed_flags = rflags();
    if (sets_resume(event.kind == EventKind::exception, event.vector)) pushed_flags |= flag::resume;
    std::array<std::uint64_t, 6> frame{
        event.error_code.value_or(0), rip(), old_cs.selector, pushed_flags, gpr(Gpr::rsp), old_ss.selector};
    std::size_t const first = event.error_code ? 0 : 1;
    std::uint64_t const new_stack = stack - 8 * (6 - first);
    if (!is_canonical(new_stack)) throw Fault{vector::stack_fault, ext};
    std::array<std::uint8_t, sizeof frame> bytes;
    std::memcpy(bytes.data(), frame.data(), sizeof frame);
    push_frame(new_stack, std::span(bytes).subspan(8 * first), 8, new_privilege == 3);

    // From here nothing can fail.
    if (!(code.raw >> 40 & 1)) {
        code.raw |= std::uint64_t{1} << 40;  // accessed
        write_word(descriptor_at, code.raw);
    }
    save_hidden();
    set_hidden_segment(SegmentName::cs,
                       code.segment(static_cast<std::uint16_t>((selector & ~3u) | new_privilege)));
    if (switches) {  // a null SS, whose hidden DPL is the privilege level
        Segment null;
        null.selector = static_cast<std::uint16_t>(new_privilege);
        null.attributes = new_privilege << 5;
        set_hidden_segment(SegmentName::ss, null);
    }
    if (code_size_ != CodeSize::bits64) ++epoch_;
    update_hidden_flags(new_privilege, false);
    load_hidden();
    std::uint64_t cleared = flag::trap | flag::nested_task | flag::resume | flag::virtual_8086;
    if (gate_type == 0xE) cleared |= flag::interrupt;
    set_rflags(rflags() & ~cleared);
    set_gpr(Gpr::rsp, new_stack);
    set_rip(entry);
}

// Protected mode's gates of 32 and 16 bits, and the stack that a more privileged
// handler gets from the TSS. [sdm-3a §6.12.1] Task gates and virtual-8086 mode
// are not for us: #GP.
void UnicornCpu::deliver_legacy(Event const& event) {
    if (!(mmu_.mode.cr0 & 1)) return deliver_real(event);
    std::uint32_t const ext = event.external_bit() ? external : 0;
    std::uint32_t const idt_code = event.vector * 8u + from_idt + ext;
    TableRegister const idtr = table_register(UC_X86_REG_IDTR);
    if (event.vector * 8u + 7 > idtr.limit) throw general_protection(idt_code);
    Descriptor const gate{read_word<std::uint64_t>(idtr.base + event.vector * 8u)};
    unsigned const gate_type = gate.type();
    bool const wide = gate_type & 8;
    if (gate.code_or_data() || (gate_type & 6) != 6) throw general_protection(idt_code);
    if (event.kind == EventKind::software && gate.privilege() < privilege_)
        throw general_protection(idt_code);
    if (!gate.present()) throw Fault{vector::segment_not_present, idt_code};
    auto const selector = static_cast<std::uint16_t>(gate.raw >> 16);
    std::uint32_t const entry =
        static_cast<std::uint32_t>((gate.raw & 0xFFFF) | (wide ? gate.raw >> 32 & 0xFFFF'0000 : 0));

    // The handler's code segment.
    if ((selector & ~3) == 0) throw general_protection(ext);
    std::uint32_t const selector_code = (selector & ~3u) + ext;
    std::optional<VirtAddr> const code_at = descriptor_address(selector);
    if (!code_at) throw general_protection(selector_code);
    Descriptor const code{read_word<std::uint64_t>(*code_at)};
    if (!code.is_code() || code.privilege() > privilege_) throw general_protection(selector_code);
    if (!code.present()) throw Fault{vector::segment_not_present, selector_code};
    unsigned const new_privilege = code.conforming() ? privilege_ : code.privilege();

    // The handler's stack, and what goes on it.
    save_hidden();
    Segment const old_ss = hidden_segment(SegmentName::ss);
    std::uint16_t const old_cs = hidden_segment(SegmentName::cs).selector;
    bool const switches = new_privilege < privilege_;
    StackChange inner;
    if (switches) inner = inner_stack(new_privilege, ext);
    Segment const& ss = switches ? inner.segment : old_ss;
    std::uint32_t stack = switches ? inner.pointer : static_cast<std::uint32_t>(gpr(Gpr::rsp));
    std::uint32_t const stack_mask = ss.attributes & Segment::big ? 0xFFFF'FFFF : 0xFFFF;
    std::uint64_t pushed_flags = rflags();
    if (sets_resume(event.kind == EventKind::exception, event.vector)) pushed_flags |= flag::resume;
    std::array<std::uint64_t, 6> const frame{
        event.error_code.value_or(0), rip(), old_cs, pushed_flags, gpr(Gpr::rsp), old_ss.selector};
    std::size_t const first = event.error_code ? 0 : 1, last = switches ? 6 : 4;
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = first; i < last; ++i)
        for (unsigned byte = 0; byte < (wide ? 4 : 2); ++byte)
            bytes.push_back(static_cast<std::uint8_t>(frame[i] >> 8 * byte));
    std::uint32_t const top = (stack - static_cast<std::uint32_t>(bytes.size())) & stack_mask;
    push_frame(static_cast<std::uint32_t>(ss.base + top), bytes, wide ? 4 : 2, new_privilege == 3);
    stack = (stack & ~stack_mask) | top;

    // From here nothing can fail.
    save_hidden();
    set_hidden_segment(SegmentName::cs,
                       code.segment(static_cast<std::uint16_t>((selector & ~3u) | new_privilege)));
    if (switches) set_hidden_segment(SegmentName::ss, inner.segment);
    ++epoch_;
    update_hidden_flags(new_privilege, false);
    load_hidden();
    std::uint64_t cleared = flag::trap | flag::nested_task | flag::resume | flag::virtual_8086;
    if (!(gate_type & 1)) cleared |= flag::interrupt;
    set_rflags(rflags() & ~cleared);
    set_gpr(Gpr::rsp, stack);
    set_rip(entry);
}

// A frame that ends at the old stack pointer. What is pushed first lies highest,
// and the first push that faults gives CR2. Breakpoints on data are traps: after
// the delivery.
void UnicornCpu::push_frame(VirtAddr bottom, std::span<std::uint8_t const> bytes, unsigned word, bool user) {
    for (std::size_t at = bytes.size(); at > 0; at -= word)
        linear_to_physical(bottom + at - word, Access::write, user);
    write_linear(bottom, bytes.data(), bytes.size(), user);
    if (!debug_.has_data()) return;
    for (std::size_t at = 0; at < bytes.size(); at += word)
        frame_met_ |= debug_.match_data(bottom + at, word, true);
}

// Where a selector's descriptor is; none beyond the table's limit.
std::optional<VirtAddr> UnicornCpu::descriptor_address(std::uint16_t selector) const {
    Segment const ldtr = system_segment(UC_X86_REG_LDTR);
    TableRegister const gdtr = table_register(UC_X86_REG_GDTR);
    bool const local = selector & 4;
    if (local && (ldtr.selector & ~3) == 0) return std::nullopt;
    if ((selector | 7u) > (local ? ldtr.limit : gdtr.limit)) return std::nullopt;
    return (local ? ldtr.base : gdtr.base) + (selector & ~7u);
}

// SS and ESP of a level, from the TSS. [sdm-3a §6.12.1.1, "#TS" in §6.15]
StackChange UnicornCpu::inner_stack(unsigned privilege, std::uint32_t ext) {
    Segment const tr = system_segment(UC_X86_REG_TR);
    bool const wide = tr.attributes & 8;
    unsigned const offset = wide ? 4 + 8 * privilege : 2 + 4 * privilege;
    if (offset + (wide ? 5u : 3u) > tr.limit) throw Fault{vector::invalid_tss, (tr.selector & ~3u) + ext};
    StackChange stack;
    if (wide) {
        stack.pointer = read_word<std::uint32_t>(tr.base + offset);
        stack.selector = read_word<std::uint16_t>(tr.base + offset + 4);
    } else {
        stack.pointer = read_word<std::uint16_t>(tr.base + offset);
        stack.selector = read_word<std::uint16_t>(tr.base + offset + 2);
    }
    if ((stack.selector & ~3) == 0) throw Fault{vector::invalid_tss, ext};
    std::uint32_t const code = (stack.selector & ~3u) + ext;
    std::optional<VirtAddr> const at = descriptor_address(stack.selector);
    if (!at || (stack.selector & 3u) != privilege) throw Fault{vector::invalid_tss, code};
    Descriptor const descriptor{read_word<std::uint64_t>(*at)};
    bool const writable_data = descriptor.code_or_data() && (descriptor.type() & 0xA) == 2;
    if (!writable_data || descriptor.privilege() != privilege) throw Fault{vector::invalid_tss, code};
    if (!descriptor.present()) throw Fault{vector::stack_fault, code};
    stack.segment = descriptor.segment(stack.selector);
    return stack;
}

// --- interrupts ---

bool UnicornCpu::can_take_interrupt() const {
    if (!interrupt_line_ && !nmi_pending_) return false;
    bool const nmi_now = nmi_pending_ && !nmi_blocked_;
    bool const external_now = interrupt_line_ && (rflags() & flag::interrupt);
    return (nmi_now || external_now) && !interrupt_shadow();
}

void UnicornCpu::take_interrupts() {
    if (!can_take_interrupt()) return;
    if (nmi_pending_ && !nmi_blocked_) {
        nmi_pending_ = false;
        nmi_blocked_ = true;
        deliver({EventKind::nmi, vector::nmi, {}, 0});
        return;
    }
    deliver({EventKind::external, wiring_.acknowledge_interrupt(), {}, 0});
}

// --- exceptions that the engines report ---

void UnicornCpu::page_fault_at_instruction(Refused const& refused) {
    if (refused.translation.outcome == Translation::Outcome::not_canonical)
        return raise(
            {through_stack_segment(refused.page) ? vector::stack_fault : vector::general_protection, 0u});
    VirtAddr const address = find_fault_address(refused.page, refused.access);
    raise({vector::page_fault, refused.translation.error_code, address});
}

// Reported by UC_HOOK_INTR. The engine remembers an exception in flight for
// ever and would call the next one a double fault: make it forget.
void UnicornCpu::engine_exception(Fault fault) {
    switch (fault.vector) {
        case vector::double_fault:
        case vector::alignment_check:
            fault.error_code = 0;
            break;
        case vector::invalid_tss:
        case vector::segment_not_present:
        case vector::stack_fault:
        case vector::general_protection:
            save_hidden();
            fault.error_code = context_.at<std::uint32_t>(layout_.error_code);
            break;
        default:
            fault.error_code.reset();
    }
    load_registers(state());
    std::uint64_t const met = std::exchange(pending_debug_, 0);
    if (fault.vector == vector::debug) return debug_exception(dr6::single_step | met, DebugClass::trap);
    raise(fault);
}

// Is the access of the instruction at RIP, to an address that is not canonical,
// one of the stack's? Pushes and pops are, and operands with RSP or RBP as their
// base. [sdm-1 §3.3.7.1, §3.7.5.1]
bool UnicornCpu::through_stack_segment(VirtAddr page) {
    auto reaches = [&](VirtAddr first, std::uint64_t bytes) {
        return ((first ^ page) & page_mask) == 0 || (((first + bytes - 1) ^ page) & page_mask) == 0;
    };
    constexpr std::uint64_t largest_operand = 512;  // FXSAVE
    if (auto const instruction = instruction_at(rip())) {
        if (auto const operand = decoder_.memory_operand(*instruction, rip(), code_size_);
            operand && reaches(address_of(*operand, rip() + instruction->length), largest_operand))
            return !operand->fs && !operand->gs && (operand->base == Gpr::rsp || operand->base == Gpr::rbp);
        if (instruction->bytes[0] == 0xC8 || instruction->bytes[0] == 0xC9) return true;  // ENTER, LEAVE
    }
    return reaches(gpr(Gpr::rsp), 8) || reaches(gpr(Gpr::rsp) - 8, 8);
}

}  // namespace sim::engine
