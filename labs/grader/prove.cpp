// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/prove.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <regex>

#include "labs/grader/scratch.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

// What is not as it was meant to be; empty: all is.
std::string objection(Case const& one, Report const& report) {
    if (one.kind == Case::Kind::solution || one.kind == Case::Kind::wheat) {
        if (report.passed() && report.points() == report.out_of()) return {};
        return fmt::format("it is right and got {} of {} points", report.points(), report.out_of());
    }
    if (one.kind == Case::Kind::checkpoint) {
        for (auto const& verdict : report.verdicts)
            if (verdict.check.checkpoint != 0 && verdict.check.checkpoint <= one.checkpoint &&
                !verdict.passed())
                return fmt::format("{} belongs to checkpoint {} and is {}", verdict.check.id,
                                   verdict.check.checkpoint, name_of(verdict.outcome));
        return {};
    }
    if (report.broken()) return "the grader itself failed";
    if (one.points && *one.points != report.points())
        return fmt::format("it got {} points, and should get {}", report.points(), *one.points);
    if (one.check.empty()) return {};
    for (auto const& verdict : report.verdicts) {
        if (verdict.check.id != one.check) continue;
        if (verdict.outcome != Outcome::failed)
            return fmt::format("{} should have failed: {}", one.check, name_of(verdict.outcome));
        if (!std::regex_search(verdict.finding->seen, std::regex(one.message)))
            return fmt::format("{} saw \"{}\", and should have seen /{}/", one.check, verdict.finding->seen,
                               one.message);
        return {};
    }
    return fmt::format("there is no check {}", one.check);
}

std::string joined(std::vector<std::string> const& words) {
    std::string text;
    for (auto const& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

}  // namespace

CaseResult try_case(House const& house, Definition const& definition, Case const& one) {
    CaseResult result{.tried = one, .as_meant = false, .why = {}, .failed = {}};
    ScratchFolder const folder;
    for (auto const& [name, text] : one.files) write_text(folder.path() / name, text);
    Started const started{.folder = folder.path(), .lab = definition.number};
    try {
        result.report = check_started(house, definition, started);
        for (auto const& verdict : result.report.verdicts)
            if (verdict.outcome == Outcome::failed) result.failed.push_back(verdict.check.id);
        result.why = objection(one, result.report);
    } catch (UsageError const& error) {
        result.why = error.what();
    }
    result.as_meant = result.why.empty();
    return result;
}

std::vector<CaseResult> prove(House const& house, Definition const& definition, ProveOptions const& options) {
    std::vector<CaseResult> results;
    for (auto const& one : load_cases(definition, house.repository)) {
        if (one.name.find(options.only) == std::string::npos) continue;
        results.push_back(try_case(house, definition, one));
        if (options.told) options.told(results.back());
    }
    return results;
}

std::vector<std::string> checks_without_mutant(Definition const& definition, std::vector<Case> const& cases) {
    std::vector<std::string> found;
    for (auto const& check : definition.checks) {
        bool const wanted = check.points > 0 && check.kind != CheckKind::explain;
        bool const meant = std::any_of(cases.begin(), cases.end(), [&](auto const& one) {
            return one.kind == Case::Kind::mutant && one.check == check.id;
        });
        if (wanted && !meant) found.push_back(check.id);
    }
    return found;
}

std::string row_of(CaseResult const& result) {
    return fmt::format("| {} | {} | {} | {} | {} | {} |\n", result.tried.name, name_of(result.tried.kind),
                       result.tried.check, joined(result.failed), result.report.points(),
                       result.as_meant ? "yes" : "no: " + result.why);
}

fs::path kept_table(Definition const& definition) { return definition.folder / "cases.md"; }

std::string table_of(Definition const& definition, std::vector<CaseResult> const& results) {
    std::string text =
        fmt::format("# Lab {}: {}\n\n", definition.number, definition.title) +
        "| case | kind | meant for | failed | points | as meant |\n|---|---|---|---|---:|---|\n";
    for (auto const& result : results) text += row_of(result);
    text +=
        "\nCounted over the mutants only. A check that was not judged because an earlier one had failed "
        "counts as not finding the mutant.\n\n| check | points | mutants meant for it | it finds | it alone finds "
        "|\n|---|---:|---:|---:|---:|\n";
    for (auto const& check : definition.checks) {
        int meant = 0, found = 0, alone = 0;
        for (auto const& [tried, as_meant, why, failed, report] : results) {
            if (tried.kind != Case::Kind::mutant) continue;
            bool const finds = std::count(failed.begin(), failed.end(), check.id) != 0;
            meant += tried.check == check.id;
            found += finds;
            alone += finds && failed.size() == 1;
        }
        text += fmt::format("| {} | {} | {} | {} | {} |\n", check.id, check.points, meant, found, alone);
    }
    return text;
}

bool prove_and_print(House const& house, int number, ProveOptions const& options, bool json) {
    auto const definition = find_definition(house.repository, number);
    if (!fs::exists(definition.folder / "mutants") && !fs::exists(definition.folder / "wheats"))
        throw UsageError(fmt::format("lab {} has no cases to try its checks on", number),
                         "Its solution is in the student's own words; first_hour_test tries it.",
                         "./viv lab list has the others.");
    ProveOptions telling = options;
    if (!json)
        telling.told = [](CaseResult const& result) {
            fmt::print("{}  {:<8}  {:<24}  {:>3}  {}\n", result.as_meant ? "ok  " : "FAIL",
                       name_of(result.tried.kind), result.tried.name, result.report.points(),
                       joined(result.failed));
            if (!result.as_meant) fmt::print("      {}\n", result.why);
            std::fflush(stdout);
        };
    auto const results = prove(house, definition, telling);
    bool const all = std::all_of(results.begin(), results.end(), [](auto const& r) { return r.as_meant; });
    if (!options.table.empty()) write_text(options.table, table_of(definition, results));
    if (json) {
        nlohmann::ordered_json table = nlohmann::ordered_json::array();
        for (auto const& result : results)
            table.push_back({{"case", result.tried.name},
                             {"kind", name_of(result.tried.kind)},
                             {"about", result.tried.about},
                             {"as_meant", result.as_meant},
                             {"why", result.why},
                             {"meant", result.tried.check},
                             {"failed", result.failed},
                             {"points", result.report.points()},
                             {"hash", fmt::format("{:016x}", result.report.hash)}});
        fmt::print("{}\n", table.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    }
    return all && !results.empty();
}

}  // namespace lab
