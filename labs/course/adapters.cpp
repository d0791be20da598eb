// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/adapters.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace lab {
namespace {

using nlohmann::ordered_json;

std::string dump(ordered_json const& json) {
    return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json read(std::string const& results) {
    auto report = ordered_json::parse(results, nullptr, false);
    if (!report.is_object()) report = {{"problem", "the grader left no report"}};
    if (!report.contains("checks") || !report["checks"].is_array()) report["checks"] = ordered_json::array();
    return report;
}

std::string text_of(ordered_json const& check, char const* key) {
    return check.contains(key) && check[key].is_string() ? check[key].get<std::string>() : std::string();
}

std::string name_of(ordered_json const& check) {
    return fmt::format("{}: {}", text_of(check, "check"), text_of(check, "title"));
}

// What was seen, the rule, the cause and how to look, a line each; or why it was not judged.
std::string words_of(ordered_json const& check) {
    std::string const outcome = text_of(check, "outcome");
    if (outcome == "blocked")
        return fmt::format("Not judged before this passes: {}", text_of(check, "reason"));
    if (outcome == "broken")
        return "The grader itself failed here, which is not your submission's fault; tell those who teach: " +
               text_of(check, "reason");
    if (outcome == "not run") return "Not judged: " + text_of(check, "reason");
    std::string words;
    for (auto const& [key, heading] :
         {std::pair("seen", "Seen"), std::pair("moment", "At moment"), std::pair("where", "Where"),
          std::pair("rule", "Rule"), std::pair("cause", "Likely cause"), std::pair("open", "Look")})
        if (auto const text = text_of(check, key); !text.empty())
            words += fmt::format("{}: {}\n", heading, text);
    return words;
}

std::string words_of_all(ordered_json const& report) {
    std::string words = text_of(report, "problem");
    if (!words.empty()) words += "\n";
    if (auto const toolchain = text_of(report, "toolchain"); !toolchain.empty())
        words += fmt::format("Toolchain: {}; fingerprint {}\n", toolchain, text_of(report, "fingerprint"));
    return words;
}

}  // namespace

std::string to_gradescope(std::string const& results) {
    auto const report = read(results);
    ordered_json out;
    out["score"] = report.value("points", 0);
    out["output"] = words_of_all(report);
    out["output_format"] = "text";
    out["stdout_visibility"] = "hidden";
    out["extra_data"] = {{"hash", text_of(report, "hash")}, {"fingerprint", text_of(report, "fingerprint")}};
    out["tests"] = ordered_json::array();
    for (auto const& check : report["checks"]) {
        std::string const outcome = text_of(check, "outcome");
        ordered_json test = {{"name", name_of(check)},
                             {"number", text_of(check, "check")},
                             {"score", check.value("earned", 0)},
                             {"max_score", check.value("points", 0)},
                             {"output", words_of(check)},
                             {"output_format", "text"},
                             {"visibility", "visible"}};
        if (outcome == "passed" || outcome == "failed") test["status"] = outcome;
        out["tests"].push_back(test);
    }
    return dump(out);
}

std::string to_classroom(std::string const& results) {
    auto const report = read(results);
    bool const judged = !report["checks"].empty();
    ordered_json out;
    out["version"] = 1;
    out["status"] = !judged ? "error" : report.value("passed", false) ? "pass" : "fail";
    out["max_score"] = report.value("out_of", 100);
    out["tests"] = ordered_json::array();
    for (auto const& check : report["checks"]) {
        std::string const outcome = text_of(check, "outcome");
        out["tests"].push_back({{"name", name_of(check)},
                                {"status", outcome == "passed"   ? "pass"
                                           : outcome == "broken" ? "error"
                                                                 : "fail"},
                                {"score", check.value("earned", 0)},
                                {"message", words_of(check)},
                                {"line_no", 0},
                                {"filename", ""},
                                {"test_code", text_of(check, "check")},
                                {"duration", 0}});
    }
    if (!judged)
        out["tests"].push_back({{"name", "Vivarium"},
                                {"status", "error"},
                                {"score", 0},
                                {"message", words_of_all(report)},
                                {"line_no", 0},
                                {"filename", ""},
                                {"test_code", ""},
                                {"duration", 0}});
    return dump(out);
}

std::string results_without_verdict(int lab, int out_of, std::string const& problem) {
    return dump(
        {{"format", 1},
         {"lab", lab},
         {"passed", false},
         {"points", 0},
         {"out_of", out_of},
         {"problem",
          "There is no verdict. This is not your submission's fault; tell those who teach. " + problem},
         {"checks", ordered_json::array()}});
}

std::string base64(std::string const& bytes) {
    constexpr char const* letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        std::size_t const count = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j) text += j <= count ? letters[group >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

}  // namespace lab
