// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/personal.hpp"

#include <fmt/format.h>

#include <charconv>
#include <regex>

#include "labs/grader/definition.hpp"

namespace lab {
namespace {

constexpr char const* seed_line = "Your seed: ";

// Seeds that are near each other give numbers that are not, and two numbers of one
// student have nothing to do with each other.
std::uint64_t mixed(std::string const& name, std::uint64_t seed) {
    std::uint64_t hash = seed + 0x9e37'79b9'7f4a'7c15;
    for (char const c : name + "/") {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
        hash ^= hash >> 29;
    }
    return hash;
}

PersonalNumber const& find(Definition const& definition, std::string const& name) {
    auto const found = definition.personal.find(name);
    if (found != definition.personal.end()) return found->second;
    throw UsageError(fmt::format("lab {} has no personal number {}", definition.number, name),
                     "Add it to `personal` in its lab.json.");
}

std::string expand(Definition const& definition, std::uint64_t seed, std::smatch const& braces) {
    std::string const name = braces[1], operation = braces[2];
    std::uint64_t const number = personal_number(definition, name, seed);
    std::uint64_t const other = operation.empty() ? 0 : std::stoull(braces[3], nullptr, 0);
    if (operation == "/") return std::to_string(number / other);
    std::uint64_t const result = operation == "-" ? number - other : number + other;
    return find(definition, name).hexadecimal ? fmt::format("{:#x}", result) : std::to_string(result);
}

}  // namespace

std::uint64_t personal_number(Definition const& definition, std::string const& name, std::uint64_t seed) {
    auto const& one = find(definition, name);
    return one.first + mixed(name, seed) % one.count * one.step;
}

std::string with_personal_numbers(std::string const& text, Definition const& definition, std::uint64_t seed) {
    static std::regex const braces(R"(\{\{([a-z-]*[a-z])([-+/])?(0x[0-9a-f]+|[1-9][0-9]*)?\}\})");
    std::string result;
    auto rest = text.begin();
    for (std::sregex_iterator found(text.begin(), text.end(), braces), end; found != end; ++found) {
        if ((*found)[2].matched != (*found)[3].matched)
            throw UsageError(fmt::format("{} is no personal number", found->str()),
                             "labs/grader/personal.hpp shows the form.");
        result.append(rest, (*found)[0].first);
        result += expand(definition, seed, *found);
        rest = (*found)[0].second;
    }
    return result.append(rest, text.end());
}

std::string personal_questions(std::string const& text, Definition const& definition, std::uint64_t seed) {
    return with_personal_numbers(text, definition, seed) + fmt::format("\n{}{}\n", seed_line, seed);
}

std::optional<std::uint64_t> seed_of_questions(std::string const& text) {
    auto const line = text.rfind(std::string("\n") + seed_line);
    if (line == std::string::npos) return {};
    std::uint64_t seed = 0;
    char const* const first = text.data() + line + 1 + std::string_view(seed_line).size();
    if (std::from_chars(first, text.data() + text.size(), seed).ec != std::errc()) return {};
    return seed;
}

}  // namespace lab
