// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers of a student's own in a lab's questions, so that a copied answer shows.
// lab.json says between which, and the student's seed chooses one:
//
//     "personal": {"rsp": {"first": "0xffffd00000010008", "step": 16, "count": 65536}}
//
// In explain.md `{{rsp}}` is the number; with + - or / and a number, one that follows
// from it: `{{rsp-0x30}}`. A first number in quotes is hexadecimal, and so is what is
// written of it; a quotient is decimal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lab {

struct Definition;

struct PersonalNumber {
    std::uint64_t first = 0, step = 1, count = 1;
    bool hexadecimal = false;
};

// Throws UsageError: lab.json has no such number.
std::uint64_t personal_number(Definition const&, std::string const& name, std::uint64_t seed);

// A lab's questions with the student's numbers in place of the braces, and below them a
// line that says whose they are. Throws UsageError.
std::string personal_questions(std::string const& text, Definition const&, std::uint64_t seed);
// The seed in that line: a hand-in without a note is judged by the numbers that it was asked for.
std::optional<std::uint64_t> seed_of_questions(std::string const& text);

// Exposed for tests.
std::string with_personal_numbers(std::string const& text, Definition const&, std::uint64_t seed);

}  // namespace lab
