// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1 on the host: bytes through a chip that takes its time, the loop over a
// format, and numbers.
#include <fmt/format.h>

#include <cinttypes>
#include <cstdio>
#include <iterator>
#include <map>
#include <random>

#include "labs/01-boot/checks/exams.hpp"
#include "labs/grader/host_program.hpp"

namespace lab::boot {
namespace {

constexpr char const* put_rule =
    "A byte is written when the transmitter is empty, as bit 5 (THRE) of the line status says. Otherwise it "
    "replaces the one that has not gone out yet.";
constexpr char const* put_cause =
    "Uart::put in uart.cpp: read the line status again and again, until this bit is set; then write.";
constexpr char const* text_rule =
    "Text goes out as it is, {{ and }} are one brace, and each placeholder is the next value.";
constexpr char const* number_rule =
    "A number is a minus, the prefix 0x, zeros up to the width, and its digits, in this order, where they "
    "apply; then it is padded with blanks.";

// What each step should answer, and what to say otherwise.
HostCase table_of(char const* name, std::vector<std::pair<std::string, std::string>> const& rows,
                  char const* rule, std::function<std::string(std::string const&)> const& cause) {
    HostCase one{.name = name, .steps = {}, .oracle = {}};
    std::map<std::string, std::string> right;
    for (auto const& [step, answer] : rows) {
        one.steps.push_back(step);
        right[step] = answer;
    }
    one.oracle = [=](std::string const& step, std::string const& answer) -> std::optional<Objection> {
        if (answer == right.at(step)) return {};
        std::string shown = step;
        for (char& c : shown)
            if (c == '\t') c = ' ';
        return Objection{
            fmt::format("{}: it gave {}, and should have given {}", shown, answer, right.at(step)), rule,
            cause(answer)};
    };
    return one;
}

void examine_chip(Subject const& subject, Judgement& judgement) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (int const busy : {0, 1, 7, 100, 20'000})
        for (char const* text : {"V", "Vivarium"})
            rows.emplace_back(fmt::format("put\t{}\t{}", busy, text), fmt::format("sent [{}] lost 0", text));
    auto const cause = [](std::string const& answer) {
        return std::string(
            answer == "endless"
                ? "Uart::put in uart.cpp waits for something that never comes. Which bit, set or clear?"
            : answer.find("lost 0") == std::string::npos
                ? std::string(put_cause) + " However long that takes: the line may be slow."
                : put_cause);
    };
    examine_case(subject, judgement, "chip", table_of("a slow chip", rows, put_rule, cause));
}

// ---- The loop over the format ----

// Sentences of names and numbers, others for each student: whoever has written the known
// rows into the code, or someone else's, has not written these.
std::vector<std::pair<std::string, std::string>> sentences(std::uint64_t seed) {
    constexpr char const* names[] = {"Ada",  "Barbara", "Chiara", "Dijkstra", "Edsger", "Fran",   "Grace",
                                     "Hedy", "Ines",    "Jun",    "Kurt",     "Leslie", "Margot", "Niklaus",
                                     "Olga", "Pavel",   "Radia",  "Soo",      "Tony",   "Ursula"};
    constexpr char const* words[] = {"", ", ", " waits for ", " of ", ": ", " and ", " owns frame ", " -> "};
    std::mt19937_64 random(seed);
    std::vector<std::pair<std::string, std::string>> rows;
    for (int row = 0; row < 40; ++row) {
        std::string format, values, right;
        for (std::uint64_t left = random() % 7; left > 0; --left) {
            char const* const word = words[random() % std::size(words)];
            bool const named = random() % 2 == 0;
            std::string const value =
                named ? names[random() % std::size(names)] : std::to_string(random() % 100'000);
            format += std::string(word) + "{}";
            right += word + value;
            values += (named ? "\tt:" : "\tu:") + value;
        }
        rows.emplace_back("format\t" + format + "." + values, "\"" + right + ".\"");
    }
    return rows;
}

void examine_text(Subject const& subject, Judgement& judgement) {
    auto const cause = [](std::string const&) {
        return std::string(
            "vformat in format.cpp: where this piece of the format ends, and what is left of it.");
    };
    std::vector<std::pair<std::string, std::string>> const plain = {
        {"format\t", "\"\""},           {"format\tplain text", "\"plain text\""},
        {"format\ta{{b", "\"a{b\""},    {"format\ta}}b", "\"a}b\""},
        {"format\t{{}}", "\"{}\""},     {"format\t}}{{", "\"}{\""},
        {"format\t{{{{", "\"{{\""},     {"format\t}", "\"}\""},
        {"format\ta } b", "\"a } b\""},
    };
    std::vector<std::pair<std::string, std::string>> const values = {
        {"format\t{}\tt:one", "\"one\""},
        {"format\ta {} b\tt:one", "\"a one b\""},
        {"format\t{}{}\tt:one\tt:two", "\"onetwo\""},
        {"format\t{}, {} and {}.\tt:one\tt:two\tt:three", "\"one, two and three.\""},
        {"format\t{:5}|\tt:ab", "\"ab   |\""},
        {"format\t{:3}|\tc:x", "\"x  |\""},
        {"format\t{} {}\tb:1\tb:0", "\"true false\""},
        {"format\t{{{}}}\tt:one", "\"{one}\""},
        {"format\t{}\tt:{}", "\"{}\""},
        {"format\tend {}\tt:", "\"end \""},
        {"format\tnone\tt:one", "\"none\""},
    };
    std::vector<std::pair<std::string, std::string>> const damaged = {
        {"format\t{}", "\"{?}\""},
        {"format\t{} {}\tt:one", "\"one {?}\""},
        {"format\t{", "\"{?}\""},
        {"format\ta{\tt:one", "\"aone\""},
        {"format\ta{:\tt:one", "\"aone\""},
        {"format\t{:zz}\tt:one", "\"one\""},
        {"format\t{:99999999999}|\tt:", fmt::format("\"{:64}|\"", "")},
    };
    if (!examine_case(subject, judgement, "text", table_of("text and braces", plain, text_rule, cause)))
        return;
    if (!examine_case(subject, judgement, "text",
                      table_of("values in their places", values, text_rule, cause)))
        return;
    if (!examine_case(subject, judgement, "text",
                      table_of("sentences of your own", sentences(subject.seed), text_rule, cause)))
        return;
    examine_case(
        subject, judgement, "text",
        table_of("formats that were not written with care", damaged,
                 "A placeholder that ends with the format is one; one without a value is {?}; a single "
                 "} is a brace.",
                 cause));
}

// ---- Digits ----

std::string number_cause(std::string const&) {
    return "write_number in format.cpp: what comes before the digits, and when the loop over them ends.";
}

// By the C library, and by hand what it does not know.
std::string digits_of(std::uint64_t magnitude, bool hexadecimal) {
    char text[24];
    std::snprintf(text, sizeof text, hexadecimal ? "%" PRIx64 : "%" PRIu64, magnitude);
    return text;
}

struct Shape {
    bool hexadecimal, prefix, zeros, left;
    unsigned width;

    std::string spec() const {
        std::string text = left ? "<" : "";
        if (prefix) text += '#';
        if (zeros) text += '0';
        if (width) text += std::to_string(width);
        if (hexadecimal) text += 'x';
        return text;
    }
};

std::string number(std::uint64_t magnitude, bool negative, Shape const& shape) {
    std::string digits = digits_of(magnitude, shape.hexadecimal);
    std::string const front = std::string(negative ? "-" : "") + (shape.prefix ? "0x" : "");
    if (shape.zeros && front.size() + digits.size() < shape.width)
        digits.insert(0, shape.width - front.size() - digits.size(), '0');
    std::string text = front + digits;
    if (text.size() < shape.width) text.insert(shape.left ? text.size() : 0, shape.width - text.size(), ' ');
    return text;
}

void examine_numbers(Subject const& subject, Judgement& judgement) {
    std::vector<std::pair<std::string, std::string>> const known = {
        {"format\t{}\ti:0", "\"0\""},
        {"format\t{:x}\tu:0", "\"0\""},
        {"format\t{:#x}\tu:0", "\"0x0\""},
        {"format\t{}\ti:7", "\"7\""},
        {"format\t{}\ti:10", "\"10\""},
        {"format\t{}\ti:-1", "\"-1\""},
        {"format\t{:x}\tu:3735928559", "\"deadbeef\""},
        {"format\t{:x}\ti:-255", "\"-ff\""},
        {"format\t{}\tp:4660", "\"0x1234\""},
        {"format\t{}\ti:9223372036854775807", "\"9223372036854775807\""},
        {"format\t{}\ti:-9223372036854775808", "\"-9223372036854775808\""},
        {"format\t{:x}\ti:-9223372036854775808", "\"-8000000000000000\""},
        {"format\t{}\tu:18446744073709551615", "\"18446744073709551615\""},
        {"format\t{:#x}\tu:18446744073709551615", "\"0xffffffffffffffff\""},
        {"format\t{:5}|\ti:42", "\"   42|\""},
        {"format\t{:<5}|\ti:42", "\"42   |\""},
        {"format\t{:05}|\ti:42", "\"00042|\""},
        {"format\t{:05}|\ti:-42", "\"-0042|\""},
        {"format\t{:#010x}|\tu:2748", "\"0x00000abc|\""},
        {"format\t{:2}|\ti:12345", "\"12345|\""},
        {"format\t{:016x}\tu:4660", "\"0000000000001234\""},
        {"format\t{:064}\ti:-1", "\"-" + std::string(62, '0') + "1\""},
        {"format\t{:#064x}\ti:-1", "\"-0x" + std::string(60, '0') + "1\""},
    };
    if (!examine_case(subject, judgement, "numbers",
                      table_of("known numbers", known, number_rule, number_cause)))
        return;

    std::mt19937_64 random(subject.seed);
    std::vector<std::pair<std::string, std::string>> rows;
    for (int i = 0; i < 300; ++i) {
        Shape shape{random() % 2 == 0, random() % 3 == 0, random() % 3 == 0, random() % 3 == 0,
                    static_cast<unsigned>(random() % 4 == 0 ? 0 : random() % 64 + 1)};
        shape.prefix = shape.prefix && shape.hexadecimal;
        std::uint64_t const bits = random() >> random() % 64;
        bool const is_signed = random() % 2 == 0, negative = is_signed && bits >> 63 != 0;
        std::string const value =
            is_signed ? "i:" + std::to_string(static_cast<std::int64_t>(bits)) : "u:" + std::to_string(bits);
        std::string const spec = shape.spec();
        rows.emplace_back(fmt::format("format\t[{{{}{}}}]\t{}", spec.empty() ? "" : ":", spec, value),
                          fmt::format("\"[{}]\"", number(negative ? 0 - bits : bits, negative, shape)));
    }
    examine_case(subject, judgement, "numbers", table_of("random numbers", rows, number_rule, number_cause));
}

}  // namespace

void examine_on_host(Subject const& subject, Judgement& judgement) {
    if (judgement.open("chip")) examine_chip(subject, judgement);
    if (judgement.open("text")) examine_text(subject, judgement);
    if (judgement.open("numbers")) examine_numbers(subject, judgement);
}

}  // namespace lab::boot
