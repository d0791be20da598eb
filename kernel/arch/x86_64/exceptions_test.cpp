// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "kernel/arch/x86_64/trap.hpp"

namespace arch {
namespace {

std::string describe(Exception vector, std::uint64_t error, std::uint64_t detail = 0) {
    TrapFrame frame{};
    frame.vector = static_cast<std::uint64_t>(vector);
    frame.error = error;
    char buffer[200];
    base::BufferSink sink(buffer);
    describe_exception(sink, frame, detail);
    return std::string(sink.text());
}

TEST(Exceptions, each_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (unsigned vector = 0; vector < 22; ++vector)
        EXPECT_TRUE(names.insert(exception_name(vector)).second) << vector;
    EXPECT_EQ(exception_name(0), "#DE divide error");
    EXPECT_EQ(exception_name(14), "#PF page fault");
    EXPECT_EQ(exception_name(16), "#MF x87 floating-point error");
    EXPECT_EQ(exception_name(21), "#CP control protection");
    for (unsigned vector : {15, 22, 27}) EXPECT_EQ(exception_name(vector), "reserved exception");
    EXPECT_EQ(exception_name(28), "#HV hypervisor injection");
    EXPECT_EQ(exception_name(29), "#VC VMM communication");
    EXPECT_EQ(exception_name(30), "#SX security exception");
    EXPECT_EQ(exception_name(31), "reserved exception");
    EXPECT_EQ(exception_name(1000), "reserved exception");
}

TEST(Exceptions, each_that_has_a_name_means_something) {
    for (unsigned vector = 0; vector < exception_count; ++vector) {
        if (exception_name(vector) == "reserved exception" || vector == 9) continue;
        EXPECT_GT(describe(static_cast<Exception>(vector), 0, 1).size(), 10u) << vector;
    }
    EXPECT_EQ(describe(Exception::divide_error, 0), "division by zero, or the result does not fit");
    EXPECT_EQ(describe(Exception::device_not_available, 0), "x87 or SSE is switched off in CR0");
    EXPECT_EQ(describe(Exception::machine_check, 0), "the hardware found an error of its own");
    EXPECT_EQ(describe(Exception::virtualization, 0), "a hypervisor's page tables forbid it");
    EXPECT_EQ(describe(Exception::hypervisor_injection, 0), "the hypervisor has an event for us");
    EXPECT_EQ(describe(Exception::vmm_communication, 0x72), "the hypervisor must help (error code 0x72)");
    EXPECT_EQ(describe(Exception::security, 1), "an event that must not reach us (error code 0x1)");
}

TEST(Exceptions, debug_events_and_floating_point_errors_are_told_by_their_bits) {
    EXPECT_EQ(describe(Exception::debug, 0, 0xffff'0ff1), "breakpoint 0");
    EXPECT_EQ(describe(Exception::debug, 0, 0xffff'4ff8), "breakpoint 3, single step");
    EXPECT_EQ(describe(Exception::debug, 0, 0xffff'aff0), "use of a debug register, task switch");
    EXPECT_EQ(describe(Exception::x87_error, 0, 1), "invalid operation");
    EXPECT_EQ(describe(Exception::simd_error, 0, 0x24), "division by zero, inexact result");
}

TEST(Exceptions, a_control_protection_error_names_the_instruction) {
    EXPECT_EQ(describe(Exception::control_protection, 1), "the shadow stack or a branch is wrong: RET");
    EXPECT_EQ(describe(Exception::control_protection, 5), "the shadow stack or a branch is wrong: SETSSBSY");
    EXPECT_EQ(describe(Exception::control_protection, 6), "the shadow stack or a branch is wrong: ?");
}

TEST(Exceptions, error_codes_come_with_the_vectors_of_the_manual) {
    std::set<unsigned> const with{8, 10, 11, 12, 13, 14, 17, 21, 29, 30};
    for (unsigned vector = 0; vector < 256; ++vector)
        EXPECT_EQ(has_error_code(vector), with.count(vector) == 1) << vector;
}

TEST(Exceptions, a_page_fault_says_what_was_tried_and_why_it_failed) {
    EXPECT_EQ(describe(Exception::page_fault, 0b00010, 0x8000), "write to 0x8000: the page is not mapped");
    EXPECT_EQ(describe(Exception::page_fault, 0b00000, 0x8000), "read from 0x8000: the page is not mapped");
    EXPECT_EQ(describe(Exception::page_fault, 0b00011, 0x8000), "write to 0x8000: the page is read-only");
    EXPECT_EQ(describe(Exception::page_fault, 0b10001, 0x8000),
              "instruction fetch from 0x8000: the page is not executable");
    EXPECT_EQ(describe(Exception::page_fault, 0b01001, 0x8000),
              "read from 0x8000: a reserved bit is set in a page-table entry");
    EXPECT_EQ(describe(Exception::page_fault, 0b00010, 8),
              "write to 0x8: the page is not mapped (a null pointer?)");
}

TEST(Exceptions, a_selector_error_names_table_and_entry) {
    EXPECT_EQ(describe(Exception::general_protection, 0x18), "descriptor 3 of the GDT");
    EXPECT_EQ(describe(Exception::segment_not_present, (0x20 << 3) | 3),
              "descriptor 32 of the IDT, while delivering an external event");
    EXPECT_NE(describe(Exception::general_protection, 0).find("no descriptor"), std::string::npos);
}

}  // namespace
}  // namespace arch
