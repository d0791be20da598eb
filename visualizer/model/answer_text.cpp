// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/answer_text.hpp"

#include <charconv>
#include <optional>

namespace viz::model {
namespace {

using sim::machine::Moment;

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
    if (!text.starts_with("0x")) return std::nullopt;
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

decltype(AnswerPart::leads_to) meaning(std::string_view word, std::string_view before,
                                       sim::debug::Symbols const& symbols) {
    if (before == "moment" || before == "at")
        if (auto const moment = sim::machine::parse_moment(word)) return *moment;
    if (auto const address = hexadecimal(word)) {
        // Small numbers are values and physical places; a link would lead nowhere.
        if (*address < 0x1000 || before == "physical" || before == "->") return {};
        if (symbols.function_at(*address)) return CodeAddress{*address};
        return DataAddress{*address};
    }
    std::size_t const plus = word.rfind("+0x");
    if (plus == std::string_view::npos) return {};
    auto const offset = hexadecimal(word.substr(plus + 1));
    auto const* function = symbols.function_named(word.substr(0, plus));
    if (!offset || !function || *offset >= function->high - function->low) return {};
    return CodeAddress{function->low + *offset};
}

bool edge(char c) {
    return c == ' ' || c == ',' || c == ';' || c == '(' || c == ')' || c == '"' || c == '[' || c == ']';
}

}  // namespace

std::vector<AnswerPart> answer_parts(std::string_view line, sim::debug::Symbols const& symbols) {
    std::vector<AnswerPart> parts;
    std::string_view before;
    std::size_t plain = 0;  // where the text that leads nowhere begins
    for (std::size_t at = 0; at < line.size();) {
        if (edge(line[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < line.size() && !edge(line[end])) ++end;
        std::string_view word = line.substr(at, end - at);
        while (word.ends_with(':') || word.ends_with('.')) word.remove_suffix(1);
        auto leads_to = meaning(word, before, symbols);
        if (leads_to.index() != 0) {
            if (plain < at) parts.push_back({line.substr(plain, at - plain), {}});
            parts.push_back({word, leads_to});
            plain = at + word.size();
        }
        before = word;
        at = end;
    }
    if (plain < line.size()) parts.push_back({line.substr(plain), {}});
    return parts;
}

}  // namespace viz::model
