// SPDX-License-Identifier: MIT
//
// The words after the kernel's name: "exit-after=5 loglevel=debug". A word is
// a key, or a key and a value with = between. Every reader asks for the words
// that it knows; warn_about_the_rest() reports those that nobody asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace base {

class CommandLine {
public:
    static constexpr std::string_view blanks = " \t\r\n";  // between words
    static constexpr std::size_t max_words = 32;           // later words are left out, with a warning

    constexpr CommandLine() = default;
    // The text must outlive the command line. `cut`: it was longer than there was room.
    explicit CommandLine(std::string_view text, bool cut = false);

    // The word stands there. It takes no value: with one it is refused.
    bool has(std::string_view key);
    // The value of the last word with this key: the last one wins. A word without a
    // value has the empty one, which is none of anybody's choices.
    std::optional<std::string_view> value(std::string_view key);
    // The values of all words with this key, in their order; those that `into` does not
    // hold are left out. Returns how many it holds.
    std::size_t values(std::string_view key, std::span<std::string_view> into);
    // The same as a number, decimal or 0x...; nothing when the word is not there. What is
    // no number, or not between these two, is refused; where nobody refuses it is nothing.
    std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least = 0,
                                        std::uint64_t most = UINT64_MAX);
    // The word's value is none of the choices, which are told. Does not return in the
    // kernel: a machine that misunderstood its user had better not begin.
    void refuse(std::string_view key, std::string_view choices);
    // What refuse() does; null: nothing.
    using Refusal = void (*)(std::string_view key, std::string_view value, std::string_view choices);
    static Refusal refusal;

    // Logs a warning for each word that nobody asked for so far, once, and one when words
    // were left out. Call it when you have asked for yours.
    void warn_about_the_rest();

    std::size_t size() const { return count_; }

private:
    struct Word {
        std::string_view text;
        bool asked_for = false;
    };
    Word words_[max_words];
    std::size_t count_ = 0;
    bool left_out_ = false;  // words behind the last one
};

std::optional<std::uint64_t> parse_number(std::string_view text);

// The machine's own: kernel_main fills it in.
CommandLine& the_command_line();

}  // namespace base
