// SPDX-License-Identifier: GPL-2.0-or-later
//
// A question as a line of words, and its answer: what `viv query`, gdb's
// `monitor` and the visualizer have in common. docs/reference/queries.md is the
// manual; question_words.hpp is its table of contents.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "simulator/debug/queries/question_words.hpp"
#include "simulator/debug/queries/scene.hpp"

namespace sim::debug::queries {

struct Answer {
    bool understood = false;  // false: `text` says what is wrong with the question
    bool cancelled = false;
    std::string text;
    nlohmann::json json;
};

// Any text is welcome. The machine stands afterwards where it stood.
Answer ask(Scene&, std::string_view question);
// The same for a Session: SessionOptions::asker.
AnswerText ask_in_words(Scene&, std::string_view question);

}  // namespace sim::debug::queries
