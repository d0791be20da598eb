// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "labs/grader/text_file.hpp"

namespace lab {

std::optional<std::string> answer_to(std::string const& text, std::string const& question) {
    constexpr char const* label = "Answer:";
    std::istringstream lines(text);
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("## ", 0) == 0) inside = line == "## " + question;
        if (!inside || line.rfind(label, 0) != 0) continue;
        std::size_t const first = line.find_first_not_of(" \t\r", 7), last = line.find_last_not_of(" \t\r");
        if (first == std::string::npos) return {};
        return line.substr(first, last - first + 1);
    }
    return {};
}

void examine_answer(Subject const& subject, Judgement& judgement, std::string const& question,
                    std::string const& rule, std::string (*objection)(std::string const&, Subject const&)) {
    auto const file = subject.folder / "explain.md";
    std::string seen, text;
    try {
        text = read_text(file);
    } catch (UsageError const& error) {
        seen = std::filesystem::exists(file) ? error.what() : "there is no explain.md";
    }
    if (!seen.empty()) {
        // told below
    } else if (auto const answer = answer_to(text, question); !answer) {
        seen = fmt::format("explain.md has no answer to {}", question);
    } else {
        std::string const wrong = objection(*answer, subject);
        if (wrong.empty()) return;
        seen = fmt::format("\"{}\": {}", answer->size() > 200 ? answer->substr(0, 200) + " ..." : *answer,
                           wrong);
        if (auto const asked = seed_of_questions(text); asked && *asked != subject.seed)
            seen +=
                fmt::format(". (These are the questions of seed {}, and yours is {})", *asked, subject.seed);
    }
    judgement.fail("explain", {.seen = seen,
                               .where = fmt::format("explain.md, ## {}", question),
                               .rule = rule,
                               .cause = "The line that begins with \"Answer:\" is what is tried out."});
}

std::vector<std::string> words_of(std::string const& text) {
    std::vector<std::string> words;
    std::string plain = text;  // a list may have commas
    std::replace(plain.begin(), plain.end(), ',', ' ');
    std::istringstream in(plain);
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

}  // namespace lab
