// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 4's question: where RSP stands when the handler's first instruction is about
// to be executed, for an interrupt and for an exception with an error code. Where it
// stood before is another number for each student.
#include "labs/grader/answers.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "labs/04-interrupts/checks/exams.hpp"

namespace lab::interrupts {
namespace {

std::string objection(std::string const& answer, Subject const& subject) {
    auto const interrupted_rsp = personal_number(subject.definition, "rsp", subject.seed);
    auto const words = words_of(answer);
    if (words.size() != 2) return "two hexadecimal numbers are wanted";
    // The stack is aligned to 16 first; then SS, RSP, RFLAGS, CS and RIP are pushed,
    // and the error code where there is one. [sdm-3a §6.14.2]
    std::uint64_t const without = (interrupted_rsp & ~std::uint64_t{15}) - 5 * 8, with = without - 8;
    std::uint64_t const right[] = {without, with};
    for (int i = 0; i < 2; ++i) {
        char* end = nullptr;
        std::uint64_t const number = std::strtoull(words[i].c_str(), &end, 16);
        if (*end != 0) return fmt::format("{} is no hexadecimal number", words[i]);
        if (number == right[i]) continue;
        if (i == 0 && number == right[i] + (interrupted_rsp & 15))
            return fmt::format("{} forgets that the processor aligns the stack first", words[i]);
        return fmt::format("{} is not where RSP stands {} an error code", words[i],
                           i == 0 ? "without" : "with");
    }
    return {};
}

}  // namespace

void examine_answers(Subject const& subject, Judgement& judgement) {
    examine_answer(subject, judgement, "where-is-rsp",
                   "The processor aligns the stack, and pushes five registers, and sometimes an error code.",
                   objection);
}

}  // namespace lab::interrupts
