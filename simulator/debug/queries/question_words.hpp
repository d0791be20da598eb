// SPDX-License-Identifier: GPL-2.0-or-later
//
// What can be asked. ask.hpp answers.
#pragma once

#include <span>
#include <string_view>

namespace sim::debug::queries {

struct QuestionWord {
    std::string_view name;     // "last-write"
    std::string_view usage;    // "PLACE [LENGTH] [--chain N]"
    std::string_view meaning;  // one line
};

inline constexpr QuestionWord all_question_words[] = {
    {"last-write", "PLACE [LENGTH] [--chain N]", "who last wrote there, and where the value came from"},
    {"why-mapped", "PLACE", "the page-table entries, who wrote each, whose the frame is"},
    {"frame", "PLACE|phys:ADDRESS", "where the frame there was allocated and freed, by whom"},
    {"lock", "PLACE|NAME", "which thread holds the lock, and who did before"},
    {"packet", "N", "what the packet touched, from DMA to the answer"},
    {"first-true", "EXPRESSION", "the first moment at which it was true"},
    {"accesses", "[N]", "which pages were read and written, how often, in the last N instructions"},
    {"print", "EXPRESSION [--follow N]", "its value now, with all parts; N pointers deep"},
    {"threads", "", "the kernel's threads"},
    {"locks", "", "the locks that are held, and who waits"},
    {"events", "[N]", "the last N things that happened"},
};
constexpr std::span<QuestionWord const> question_words() { return all_question_words; }

}  // namespace sim::debug::queries
