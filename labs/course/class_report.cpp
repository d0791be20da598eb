// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/class_report.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

namespace lab {
namespace {

using nlohmann::ordered_json;

struct Tally {
    int passed = 0, not_judged = 0;
    std::vector<std::string> failed;  // names of submissions
};

std::string key_of(int lab, std::string const& check) { return fmt::format("{:02}/{}", lab, check); }

// By lab and check, as "02/found".
std::map<std::string, Tally> tallies_of(Class const& all) {
    std::map<std::string, Tally> tallies;
    for (auto const& one : all.all) {
        auto const results = ordered_json::parse(one.results, nullptr, false);
        if (!results.is_object() || !results.contains("checks") || !results["checks"].is_array()) continue;
        for (auto const& check : results["checks"]) {
            auto& tally = tallies[key_of(results.value("lab", 0), check.value("check", ""))];
            std::string const outcome = check.value("outcome", "");
            if (outcome == "passed")
                ++tally.passed;
            else if (outcome == "failed")
                tally.failed.push_back(one.name);
            else
                ++tally.not_judged;
        }
    }
    return tallies;
}

std::string first_line(std::string const& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string class_json(Class const& all) {
    ordered_json report;
    report["format"] = 1;
    report["toolchain"] = all.toolchain.words;
    report["fingerprint"] = all.toolchain.fingerprint;
    report["submissions"] = ordered_json::array();
    for (auto const& one : all.all) {
        ordered_json entry = {{"submission", one.name},
                              {"standing", name_of(one.standing)},
                              {"points", one.points},
                              {"out_of", one.out_of}};
        if (!one.problem.empty()) entry["problem"] = one.problem;
        entry["processor_seconds"] = one.processor_seconds;
        entry["memory_mib"] = one.memory_bytes >> 20;
        report["submissions"].push_back(entry);
    }
    report["checks"] = ordered_json::array();
    for (auto const& [key, tally] : tallies_of(all))
        report["checks"].push_back({{"lab", std::stoi(key.substr(0, 2))},
                                    {"check", key.substr(3)},
                                    {"passed", tally.passed},
                                    {"failed", tally.failed.size()},
                                    {"not_judged", tally.not_judged},
                                    {"failed_by", tally.failed}});
    if (all.left_out != 0) report["not_graded"] = all.left_out;
    return report.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string class_text(Class const& all) {
    std::string text =
        fmt::format("Toolchain: {}\nFingerprint: {}\n\n", all.toolchain.words, all.toolchain.fingerprint);
    for (auto const& one : all.all) {
        text += fmt::format("{:4} of {:3}  {}", one.points, one.out_of, printable(one.name));
        if (one.standing != Standing::judged)
            text += fmt::format("  ({}: {})", name_of(one.standing), printable(first_line(one.problem), 160));
        text += "\n";
    }
    if (all.left_out != 0) text += fmt::format("{} not graded yet.\n", all.left_out);
    text += "\nlab/check                      passed  failed  not judged\n";
    for (auto const& [key, tally] : tallies_of(all))
        text +=
            fmt::format("{:30} {:6} {:7} {:11}\n", key, tally.passed, tally.failed.size(), tally.not_judged);
    return text;
}

}  // namespace lab
