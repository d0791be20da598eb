// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a check says. A failure always tells four things: what was seen and
// when, the rule, the likely cause, and the command that opens the recording at
// the first bad moment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulator/machine/moment.hpp"

namespace lab {

struct Finding {
    std::string seen;                // "rodata page 0xffffffff80113000 is writable"
    sim::machine::Moment moment;     // when it first was so
    std::string where;               // who did it: "written at moment 227649 by memory::map+0x1f, paging.cpp:48"
    std::string rule;                // "Constants are mapped read-only, so that ..."
    std::string cause;               // "The flags of the .rodata line in image_map.cpp ..."
    std::string view;                // the view that shows it: "page-walk"
    std::optional<std::uint64_t> address;  // what to select there
};

struct Verdict {
    std::string check;  // a sentence: "constants are read-only"
    int points = 0;
    std::optional<Finding> finding;  // none: passed
    std::string recording;           // of a failure: the file to open
    bool passed() const { return !finding.has_value(); }
};

struct Report {
    int lab = 0;
    std::string title;
    std::vector<Verdict> verdicts;
    bool passed() const;
    int points() const;
    int out_of() const;
};

std::string to_text(Report const&);
std::string to_json(Report const&);

}  // namespace lab
