// SPDX-License-Identifier: MIT
//
// Exceptions in words. Portable: the tests read it too.
#include <cstring>

#include "kernel/arch/x86_64/trap.hpp"

namespace arch {
namespace {

// Texts for one number after the other, each ended by a zero byte: small, for an image
// that must be.
constexpr char names[] =
    "#DE divide error\0"
    "#DB debug\0"
    "NMI non-maskable interrupt\0"
    "#BP breakpoint\0"
    "#OF overflow\0"
    "#BR bound range exceeded\0"
    "#UD invalid opcode\0"
    "#NM device not available\0"
    "#DF double fault\0"
    "coprocessor segment overrun\0"
    "#TS invalid TSS\0"
    "#NP segment not present\0"
    "#SS stack fault\0"
    "#GP general protection\0"
    "#PF page fault\0"
    "\0"
    "#MF x87 floating-point error\0"
    "#AC alignment check\0"
    "#MC machine check\0"
    "#XM SIMD floating-point error\0"
    "#VE virtualization exception\0"
    "#CP control protection\0"
    "\0\0\0\0\0\0"
    "#HV hypervisor injection\0"  // these three are AMD's [amd-2 §8.2]
    "#VC VMM communication\0"
    "#SX security exception\0";

// What each means; empty where describe_exception has more to say, or nothing.
constexpr char meanings[] =
    "division by zero, or the result does not fit\0"
    "\0"
    "the hardware wants attention, whatever we do\0"
    "an INT3 instruction\0"
    "an INTO instruction\0"
    "a BOUND instruction\0"
    "no such instruction\0"
    "x87 or SSE is switched off in CR0\0"
    "\0\0\0\0\0\0\0\0\0"
    "an address is not aligned, and RFLAGS.AC is set\0"
    "the hardware found an error of its own\0"
    "\0"
    "a hypervisor's page tables forbid it\0"
    "\0\0\0\0\0\0\0"
    "the hypervisor has an event for us\0"
    "the hypervisor must help\0"
    "an event that must not reach us\0";
constexpr std::uint64_t last_meaning = 30;

// Bits 0 to 5 of the x87 status word and of MXCSR. [sdm-1 §8.1.3.3, §10.2.3.1]
constexpr char float_errors[] =
    "invalid operation\0denormal operand\0division by zero\0overflow\0underflow\0inexact result\0";
// Bits 0 to 3 and 13 to 15 of DR6. [sdm-3b §17.2.3]
constexpr char debug_events[] =
    "breakpoint 0\0breakpoint 1\0breakpoint 2\0breakpoint 3\0"
    "use of a debug register\0single step\0task switch\0";
// The error code of #CP. [sdm-3a §6.15 Interrupt 21]
constexpr char shadow_errors[] =
    "?\0RET\0IRET or far RET\0no ENDBRANCH at the target of a jump\0RSTORSSP\0SETSSBSY\0";

std::string_view nth(char const* texts, std::uint64_t n) {
    while (n-- > 0) texts += std::strlen(texts) + 1;
    return texts;
}

void describe_bits(base::TextSink& sink, std::uint64_t bits, char const* texts) {
    for (char const* separator = ""; bits != 0; bits >>= 1, texts += std::strlen(texts) + 1) {
        if ((bits & 1) == 0) continue;
        base::print(sink, "{}{}", separator, texts);
        separator = ", ";
    }
}

void describe_page_fault(base::TextSink& sink, PageFaultError error, std::uint64_t address) {
    std::string_view const access = error.has<PageFaultError::InstructionFetch>() ? "instruction fetch from"
                                    : error.has<PageFaultError::Write>()          ? "write to"
                                                                                  : "read from";
    std::string_view reason = "the page is not mapped";
    if (error.has<PageFaultError::ReservedBit>())
        reason = "a reserved bit is set in a page-table entry";
    else if (error.has<PageFaultError::Protection>())
        reason = error.has<PageFaultError::InstructionFetch>() ? "the page is not executable"
                 : error.has<PageFaultError::Write>()          ? "the page is read-only"
                                                               : "the page forbids it";
    base::print(sink, "{} {:#x}: {}", access, address, reason);
    if (address < base::page_size) base::print(sink, " (a null pointer?)");
}

// The error code of #TS, #NP, #SS and #GP: which descriptor, if any.
// [sdm-3a §6.13 figure 6-7]
void describe_selector(base::TextSink& sink, std::uint64_t error) {
    if (error == 0) {
        base::print(sink, "no descriptor is to blame (a non-canonical address? a reserved bit?)");
        return;
    }
    std::string_view const table = (error & 2) != 0 ? "IDT" : (error & 4) != 0 ? "LDT" : "GDT";
    base::print(sink, "descriptor {} of the {}{}", error >> 3, table,
                (error & 1) != 0 ? ", while delivering an external event" : "");
}

}  // namespace

std::string_view exception_name(std::uint64_t vector) {
    std::string_view const name = vector <= last_meaning ? nth(names, vector) : "";
    return name.empty() ? "reserved exception" : name;
}

void describe_exception(base::TextSink& sink, TrapFrame const& frame, std::uint64_t detail) {
    switch (static_cast<Exception>(frame.vector)) {
        case Exception::page_fault:
            return describe_page_fault(sink, PageFaultError{{frame.error}}, detail);
        case Exception::invalid_tss:
        case Exception::segment_not_present:
        case Exception::stack_fault:
        case Exception::general_protection:
            return describe_selector(sink, frame.error);
        case Exception::double_fault:
            return base::print(sink, "an exception could not be delivered (stack overflow? CR2 {:#x})",
                               detail);
        case Exception::debug:
            return describe_bits(sink, (detail & 0xf) | (detail >> 9 & 0x70), debug_events);
        case Exception::x87_error:
        case Exception::simd_error:
            return describe_bits(sink, detail & 0x3f, float_errors);
        case Exception::control_protection:
            return base::print(sink, "the shadow stack or a branch is wrong: {}",
                               nth(shadow_errors, frame.error <= 5 ? frame.error : 0));
        default:
            break;
    }
    if (frame.vector <= last_meaning) base::print(sink, "{}", nth(meanings, frame.vector));
    if (frame.error != 0) base::print(sink, " (error code {:#x})", frame.error);
}

}  // namespace arch
