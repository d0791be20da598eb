// SPDX-License-Identifier: GPL-2.0-or-later
//
// Tries the graders: builds and judges every case of a lab (cases.hpp) and says
// which case came out as it should. For those who write labs, and for the tests.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "labs/grader/cases.hpp"
#include "labs/grader/started.hpp"

namespace lab {

struct CaseResult {
    Case tried;
    bool as_meant = false;
    std::string why;                  // of one that did not come out as meant
    std::vector<std::string> failed;  // the checks that failed
    Report report{};
};

// In a folder of its own, which is gone afterwards.
CaseResult try_case(House const&, Definition const&, Case const&);

struct ProveOptions {
    std::string only{};             // cases whose name contains this
    std::filesystem::path table{};  // where the table goes; empty: nowhere
    std::function<void(CaseResult const&)> told{};
};
std::vector<CaseResult> prove(House const&, Definition const&, ProveOptions const&);

// Checks (but those of no points) for which no mutant is meant.
std::vector<std::string> checks_without_mutant(Definition const&, std::vector<Case> const&);

// Markdown: each case with what failed, and each check with the mutants that are meant
// for it, that it finds, and that nobody else finds.
std::string table_of(Definition const&, std::vector<CaseResult> const&);

// One line of it, of a case.
std::string row_of(CaseResult const&);
// Where it is kept with the lab, as it should come out: labs/NN-name/cases.md.
std::filesystem::path kept_table(Definition const&);

// Tells each case as it is tried. False: something did not come out as meant.
bool prove_and_print(House const&, int lab, ProveOptions const&, bool json);

}  // namespace lab
