// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a compiler, an assembler or a linker said, as a student is told it: the first
// error alone, with its place, its likely cause and what to do next, in a few lines.
// Later errors often follow from the first. diagnosis.cpp holds the table of causes;
// diagnosis_test.cpp has for each what a tool said, and labs/catalogue hand-ins for the
// mistakes that are made most, with the words that they get.
#pragma once

#include <string>
#include <vector>

namespace lab {

struct Diagnosis {
    std::string what;     // "paging.cpp does not compile"
    std::string seen;     // the tool's own words, one line
    std::string where;    // "paging.cpp:41:12"; empty: it named no place
    std::string excerpt;  // the line of the source and the mark below it; may be empty
    std::string cause, next;
    bool known = false;             // the cause is one of the table
    std::vector<std::string> said;  // else: some lines of what was said, from the error on
};

// `own`: the names of the files that the student writes. Paths of other places are cut
// down to what is known here, "kernel/base/assert.hpp".
Diagnosis diagnose_build(std::string const& output, std::vector<std::string> const& own);

// All but cause and next, a few lines; the first is `what`, the others are indented.
std::string to_text(Diagnosis const&);

// Exposed for tests: of the table, in order.
std::vector<std::string> all_causes();

// What a tool that was stopped leaves among its words, for diagnose_build.
extern char const* const stopped_for_time;
extern char const* const stopped_for_memory;

}  // namespace lab
