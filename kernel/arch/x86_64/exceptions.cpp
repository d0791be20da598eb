// SPDX-License-Identifier: MIT
//
// Exceptions in words. Portable: the tests read it too.
#include "kernel/arch/x86_64/trap.hpp"

namespace arch {
namespace {

constexpr std::string_view names[exception_count] = {
    "#DE divide error",
    "#DB debug",
    "NMI non-maskable interrupt",
    "#BP breakpoint",
    "#OF overflow",
    "#BR bound range exceeded",
    "#UD invalid opcode",
    "#NM device not available",
    "#DF double fault",
    "coprocessor segment overrun",
    "#TS invalid TSS",
    "#NP segment not present",
    "#SS stack fault",
    "#GP general protection",
    "#PF page fault",
    "reserved exception",
    "#MF x87 floating-point error",
    "#AC alignment check",
    "#MC machine check",
    "#XM SIMD floating-point error",
    "#VE virtualization exception",
    "#CP control protection",
};

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
    if (vector < exception_count && !names[vector].empty()) return names[vector];
    return "reserved exception";
}

void describe_exception(base::TextSink& sink, TrapFrame const& frame, std::uint64_t cr2) {
    switch (static_cast<Exception>(frame.vector)) {
        case Exception::page_fault:
            return describe_page_fault(sink, PageFaultError{{frame.error}}, cr2);
        case Exception::invalid_tss:
        case Exception::segment_not_present:
        case Exception::stack_fault:
        case Exception::general_protection:
            return describe_selector(sink, frame.error);
        case Exception::double_fault:
            return base::print(sink, "an exception could not be delivered (stack overflow? CR2 {:#x})", cr2);
        case Exception::divide_error:
            return base::print(sink, "division by zero, or the result does not fit");
        case Exception::invalid_opcode:
            return base::print(sink, "no such instruction");
        default:
            return base::print(sink, "error code {:#x}", frame.error);
    }
}

}  // namespace arch
