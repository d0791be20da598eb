// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/exam.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "labs/grader/failure_recording.hpp"
#include "labs/grader/student_run.hpp"
#include "labs/grader/text_file.hpp"
#include "simulator/loader/load_error.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr char const* nobody_asked = "another check was asked for";

// Whatever stands where evidence will be written goes first: links, too.
void remove_old_evidence(fs::path const& folder) {
    std::vector<fs::path> old;
    for (auto const& entry : fs::directory_iterator(folder)) {
        auto const extension = entry.path().extension();
        bool const ours = extension == ".run" || extension == ".steps" || extension == ".part";
        if (ours && entry.path().filename().string().rfind("fail-", 0) == 0) old.push_back(entry.path());
    }
    for (auto const& entry : old) remove_entry(entry);
}

// A check that did not fail has passed, unless something it needs has not.
void conclude(std::vector<Verdict>& verdicts, std::set<std::string> const& judged) {
    std::set<std::string> not_passed;
    for (auto& verdict : verdicts) {
        auto const in_the_way = std::find_if(verdict.check.needs.begin(), verdict.check.needs.end(),
                                             [&](auto const& need) { return not_passed.count(need) != 0; });
        if (verdict.outcome == Outcome::not_run && verdict.reason.empty()) {
            if (in_the_way != verdict.check.needs.end()) {
                verdict.outcome = Outcome::blocked;
                verdict.reason = *in_the_way;
            } else if (judged.count(verdict.check.id)) {
                verdict.outcome = Outcome::passed;
            }
        }
        if (verdict.outcome == Outcome::failed || verdict.outcome == Outcome::blocked ||
            verdict.outcome == Outcome::broken)
            not_passed.insert(verdict.check.id);
    }
}

}  // namespace

Verdict& Judgement::verdict(std::string const& check) const {
    for (auto& one : verdicts_)
        if (one.check.id == check) return one;
    throw UsageError(fmt::format("lab {} has no check {}", subject_.definition.number, check),
                     "Its lab.json and its checks do not fit together.");
}

bool Judgement::open(std::string const& check) const {
    Verdict const& one = verdict(check);
    if (one.outcome == Outcome::failed || !one.reason.empty()) return false;  // failed, blocked, skipped
    return std::all_of(one.check.needs.begin(), one.check.needs.end(), [this](auto const& need) {
        Verdict const& other = verdict(need);
        return other.outcome != Outcome::failed && open(need);
    });
}

void Judgement::fail(std::string const& check, Finding finding, StudentRun& run) {
    if (!open(check)) return;
    Verdict& one = verdict(check);
    one.kept = record_failure(run, check, finding, subject_.folder);
    one.finding = std::move(finding);
    one.outcome = Outcome::failed;
}

void Judgement::fail(std::string const& check, Finding finding, std::string const& evidence) {
    if (!open(check)) return;
    Verdict& one = verdict(check);
    if (!evidence.empty()) {
        fs::path const file = subject_.folder / ("fail-" + check + ".steps");
        write_text(file, evidence);
        one.kept = file.string();
    }
    one.finding = std::move(finding);
    one.outcome = Outcome::failed;
}

void Judgement::block(std::string const& check, std::string const& by) {
    if (!open(check)) return;
    Verdict& one = verdict(check);
    one.outcome = Outcome::blocked;
    one.reason = by;
}

void Judgement::skip(std::string const& check, std::string const& reason) { verdict(check).reason = reason; }

void Judgement::give_up(std::vector<std::string> const& checks, std::string const& reason) {
    for (auto const& check : checks) {
        Verdict& one = verdict(check);
        if (one.outcome == Outcome::failed || !one.reason.empty()) continue;
        one.outcome = Outcome::broken;
        one.reason = reason;
    }
}

void Judgement::note_hash(std::uint64_t hash) { hash_ = (hash_ ^ hash) * 0x100000001b3; }

void hold(Exam const& exam, Subject const& subject, Judgement& judgement) {
    auto const cannot_be_judged = [&](std::string const& what) {
        std::string first;
        for (auto const& check : exam.checks) {
            if (first.empty() && judgement.open(check)) {
                judgement.fail(check,
                               {.seen = what,
                                .rule = "The kernel is one that can be started, and has the functions that "
                                        "its headers declare.",
                                .cause = "The names and parameters of what you wrote, against the header; or "
                                         "data that is far too large."});
                first = check;
            } else if (!first.empty()) {
                judgement.block(check, first);
            }
        }
    };
    try {
        exam.examine(subject, judgement);
    } catch (UsageError const&) {
        throw;
    } catch (KernelError const& error) {
        cannot_be_judged(error.what());
    } catch (sim::loader::LoadError const& error) {
        cannot_be_judged(error.what());
    } catch (std::exception const& error) {
        judgement.give_up(exam.checks, error.what());
    }
}

// Holds the exams of the checks that are wanted; of all when none is named.
Report judge_these(Subject const& subject, std::set<std::string> const& wanted) {
    Report report{.lab = subject.definition.number,
                  .title = subject.definition.title,
                  .seed = subject.seed,
                  .verdicts = {}};
    for (auto const& check : subject.definition.checks) {
        Verdict verdict;
        verdict.check = check;
        if (!wanted.empty() && !wanted.count(check.id)) verdict.reason = nobody_asked;
        report.verdicts.push_back(std::move(verdict));
    }
    remove_old_evidence(subject.folder);

    Judgement judgement(subject, report.verdicts);
    std::set<std::string> judged;
    for (auto const& exam : exams_of(subject.definition.number)) {
        bool const needed = std::any_of(exam.checks.begin(), exam.checks.end(),
                                        [&](auto const& id) { return judgement.open(id); });
        if (!needed) continue;
        hold(exam, subject, judgement);
        judged.insert(exam.checks.begin(), exam.checks.end());
    }
    conclude(report.verdicts, judged);
    report.hash = judgement.hash();
    return report;
}

Report judge(Subject const& subject, std::string const& only) {
    std::set<std::string> wanted;
    if (!only.empty()) wanted = subject.definition.with_needs(only);
    for (;;) {
        Report report = judge_these(subject, wanted);
        auto const before = wanted.size();
        if (!wanted.empty())
            for (auto const& verdict : report.verdicts)
                if (verdict.outcome == Outcome::blocked)
                    wanted.merge(subject.definition.with_needs(verdict.reason));
        if (wanted.size() == before) return report;
    }
}

}  // namespace lab
