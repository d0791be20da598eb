// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "labs/grader/telling.hpp"

namespace lab {
namespace {

std::string open_command(Verdict const& verdict) { return fmt::format("./viv lab open {}", verdict.kept); }

// The first line after the heading, the others below it.
std::string item(char const* heading, std::string const& text) {
    constexpr std::size_t indent = 16;
    return fmt::format("        {:<8}{}\n", heading, folded(text, indent, indent));
}

std::string finding_text(Verdict const& verdict) {
    Finding const& finding = *verdict.finding;
    std::string seen = finding.seen;
    if (finding.moment) seen += fmt::format("\nat moment {}", to_string(*finding.moment));
    if (!finding.where.empty()) seen += "\n" + finding.where;
    std::string text = "\n" + item("Seen", seen) + item("Rule", finding.rule) + item("Cause", finding.cause);
    // To be copied: in one line.
    if (!verdict.kept.empty()) text += fmt::format("        Look    {}\n", open_command(verdict));
    return text + "\n";
}

int sum(std::vector<Verdict> const& verdicts, bool (*counts)(Outcome)) {
    int points = 0;
    for (auto const& verdict : verdicts) points += counts(verdict.outcome) ? verdict.check.points : 0;
    return points;
}

// The first checkpoint of which something is missing; none: all are done, or it was not
// asked.
std::optional<unsigned> next_checkpoint(Report const& report) {
    std::optional<unsigned> next;
    for (auto const& [check, outcome, finding, kept, reason] : report.verdicts) {
        if (check.checkpoint == 0) continue;
        if (outcome == Outcome::not_run) return {};
        if (outcome != Outcome::passed) next = std::min(next.value_or(check.checkpoint), check.checkpoint);
    }
    return next;
}

std::string on_the_way(Report const& report, unsigned next) {
    std::string missing;
    for (auto const& verdict : report.verdicts)
        if (verdict.check.checkpoint == next && !verdict.passed())
            missing += (missing.empty() ? "" : ", ") + verdict.check.id;
    std::string const done = next == 1   ? ""
                             : next == 2 ? "Checkpoint 1 is done. "
                                         : fmt::format("Checkpoints 1 to {} are done. ", next - 1);
    return fmt::format("{}Next is checkpoint {}: {}.\n", done, next, missing);
}

}  // namespace

char const* name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::passed:
            return "passed";
        case Outcome::failed:
            return "failed";
        case Outcome::blocked:
            return "blocked";
        case Outcome::not_run:
            return "not run";
        case Outcome::broken:
            return "broken";
    }
    return "";
}

bool Report::passed() const {
    return built && std::none_of(verdicts.begin(), verdicts.end(), [](auto const& verdict) {
               return verdict.outcome != Outcome::passed && verdict.outcome != Outcome::not_run;
           });
}

bool Report::broken() const {
    return std::any_of(verdicts.begin(), verdicts.end(),
                       [](auto const& verdict) { return verdict.outcome == Outcome::broken; });
}

int Report::points() const {
    return sum(verdicts, [](Outcome o) { return o == Outcome::passed; });
}
int Report::lost() const {
    return sum(verdicts, [](Outcome o) { return o == Outcome::failed; });
}
int Report::open() const {
    return sum(verdicts, [](Outcome o) { return o != Outcome::passed && o != Outcome::failed; });
}
int Report::out_of() const {
    return sum(verdicts, [](Outcome) { return true; });
}

std::string to_text(Report const& report) {
    std::string text = fmt::format("Lab {}: {}\n", report.lab, report.title);
    for (auto const& earlier : report.with) text += fmt::format("Built on your own work in {}.\n", earlier);
    text += "\n";
    auto const next = next_checkpoint(report);
    for (auto const& verdict : report.verdicts) {
        auto const& check = verdict.check;
        char const* const word = verdict.passed()                      ? "pass"
                                 : verdict.outcome == Outcome::failed  ? "FAIL"
                                 : verdict.outcome == Outcome::blocked ? "wait"
                                 : verdict.outcome == Outcome::broken  ? "????"
                                                                       : "  - ";
        std::string note = fmt::format("{} points", check.points);
        if (verdict.outcome == Outcome::blocked)
            note += fmt::format("; not judged before {} passes", verdict.reason);
        if (verdict.outcome == Outcome::not_run) note += fmt::format("; not judged: {}", verdict.reason);
        if (verdict.outcome == Outcome::broken) note += "; the grader itself failed: " + verdict.reason;
        if (verdict.outcome == Outcome::failed && next && check.checkpoint > *next)
            note += fmt::format("; of checkpoint {}, which comes later", check.checkpoint);
        text += folded(fmt::format("  {} {}  {}: {}  ({})", letter_of(check.kind), word, check.id,
                                   check.title, note),
                       0, 10) +
                "\n";
        if (verdict.outcome == Outcome::failed) text += finding_text(verdict);
    }
    text += fmt::format("\n{} of {} points", report.points(), report.out_of());
    if (report.open() != 0)
        text += fmt::format(", {} lost, {} open: what was not judged takes nothing away", report.lost(),
                            report.open());
    bool const all = std::all_of(report.verdicts.begin(), report.verdicts.end(), [](auto const& verdict) {
        return verdict.passed() || verdict.check.points == 0;
    });
    text += fmt::format(". {}\n", !report.passed() ? "Not yet."
                                  : all            ? "Done."
                                                   : "Done with what was asked for.");
    return next ? text + on_the_way(report, *next) : text;
}

std::string to_json(Report const& report) {
    nlohmann::ordered_json json;
    json["format"] = 1;
    json["lab"] = report.lab;
    json["title"] = report.title;
    json["seed"] = report.seed;
    json["built"] = report.built;
    json["passed"] = report.passed();
    json["points"] = report.points();
    json["lost"] = report.lost();
    json["open"] = report.open();
    json["out_of"] = report.out_of();
    json["hash"] = fmt::format("{:016x}", report.hash);
    json["toolchain"] = report.toolchain;
    if (!report.with.empty()) json["with"] = report.with;
    json["checks"] = nlohmann::ordered_json::array();
    for (auto const& verdict : report.verdicts) {
        nlohmann::ordered_json one;
        one["check"] = verdict.check.id;
        one["title"] = verdict.check.title;
        one["kind"] = letter_of(verdict.check.kind);
        one["outcome"] = name_of(verdict.outcome);
        one["points"] = verdict.check.points;
        one["earned"] = verdict.passed() ? verdict.check.points : 0;
        if (!verdict.reason.empty()) one["reason"] = verdict.reason;
        if (verdict.finding) {
            Finding const& finding = *verdict.finding;
            one["seen"] = finding.seen;
            if (finding.moment) one["moment"] = to_string(*finding.moment);
            if (!finding.where.empty()) one["where"] = finding.where;
            one["rule"] = finding.rule;
            one["cause"] = finding.cause;
            if (!finding.view.empty()) one["view"] = finding.view;
            if (!verdict.kept.empty()) one["open"] = open_command(verdict);
        }
        json["checks"].push_back(one);
    }
    // A student's bytes reach some of the texts: what is no UTF-8 is replaced.
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace lab
