// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "kernel/arch/x86_64/trap.hpp"

namespace arch {
namespace {

std::string describe(Exception vector, std::uint64_t error, std::uint64_t cr2 = 0) {
    TrapFrame frame{};
    frame.vector = static_cast<std::uint64_t>(vector);
    frame.error = error;
    char buffer[200];
    base::BufferSink sink(buffer);
    describe_exception(sink, frame, cr2);
    return std::string(sink.text());
}

TEST(Exceptions, each_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (unsigned vector = 0; vector < 22; ++vector)
        EXPECT_TRUE(names.insert(exception_name(vector)).second) << vector;
    EXPECT_EQ(exception_name(14), "#PF page fault");
    EXPECT_EQ(exception_name(31), "reserved exception");
    EXPECT_EQ(exception_name(1000), "reserved exception");
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
