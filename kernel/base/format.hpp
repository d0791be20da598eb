// SPDX-License-Identifier: MIT
//
// Text from values: print(sink, "frame {:#x} has {} owners\n", number, count).
//
//     {}      the value as one would write it
//     {:x}    hexadecimal         {:#x}   with 0x in front
//     {:8}    at least 8 wide     {:<8}   text to the left (numbers go right by themselves)
//     {:08x}  padded with zeros   {{ }}   a brace
//
// The number of placeholders is checked when the kernel is compiled. Values
// may be integers, bool, char, text, pointers, enums, addresses, and any type
// with a function format_value(TextSink&, T const&) in its own namespace.
// Nothing here allocates; every function may be called in any context.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "kernel/base/address.hpp"
#include "kernel/base/time.hpp"

namespace base {

// [doc:sink]
// Where text goes, a piece at a time.
class TextSink {
public:
    virtual void write(std::string_view text) = 0;

protected:
    ~TextSink() = default;
};
// [/doc:sink]

// Text into memory of the caller. What does not fit is dropped and counted.
class BufferSink final : public TextSink {
public:
    explicit BufferSink(std::span<char> buffer) : buffer_(buffer) {}
    void write(std::string_view text) override;
    std::string_view text() const { return {buffer_.data(), used_}; }
    std::size_t dropped() const { return dropped_; }

private:
    std::span<char> buffer_;
    std::size_t used_ = 0;
    std::size_t dropped_ = 0;
};

template <class T>
concept FormatsItself = requires(TextSink& sink, T const& value) {
    format_value(sink, value);
};

// One value to print, with its type remembered.
class Argument {
public:
    enum class Kind : std::uint8_t {
        signed_integer,
        unsigned_integer,
        boolean,
        character,
        text,
        pointer,
        other
    };

    template <std::signed_integral T>
    constexpr Argument(T value) : signed_(value), kind_(Kind::signed_integer) {}
    template <std::unsigned_integral T>
    constexpr Argument(T value) : unsigned_(value), kind_(Kind::unsigned_integer) {}
    constexpr Argument(bool value) : unsigned_(value), kind_(Kind::boolean) {}
    constexpr Argument(char value) : character_(value), kind_(Kind::character) {}
    constexpr Argument(std::string_view value) : text_{value.data(), value.size()}, kind_(Kind::text) {}
    constexpr Argument(char const* value) : Argument(std::string_view(value)) {}
    Argument(void const* value) : unsigned_(reinterpret_cast<std::uint64_t>(value)), kind_(Kind::pointer) {}
    template <FormatsItself T>
    constexpr Argument(T const& value)
        : other_{&value,
                 [](TextSink& sink, void const* v) { format_value(sink, *static_cast<T const*>(v)); }},
          kind_(Kind::other) {}
    template <class T>
    requires(std::is_enum_v<T> && !FormatsItself<T>) constexpr Argument(T value)
        : Argument(static_cast<std::underlying_type_t<T>>(value)) {}

    constexpr Kind kind() const { return kind_; }
    constexpr std::int64_t as_signed() const { return signed_; }
    constexpr std::uint64_t as_unsigned() const { return unsigned_; }
    constexpr char as_character() const { return character_; }
    constexpr std::string_view as_text() const { return {text_.data, text_.size}; }
    void write_other(TextSink& sink) const { other_.write(sink, other_.value); }

private:
    union {
        std::int64_t signed_;
        std::uint64_t unsigned_;
        char character_;
        struct {
            char const* data;
            std::size_t size;
        } text_;
        struct {
            void const* value;
            void (*write)(TextSink&, void const*);
        } other_;
    };
    Kind kind_;
};

// [doc:format-string]
// A format whose placeholders have been counted by the compiler.
template <class... Values>
class FormatString {
public:
    consteval FormatString(char const* text) : text_(text) {
        if (placeholders(text_) != sizeof...(Values)) number_of_values_does_not_match_the_placeholders();
    }
    constexpr std::string_view text() const { return text_; }

private:
    static void number_of_values_does_not_match_the_placeholders() {}
    static consteval std::size_t placeholders(std::string_view text) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '{') continue;
            if (i + 1 < text.size() && text[i + 1] == '{')
                ++i;
            else
                ++count;
        }
        return count;
    }
    std::string_view text_;
};
// [/doc:format-string]

// The engine of all printing. A placeholder without a value prints as "{?}".
void vformat(TextSink& sink, std::string_view format, std::span<Argument const> values);

// [doc:print]
template <class... Values>
void print(TextSink& sink, FormatString<std::type_identity_t<Values>...> format, Values const&... values) {
    if constexpr (sizeof...(Values) == 0) {
        vformat(sink, format.text(), {});
    } else {
        Argument const arguments[] = {Argument(values)...};
        vformat(sink, format.text(), arguments);
    }
}
// [/doc:print]

void format_value(TextSink& sink, PhysAddr address);
void format_value(TextSink& sink, VirtAddr address);
void format_value(TextSink& sink, FrameNumber frame);
void format_value(TextSink& sink,
                  Duration span);  // in a unit that keeps 2 to 4 digits or more: 350 ns, 1234 us
void format_value(TextSink& sink, Instant when);  // seconds since boot: 1.234567

}  // namespace base
