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
        classes[c] = static_cast<std::uint8_t>((visible && in_token ? token : 0) | (visible ? target : 0) |
                                               (visible || c == ' ' || c == '\t' || c >= 0x80 ? value : 0) |
                                               (visible && in_host ? host : 0));
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

// The longest beginning of `rest` whose bytes are all of that class; it is taken off.
constexpr std::string_view take_class(std::string_view& rest, std::uint8_t wanted) {
    char const* const begin = rest.data();
    char const* const end = begin + rest.size();
    char const* at = begin;
    while (at != end && (class_of(*at) & wanted)) ++at;
    rest = {at, static_cast<std::size_t>(end - at)};
    return {begin, static_cast<std::size_t>(at - begin)};
}

// Whether `rest` begins with that byte, which is taken off.
constexpr bool take(std::string_view& rest, char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
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

// Whether a text begins with another, and whether it is that one: the operators of
// std::string_view ask which comes first, and that costs more.
inline bool begins_with(std::string_view text, std::string_view start) {
    if (start.empty()) return true;  // wherever it points
    return text.size() >= start.size() && std::memcmp(text.data(), start.data(), start.size()) == 0;
}
inline bool is_text(std::string_view text, std::string_view other) {
    return text.size() == other.size() && begins_with(text, other);
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
        if (c < '0' || c > '9') return false;
        auto const digit = static_cast<std::uint64_t>(c - '0');
        if (result > (UINT64_MAX - digit) / 10) return false;
        result = result * 10 + digit;
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
