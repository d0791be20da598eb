// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a lab judges. A lab is a list of exams; an exam runs something once (a
// program on the host, a kernel in the simulator) and says of each of its checks
// whether it failed. What an exam does not call failed has passed. The exams of
// a lab stand in labs/NN-name/checks; exams_of() knows them all.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "labs/grader/definition.hpp"
#include "labs/grader/verdict.hpp"

namespace lab {

class StudentRun;

// The student's kernel is not what can be judged: it cannot be loaded, or what its
// headers declare is not there. An exam throws it; its checks fail for it.
class KernelError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// What is judged.
struct Subject {
    Definition const& definition;
    std::filesystem::path folder;    // of the student: recordings are put here
    std::filesystem::path elf;       // the student's kernel
    std::filesystem::path original;  // the same application with the kernel as it is
    std::filesystem::path host;      // the student's files as a Linux program; empty: the lab has none
    std::filesystem::path tools;     // where viv-machine lies; empty: no QEMU
    std::uint64_t seed = 1;          // the student's own
};

class Judgement {
public:
    Judgement(Subject const& subject, std::vector<Verdict>& verdicts)
        : subject_(subject), verdicts_(verdicts) {}

    // Is there still something to find out about this check? No when it has
    // failed already, when what it needs has failed, or when nobody asked.
    bool open(std::string const& check) const;

    // The check failed. Only the first call for a check counts, and none while
    // what it needs has failed. Keeps a recording of the machine's life so far
    // with a bookmark at the finding's moment; the machine is elsewhere then.
    void fail(std::string const& check, Finding, StudentRun&);
    // The same where there is no machine; `evidence` becomes a text file.
    void fail(std::string const& check, Finding, std::string const& evidence = "");
    // It could not be judged: because of another check's failure, or for a reason of the host's.
    void block(std::string const& check, std::string const& by);
    void skip(std::string const& check, std::string const& reason);
    // The grader itself failed: whatever it was about to say of these checks is worth nothing.
    void give_up(std::vector<std::string> const& checks, std::string const& reason);

    // A machine's hash where its life ended.
    void note_hash(std::uint64_t hash);
    std::uint64_t hash() const { return hash_; }

private:
    Verdict& verdict(std::string const& check) const;

    Subject const& subject_;
    std::vector<Verdict>& verdicts_;
    std::uint64_t hash_ = 0xcbf29ce484222325;
};

struct Exam {
    std::vector<std::string> checks;
    void (*examine)(Subject const&, Judgement&);
};

// In the order in which they are held. Throws UsageError for a lab that has none.
std::vector<Exam> exams_of(int lab);

// Holds all exams, or with `only` those of one check, of what it needs, and of what turns
// out to be in its way. An exam
// that ends in an exception spoils its own checks alone: they fail for a KernelError,
// and are `broken` for any other. Throws UsageError when nothing can be said at all.
Report judge(Subject const&, std::string const& only = "");

}  // namespace lab
