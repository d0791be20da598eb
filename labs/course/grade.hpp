// SPDX-License-Identifier: GPL-2.0-or-later
//
// Grades a class: a folder with one folder a submission. Each is copied, built and
// judged by processes of its own behind walls (grader/walls.hpp), several at a time.
// What a submission does can spoil its own result only. In the folder for the results:
//
//   NAME/results.json   the neutral report; NAME/report.txt for people
//   NAME/fail-*.run     recordings of failures, to be opened
//   class.json          all results, and for each check who failed it; class.txt likewise
//
// Started again, it grades only what is new or has changed: the student's files, the
// seed, the compiler, the kernel or the lab.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "labs/course/submission.hpp"
#include "labs/course/toolchain.hpp"
#include "labs/grader/started.hpp"
#include "labs/grader/walls.hpp"

namespace lab {

struct GradeOptions {
    std::filesystem::path submissions, out;
    unsigned jobs = 1;
    bool unconfined = false;         // where nothing can confine, go on
    bool no_walls = false;           // nor where something can: for tests
    bool again = false;              // all, whatever is there already
    bool collect = false;            // grade nothing: the class's report of what is there
    unsigned shard = 1, shards = 1;  // of the submissions in their order, every so manieth
    std::string only{};              // this submission alone
    std::string expect{};            // a fingerprint: with another one nothing is graded
    SubmissionOptions reading{};
    Allowance allowance{};
};

enum class Standing {
    judged,
    not_built,   // the files do not compile or are not there: no points
    no_verdict,  // the grader failed, or the host: look at it
};
char const* name_of(Standing);

struct Graded {
    std::string name;
    Standing standing = Standing::no_verdict;
    std::string problem{};  // of the last two: why
    int points = 0, out_of = 0;
    bool kept = false;  // it was there from an earlier time
    double processor_seconds = 0;
    std::uint64_t memory_bytes = 0;
    std::string results{};  // results.json; empty: none
};

struct Class {
    std::vector<Graded> all;   // by name
    std::size_t left_out = 0;  // of other shards, and not graded yet
    Toolchain toolchain;
    Confinement how = Confinement::none;
};

// `begins` is told how many there are to do; `told` is called for each that is done, by one thread at a time.
struct Progress {
    std::function<void(Class const&, std::size_t count)> begins;
    std::function<void(Graded const&)> told;
};

// Throws UsageError: no such folder; results among the submissions; nothing confines here;
// another fingerprint.
Class grade(House const&, GradeOptions const&, Progress const&);

// Had one of those that were to be judged in this run no verdict? When a run collects, or is
// one shard of several, the others' are in the class too: only who collects answers for them.
bool lacks_a_verdict(Class const&, bool collects);

// One submission, whatever the folder's name; the results lie in options.out.
Graded grade_one(House const&, GradeOptions const&, std::filesystem::path const& submission);

// Inside the walls. Each prints one JSON object and returns the exit status.
int build_at_desk(House const&, int lab, std::filesystem::path const& desk);
int judge_at_desk(House const&, int lab, std::uint64_t seed, std::filesystem::path const& desk);

}  // namespace lab
