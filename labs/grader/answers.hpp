// SPDX-License-Identifier: GPL-2.0-or-later
//
// The answers in a student's explain.md. A question is a heading "## name"; what
// the grader reads of its section is the line "Answer: ..."; the words below are
// for people. So that nobody marks by hand what a program can check, each
// question asks for something that can be tried out: a sequence of steps, a list
// of numbers.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "labs/grader/exam.hpp"

namespace lab {

// The words after "Answer:"; none: there is no such section, or the line is empty.
std::optional<std::string> answer_to(std::string const& text, std::string const& question);

// Reads `folder`/explain.md and judges the check "explain" by one question.
// `objection` says what is wrong with an answer; empty: it is right.
void examine_answer(Subject const&, Judgement&, std::string const& question, std::string const& rule,
                    std::string (*objection)(std::string const& answer, Subject const&));

std::vector<std::string> words_of(std::string const& text);

}  // namespace lab
