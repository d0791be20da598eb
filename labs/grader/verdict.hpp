// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a check says. A failure always tells four things: what was seen and
// when, the rule, the likely cause, and the command that opens what was kept of
// it, at the first bad moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "labs/grader/definition.hpp"
#include "simulator/machine/moment.hpp"

namespace lab {

struct Finding {
    std::string seen;                              // "rodata page 0xffffffff80113000 is writable"
    std::optional<sim::machine::Moment> moment{};  // when it first was so; none outside the simulator
    std::string where{};                           // who did it: "written by memory::map+0x1f, paging.cpp:48"
    std::string rule;                              // "Constants are mapped read-only, so that ..."
    std::string cause;                             // "The flags of the .rodata line in image_map.cpp ..."
    std::string view{};                            // the view that shows it: "page-walk"
    std::optional<std::uint64_t> address{};        // what to select there
};

enum class Outcome : std::uint8_t {
    passed,
    failed,
    blocked,  // an earlier failure is in the way: it was not judged, and takes nothing away
    not_run,  // this host has no QEMU, or another check was asked for; the reason says which
    broken,   // the grader itself failed, for the reason; somebody must look, and grade again
};
char const* name_of(Outcome);

struct Verdict {
    CheckDefinition check{};
    Outcome outcome = Outcome::not_run;
    std::optional<Finding> finding{};  // of failed
    std::string kept{};                // of failed: the file to open; may be empty
    std::string reason{};              // of blocked: the check in the way; of not_run and broken: why

    bool passed() const { return outcome == Outcome::passed; }
};

struct Report {
    int lab = 0;
    std::string title;
    std::uint64_t seed = 0;
    std::vector<Verdict> verdicts;
    bool built = true;
    std::uint64_t hash = 0;   // of all machines' states at the ends of their lives
    std::string toolchain{};  // what compiled the student's files
    // The folders of earlier labs whose files were built in, as people know them.
    std::vector<std::string> with{};

    bool passed() const;  // it was built, nothing failed, nothing is blocked, nothing is broken
    bool broken() const;  // something is
    int points() const;   // of the checks that passed
    int lost() const;     // of those that failed
    int open() const;     // of those that were not judged
    int out_of() const;
};

std::string to_text(Report const&);
// The neutral form, for other programs; labs/README.md describes it.
std::string to_json(Report const&);

}  // namespace lab
