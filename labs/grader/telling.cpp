// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/telling.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "labs/grader/definition.hpp"

namespace lab {

namespace {
constexpr std::string_view arrow = "<-";
}

std::string folded(std::string_view text, std::size_t first, std::size_t indent) {
    std::string result;
    std::size_t column = first;
    while (!text.empty()) {
        // Blanks at a line's beginning are the writer's own: an excerpt, a list.
        std::size_t const word = std::min(text.find_first_not_of(' '), text.size());
        std::size_t end = std::min(text.find_first_of(" \n", word), text.size());
        // An arrow stands before what it points from.
        if (text.substr(word, end - word) == arrow && end < text.size())
            end = std::min(text.find_first_of(" \n", end + 1), text.size());
        if (column > indent && column + end > line_width && word > 0) {
            result += "\n" + std::string(indent, ' ');
            column = indent;
            text.remove_prefix(word);
            continue;
        }
        result += text.substr(0, end);
        column += end;
        text.remove_prefix(end);
        if (text.empty() || text.front() != '\n') continue;
        result += "\n" + std::string(indent, ' ');
        column = indent;
        text.remove_prefix(1);
    }
    return result;
}

std::string told(std::string_view heading, std::string_view text) {
    constexpr std::size_t indent = 12;
    return fmt::format("     {:<7}{}\n", heading, folded(text, indent, indent));
}

std::string to_text(UsageError const& error) {
    // What follows the first line is laid out already.
    std::string const what = error.what(), first = what.substr(0, what.find('\n'));
    std::string text = fmt::format("viv: error: {}{}\n", folded(first, 12, 5), what.substr(first.size()));
    if (!error.cause().empty()) text += told("Cause", error.cause());
    return text + told("Next", error.next());
}

}  // namespace lab
