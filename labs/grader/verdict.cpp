// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lab {
namespace {

std::string open_command(Verdict const& verdict) { return fmt::format("./viv lab open {}", verdict.recording); }

}  // namespace

bool Report::passed() const {
    return std::all_of(verdicts.begin(), verdicts.end(), [](auto const& v) { return v.passed(); });
}

int Report::points() const {
    int sum = 0;
    for (auto const& verdict : verdicts) sum += verdict.passed() ? verdict.points : 0;
    return sum;
}

int Report::out_of() const {
    int sum = 0;
    for (auto const& verdict : verdicts) sum += verdict.points;
    return sum;
}

std::string to_text(Report const& report) {
    std::string text = fmt::format("Lab {}: {}\n\n", report.lab, report.title);
    for (auto const& verdict : report.verdicts) {
        text += fmt::format("  {}  {}  ({} points)\n", verdict.passed() ? "pass" : "FAIL", verdict.check, verdict.points);
        if (verdict.passed()) continue;
        auto const& finding = *verdict.finding;
        text += fmt::format("\n        Seen    {}\n", finding.seen);
        text += fmt::format("                at moment {}\n", to_string(finding.moment));
        if (!finding.where.empty()) text += fmt::format("                {}\n", finding.where);
        text += fmt::format("        Rule    {}\n", finding.rule);
        text += fmt::format("        Cause   {}\n", finding.cause);
        if (!verdict.recording.empty()) text += fmt::format("        Look    {}\n", open_command(verdict));
        text += "\n";
    }
    text += fmt::format("\n{} of {} points. {}\n", report.points(), report.out_of(),
                        report.passed() ? "Done." : "Not yet.");
    return text;
}

std::string to_json(Report const& report) {
    nlohmann::ordered_json json;
    json["lab"] = report.lab;
    json["title"] = report.title;
    json["passed"] = report.passed();
    json["points"] = report.points();
    json["out_of"] = report.out_of();
    for (auto const& verdict : report.verdicts) {
        nlohmann::ordered_json one;
        one["check"] = verdict.check;
        one["passed"] = verdict.passed();
        one["points"] = verdict.points;
        if (verdict.finding) {
            one["seen"] = verdict.finding->seen;
            one["moment"] = to_string(verdict.finding->moment);
            one["where"] = verdict.finding->where;
            one["rule"] = verdict.finding->rule;
            one["cause"] = verdict.finding->cause;
            one["view"] = verdict.finding->view;
            if (!verdict.recording.empty()) one["open"] = open_command(verdict);
        }
        json["checks"].push_back(one);
    }
    return json.dump(2) + "\n";
}

}  // namespace lab
