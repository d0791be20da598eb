// SPDX-License-Identifier: MIT
//
// Small questions about text, in ASCII and nothing else: HTTP's own words never
// depend on a language. [rfc9110 §5.6.2]
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace http {

// What a byte may be part of.
namespace character {
constexpr std::uint8_t token = 1;   // method and field names
constexpr std::uint8_t target = 2;  // the request's target: visible ASCII
constexpr std::uint8_t value = 4;   // field values: also blanks and bytes above ASCII, never CR, LF or NUL
constexpr std::uint8_t host = 8;    // [rfc3986 §3.2.2]
constexpr std::uint8_t path = 16;   // the target up to its query

constexpr bool is_alphanumeric(unsigned c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

constexpr auto make_classes() {
    std::array<std::uint8_t, 256> classes{};
    for (unsigned c = 0; c < 256; ++c) {
        bool const visible = c > ' ' && c < 0x7F;
        bool const letter_or_digit = is_alphanumeric(c);
        bool const in_token =
            letter_or_digit ||
            std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
        bool const in_host =
            letter_or_digit ||
            std::string_view("-._~%!$&'()*+,;=:[]").find(static_cast<char>(c)) != std::string_view::npos;
        classes[c] =
            static_cast<std::uint8_t>((visible && in_token ? token : 0) | (visible ? target : 0) |
                                      (visible || c == ' ' || c == '\t' || c >= 0x80 ? value : 0) |
                                      (visible && in_host ? host : 0) | (visible && c != '?' ? path : 0));
    }
    return classes;
}
inline constexpr auto classes = make_classes();
}  // namespace character

constexpr std::uint8_t class_of(char c) { return character::classes[static_cast<unsigned char>(c)]; }

// What every byte of the text may be part of.
constexpr std::uint8_t common_classes(std::string_view text) {
    std::uint8_t common = 0xFF;
    for (char c : text) common &= class_of(c);
    return common;
}

constexpr bool all_of_class(std::string_view text, std::uint8_t wanted) {
    return (common_classes(text) & wanted) != 0;
}

// The longest text from `at` on whose bytes are all of that class; `at` moves behind it. Inside
// a line of the head, behind which its CR stands: that is of no class, so no end is asked for.
constexpr std::string_view take_class(char const*& at, std::uint8_t wanted) {
    char const* const begin = at;
    char const* end = begin;
    while (class_of(*end) & wanted) ++end;
    at = end;
    return {begin, static_cast<std::size_t>(end - begin)};
}

// The first `wanted` in [from, to), or `to`. Eight bytes at a time: of the difference to
// eight times `wanted`, the lowest byte that is zero borrows from its highest bit.
constexpr char const* find_byte(char const* from, char const* to, char wanted) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101, highest = ones << 7;
    std::uint64_t const eight_wanted = static_cast<unsigned char>(wanted) * ones;
    auto const size = static_cast<std::size_t>(to - from);
    for (std::size_t words = std::is_constant_evaluated() ? 0 : size / 8; words > 0; --words, from += 8) {
        std::uint64_t difference = 0;
        std::memcpy(&difference, from, sizeof difference);
        difference ^= eight_wanted;
        std::uint64_t const found = (difference - ones) & ~difference & highest;
        if (found) return from + std::countr_zero(found) / 8;
    }
    while (from != to && *from != wanted) ++from;
    return from;
}

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// So many bytes as a number: equal bytes, equal numbers.
template <class Word>
constexpr Word word_at(char const* at) {
    Word word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// Whether so many bytes are the same: word by word, of which the last two may overlap.
inline bool same_bytes(char const* a, char const* b, std::size_t size) {
    auto const same = [&]<class Word>(Word) {
        std::size_t at = 0;
        for (; at + sizeof(Word) < size; at += sizeof(Word))
            if (word_at<Word>(a + at) != word_at<Word>(b + at)) return false;
        at = size - sizeof(Word);
        return word_at<Word>(a + at) == word_at<Word>(b + at);
    };
    if (size >= 8) return same(std::uint64_t{});
    if (size >= 4) return same(std::uint32_t{});
    return size == 0 || same(char{});
}

// Whether a text begins with another, and whether it is that one: the operators of
// std::string_view ask which comes first, and that costs more.
inline bool begins_with(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && same_bytes(text.data(), start.data(), start.size());
}
inline bool is_text(std::string_view text, std::string_view other) {
    return text.size() == other.size() && begins_with(text, other);
}

// Whether the text is this literal. Its length is known: that makes a few comparisons of whole
// words, and no call.
template <std::size_t size>
inline bool is_literal(std::string_view text, char const (&literal)[size], std::uint64_t blind = 0) {
    constexpr std::size_t length = size - 1;
    static_assert(length >= 2);
    auto const differs = [&]<class Word>(Word, std::size_t at) {
        return ((word_at<Word>(text.data() + at) ^ word_at<Word>(literal + at)) &
                static_cast<Word>(~blind)) != 0;
    };
    auto const differ = [&]<class Word>(Word word) {  // the last two may overlap
        for (std::size_t at = 0; at + sizeof word < length; at += sizeof word)
            if (differs(word, at)) return true;
        return differs(word, length - sizeof word);
    };
    if (text.size() != length) return false;
    if constexpr (length >= 8)
        return !differ(std::uint64_t{});
    else if constexpr (length >= 4)
        return !differ(std::uint32_t{});
    else
        return !differ(std::uint16_t{});
}

// Whether the name of a field, which is of token characters, is this one in lower case. Letters
// in upper case lack one bit; of the hyphen no token character differs in that bit only.
template <std::size_t size>
inline bool is_name(std::string_view name, char const (&lower)[size]) {
    return is_literal(name, lower, 0x2020'2020'2020'2020);
}

// Equal but for upper and lower case.
constexpr bool same_word(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
    return true;
}

constexpr std::string_view without_blanks_behind(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

constexpr std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    return without_blanks_behind(text);
}

// The text before the first `separator`, which is taken off `rest` together
// with the separator; all of it when there is none.
constexpr std::string_view take_until(std::string_view& rest, char separator) {
    char const* const begin = rest.data();
    char const* const end = begin + rest.size();
    char const* const at = find_byte(begin, end, separator);
    char const* const behind = at == end ? end : at + 1;
    rest = {behind, static_cast<std::size_t>(end - behind)};
    return {begin, static_cast<std::size_t>(at - begin)};
}

// Whether a comma-separated list names the word. [rfc9110 §5.6.1]
constexpr bool lists_word(std::string_view list, std::string_view word) {
    while (!list.empty())
        if (same_word(without_blanks(take_until(list, ',')), word)) return true;
    return false;
}

// Digits only, at least one, no overflow: false when that does not hold.
constexpr bool parse_decimal(std::string_view text, std::uint64_t& value) {
    if (text.empty()) return false;
    std::uint64_t result = 0;
    for (char c : text) {
        std::uint64_t const digit = static_cast<std::uint64_t>(c) - '0';  // much, if it is none
        if (digit > 9) return false;
        if (__builtin_mul_overflow(result, 10u, &result) || __builtin_add_overflow(result, digit, &result))
            return false;
    }
    value = result;
    return true;
}

// The same in hexadecimal, as chunk sizes are written. [rfc9112 §7.1]
constexpr bool parse_hexadecimal(std::string_view text, std::uint64_t& value) {
    if (text.empty()) return false;
    std::uint64_t result = 0;
    for (char c : text) {
        char const lower = to_lower(c);
        std::uint64_t digit = 0;
        if (c >= '0' && c <= '9')
            digit = static_cast<std::uint64_t>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            digit = static_cast<std::uint64_t>(lower - 'a') + 10;
        else
            return false;
        if (result > UINT64_MAX >> 4) return false;
        result = result << 4 | digit;
    }
    value = result;
    return true;
}

}  // namespace http
