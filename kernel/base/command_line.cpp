// SPDX-License-Identifier: MIT
#include "kernel/base/command_line.hpp"

#include <algorithm>

#include "kernel/base/format.hpp"
#include "kernel/base/log.hpp"

namespace base {
namespace {

constinit CommandLine the_words;

std::string_view key_of(std::string_view word) { return word.substr(0, word.find('=')); }
// Of a word with this key; empty when it has none.
std::string_view value_of(std::string_view word, std::string_view key) {
    word.remove_prefix(std::min(word.size(), key.size() + 1));
    return word;
}

}  // namespace

CommandLine& the_command_line() { return the_words; }

CommandLine::CommandLine(std::string_view text, bool cut) : left_out_(cut) {
    while (true) {
        std::size_t const start = text.find_first_not_of(blanks);
        if (start == std::string_view::npos) return;
        if (count_ == max_words) break;
        text.remove_prefix(start);
        std::size_t const end = std::min(text.find_first_of(blanks), text.size());
        words_[count_++].text = text.substr(0, end);
        text.remove_prefix(end);
    }
    left_out_ = true;
}

bool CommandLine::has(std::string_view key) {
    auto const value = this->value(key);
    if (value && !value->empty()) refuse(key, "the word alone");
    return value.has_value();
}

std::optional<std::string_view> CommandLine::value(std::string_view key) {
    std::optional<std::string_view> found;
    for (std::size_t i = 0; i < count_; ++i) {
        if (key_of(words_[i].text) != key) continue;
        words_[i].asked_for = true;
        found = value_of(words_[i].text, key);
    }
    return found;
}

std::size_t CommandLine::values(std::string_view key, std::span<std::string_view> into) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        if (key_of(words_[i].text) != key) continue;
        words_[i].asked_for = true;
        if (found < into.size()) into[found++] = value_of(words_[i].text, key);
    }
    return found;
}

std::optional<std::uint64_t> CommandLine::number(std::string_view key, std::uint64_t least,
                                                 std::uint64_t most) {
    auto const text = value(key);
    if (!text) return std::nullopt;
    auto const number = parse_number(*text);
    if (number && *number >= least && *number <= most) return number;
    char choices[64];
    BufferSink sink(choices);
    print(sink, "a number");
    if (most < UINT64_MAX) print(sink, " from {} to {}", least, most);
    if (most == UINT64_MAX && least > 0) print(sink, ", {} or more", least);
    refuse(key, sink.text());
    return std::nullopt;
}

constinit CommandLine::Refusal CommandLine::refusal = nullptr;

void CommandLine::refuse(std::string_view key, std::string_view choices) {
    if (refusal != nullptr) refusal(key, value(key).value_or(""), choices);
}

void CommandLine::warn_about_the_rest() {
    for (std::size_t i = 0; i < count_; ++i) {
        if (!words_[i].asked_for) log_warning("command line: '{}' means nothing here", words_[i].text);
        words_[i].asked_for = true;
    }
    if (left_out_)
        log_warning("command line: too long: what follows '{}' is left out",
                    words_[count_ > 0 ? count_ - 1 : 0].text);
    left_out_ = false;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t radix = 10;
    if (text.starts_with("0x")) {
        radix = 16;
        text.remove_prefix(2);
    }
    if (text.empty()) return std::nullopt;
    std::uint64_t number = 0;
    for (char const c : text) {
        std::uint64_t digit = radix;
        if (c >= '0' && c <= '9') digit = static_cast<std::uint64_t>(c - '0');
        if (c >= 'a' && c <= 'f') digit = static_cast<std::uint64_t>(c - 'a' + 10);
        if (c >= 'A' && c <= 'F') digit = static_cast<std::uint64_t>(c - 'A' + 10);
        if (digit >= radix || number > (UINT64_MAX - digit) / radix) return std::nullopt;
        number = number * radix + digit;
    }
    return number;
}

}  // namespace base
