// SPDX-License-Identifier: GPL-2.0-or-later
//
// What tools have said, kept, and what a student is told of it. The text is a student's to
// steer and is read in the grader's own process: whatever it is, there is an answer, soon.
#include "labs/grader/diagnosis.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace lab {
namespace {

std::vector<std::string> const own = {"paging.cpp", "isr.S"};

// Of each cause in the table, in its order.
char const* const said[] = {
    "viv: stopped: the time that is set for it is used up",
    "cc1plus: out of memory allocating 1073741824 bytes after a total of 2437120 bytes",
    "/usr/bin/ld: final link failed: No space left on device",
    "c++: fatal error: cannot execute 'cc1plus': execvp: No such file or directory",
    "paging.cpp:7:1: error: version control conflict marker in file",
    "paging.cpp:3:22: error: #include nested depth 200 exceeds maximum of 200 (use "
    "-fmax-include-depth=DEPTH)",
    "paging.cpp:3:10: fatal error: kernel/base/asert.hpp: No such file or directory",
    "paging.cpp:3:10: fatal error: iostream: No such file or directory",
    "paging.cpp:9:1: error: unterminated comment",
    "paging.cpp:9:15: error: missing terminating \" character",
    "paging.cpp:9:15: error: extended character \xe2\x80\x9c is not valid in an identifier",
    "paging.cpp:9: error: unterminated #ifdef",
    "paging.cpp:99:1: error: expected '}' at end of input",
    "paging.cpp:40:5: error: a function-definition is not allowed here before '{' token",
    "paging.cpp:41:1: error: expected declaration before '}' token",
    "paging.cpp:41:12: error: expected ',' or ';' before 'return'",
    "paging.cpp:41:12: error: expected ')' before ';' token",
    "paging.cpp:41:5: error: 'else' without a previous 'if'",
    "paging.cpp:41:12: error: SSE register return with SSE disabled",
    "paging.cpp:41:5: error: exception handling disabled, use '-fexceptions' to enable",
    "paging.cpp:41:5: error: 'dynamic_cast' not permitted with '-fno-rtti'",
    "paging.cpp:41:5: error: 'class memory::PageTables' has no member named 'walkk'",
    "paging.cpp:41:5: error: 'std::uint64_t memory::PageTables::root_' is private within this context",
    "paging.cpp:41:5: error: assignment of read-only variable 'count'",
    "paging.cpp:41:5: error: 'conut' was not declared in this scope; did you mean 'count'?",
    "paging.cpp:41:5: error: 'sort' is not a member of 'std'",
    "paging.cpp:41:5: error: 'undeclared' was not declared in this scope",
    "paging.cpp:41:6: error: no declaration matches 'void memory::PageTables::walk(int)'",
    "paging.cpp:41:6: error: redefinition of 'int count'",
    "paging.cpp:41:6: error: control reaches end of non-void function [-Werror=return-type]",
    "paging.cpp:41:6: error: no matching function for call to 'memory::PageTables::walk()'",
    "paging.cpp:41:6: error: no match for 'operator<' (operand types are 'base::FrameNumber' and 'int')",
    "paging.cpp:41:6: error: invalid conversion from 'uint64_t' {aka 'long unsigned int'} to 'int*' "
    "[-fpermissive]",
    "paging.cpp:41:6: error: cannot convert 'base::FrameNumber' to 'uint64_t' {aka 'long unsigned int'}",
    "paging.cpp:41:6: error: static assertion failed: an entry is eight bytes",
    "paging.cpp:41:6: error: label 'out' used but not defined",
    "isr.S:30: Error: no such instruction: `mvoq %rax,%rbx'",
    "isr.S:30: Error: bad register name `%raxx'",
    "isr.S:30: Error: operand type mismatch for `add'",
    "isr.S:30: Error: incorrect register `%rdi' used with `l' suffix",
    "isr.S:30: Error: too many memory references for `mov'",
    "isr.S:30: Error: junk at end of line, first unrecognized character is `x'",
    "isr.S:30: Error: symbol `isr_common' is already defined",
    "isr.S:30: Error: CFI instruction used without previous .cfi_startproc",
    "/usr/bin/ld: /k/paging.cpp:41: undefined reference to `operator new(unsigned long)'",
    "/usr/bin/ld: /k/paging.cpp:41: undefined reference to `__cxa_throw'",
    "/usr/bin/ld: /w/isr.S.o: in function `isr':\n/k/isr.S:30:(.text+0x4): undefined reference to `rax'",
    "/usr/bin/ld: /k/isr.S:30: undefined reference to `trap_dispach'",
    "/usr/bin/ld: /k/paging.cpp:41: undefined reference to `memory::largest(unsigned long)'",
    "/usr/bin/ld: /w/paging.cpp.o:/k/paging.cpp:41: multiple definition of `memory::walk()'; "
    "/b/x.o:/k/x.cpp:1: "
    "first defined here",
    "/k/paging.cpp:41:(.text+0x4): relocation truncated to fit: R_X86_64_32S against `.bss'",
    "/usr/bin/ld: practice.elf section `.bss' will not fit in region `image'",
};

TEST(Diagnosis, has_something_that_was_said_of_each_cause) {
    auto const causes = all_causes();
    EXPECT_EQ(std::set<std::string>(causes.begin(), causes.end()).size(), causes.size()) << "one cause twice";
    ASSERT_EQ(std::size(said), causes.size());
    for (std::size_t i = 0; i < causes.size(); ++i) {
        auto const told = diagnose_build(said[i], own);
        EXPECT_TRUE(told.known) << said[i];
        EXPECT_EQ(told.cause, causes[i]) << said[i];
        EXPECT_FALSE(told.next.empty()) << said[i];
        EXPECT_TRUE(told.said.empty()) << said[i];
    }
}

TEST(Diagnosis, gives_the_place_in_the_students_own_file) {
    auto const told = diagnose_build(
        "In file included from /k/x.hpp:1:\n/k/paging.cpp:41:12: error: 'x' was not declared in this scope\n"
        "   41 |     return x;\n      |            ^\n/k/paging.cpp:50:1: error: another\n",
        own);
    EXPECT_EQ(told.what, "paging.cpp does not compile");
    EXPECT_EQ(told.where, "paging.cpp:41:12");
    EXPECT_EQ(told.excerpt, "   41 |     return x;\n      |            ^");
    // In a header of the kernel's: which line of the student's led there.
    auto const header = diagnose_build(
        "In file included from /k/paging.cpp:3:\n/r/kernel/base/result.hpp:9:1: error: no match for "
        "'operator+'\n",
        own);
    EXPECT_EQ(header.where, "kernel/base/result.hpp:9:1, used at paging.cpp:3");
}

// A warning's excerpt and its notes say what the student wrote there.
TEST(Diagnosis, takes_no_comment_for_an_error) {
    for (char const* words : {"out of memory", "Permission denied", "No space left on device",
                              "cannot execute", "final link failed", "undefined reference to `x'",
                              "ld: out of memory", "as: fatal error: out of memory"}) {
        std::string const warned = fmt::format(
            "/k/paging.cpp:5:9: warning: unused variable 'n' [-Wunused-variable]\n"
            "    5 |     int n;  // {0}\n      |         ^\n  345 | // ld: {0}\n"
            "/k/paging.cpp:6:2: warning: #warning {0} [-Wcpp]\n/k/paging.cpp:6:2: note: {0}\n"
            "/k/paging.cpp:41:12: error: expected ';' before 'return'\n",
            words);
        auto const told = diagnose_build(warned, own);
        EXPECT_EQ(told.where, "paging.cpp:41:12") << words << ": " << told.seen;
        EXPECT_EQ(told.seen, "expected ';' before 'return'") << words;
    }
}

// The mark of an error at a function's end may lie in a macro of ours: the line of the
// student's that uses it is what is shown.
TEST(Diagnosis, shows_the_students_line_where_a_macro_is_told) {
    auto const told = diagnose_build(
        "In file included from /k/paging.cpp:9:\n"
        "/k/paging.cpp: In function 'int f()':\n"
        "/r/kernel/base/probe.hpp:40:5: error: control reaches end of non-void function "
        "[-Werror=return-type]\n"
        "   40 |     __asm__ volatile(PROBE_NOTE(name))   \\\n      |     ^~~~~~~\n"
        "/r/kernel/base/probe.hpp:64:48: note: in expansion of macro 'PROBE_3'\n"
        "   64 | #define PROBE_PICK(_0, macro, ...) macro\n      |      ^~~~~\n"
        "/k/paging.cpp:41:5: note: in expansion of macro 'PROBE'\n"
        "   41 |     PROBE(map, page);\n      |     ^~~~~\n",
        own);
    EXPECT_EQ(told.where, "kernel/base/probe.hpp:40:5, used at paging.cpp:41");
    EXPECT_EQ(told.excerpt, "   41 |     PROBE(map, page);\n      |     ^~~~~");
    EXPECT_EQ(told.what, "paging.cpp does not compile");
}

TEST(Diagnosis, knows_tools_by_their_names) {
    for (char const* line :
         {"virtual memory exhausted: Cannot allocate memory", "as: out of memory allocating 4064 bytes",
          "/usr/bin/x86_64-linux-gnu-g++-12: fatal error: cannot execute 'as': execvp",
          "{standard input}: Fatal error: can't write 80 bytes to a.o: 'No space left on device'",
          "Fatal error: can't create a.o: Permission denied",
          "/r/cmake/link_image.sh: 41: cannot create /w/objects: Permission denied",
          "mktemp: failed to create directory: No space left on device",
          "/usr/bin/ld.bfd: final link failed: File too large"}) {
        auto const told = diagnose_build(std::string("In file included from a:1:\n") + line + "\n", own);
        EXPECT_TRUE(told.known) << line << "\n" << to_text(told);
        EXPECT_TRUE(told.where.empty()) << line;
    }
}

TEST(Diagnosis, keeps_some_of_what_it_does_not_know) {
    auto const told = diagnose_build("one\n/k/paging.cpp:4:1: error: quite new\n\nand this\n", own);
    EXPECT_FALSE(told.known);
    EXPECT_EQ(told.said, (std::vector<std::string>{"/k/paging.cpp:4:1: error: quite new", "and this"}));
    EXPECT_EQ(diagnose_build("\nnothing that is known\n", own).said,
              std::vector<std::string>{"nothing that is known"});
    EXPECT_TRUE(diagnose_build("", own).said.empty());
    EXPECT_EQ(diagnose_build("", own).seen, "the compiler failed without a word");
    EXPECT_EQ(diagnose_build("\n\n\n", own).seen, "the compiler failed without a word");
}

TEST(Diagnosis, has_an_answer_soon_whatever_was_said) {
    std::string every;
    for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
    std::string const broken = "/k/paging.cpp:1:1: error: \xff\xfe\xc3( \x80\n\xf0\x28\x8c\xbc | \x1b[2J\n";
    std::vector<std::string> all = {every,  broken,      std::string(3, '\0'), ":::::\n",
                                    "ld: ", ": error: ", "a:1: error: "};
    for (char const* piece :
         {"ld: ", "a: ", "/", "x-", "Fatal error: ", "c++: ", "(", ":1", "| ", " ", "\xff", "a:1:", "'"}) {
        std::string text;
        while (text.size() < (1 << 16)) text += piece;
        all.push_back(text);
        // The same in lines as long as are read.
        for (std::size_t at = 399; at < text.size(); at += 400) text[at] = '\n';
        all.push_back(text);
    }
    auto const start = std::chrono::steady_clock::now();
    for (auto const& text : all) {
        auto const told = diagnose_build(text, own);
        EXPECT_FALSE(told.what.empty());
        EXPECT_FALSE(told.cause.empty());
        EXPECT_LT(to_text(told).size(), 2000u);
        EXPECT_EQ(to_text(told).find('\x1b'), std::string::npos);
        EXPECT_LE(told.said.size(), 12u);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

}  // namespace
}  // namespace lab
