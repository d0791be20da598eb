// SPDX-License-Identifier: MIT
#include "kernel/base/format.hpp"

#include <algorithm>

namespace base {
namespace {

// What stands between the braces.
struct Spec {
    bool hexadecimal = false;
    bool prefix = false;
    bool zeros = false;
    bool left = false;
    std::size_t width = 0;
};

constexpr std::size_t max_width = 64;

void write_padded(TextSink& sink, std::string_view text, Spec const& spec, bool right) {
    std::size_t const padding = spec.width > text.size() ? spec.width - text.size() : 0;
    for (std::size_t i = 0; right && i < padding; ++i) sink.write(" ");
    sink.write(text);
    for (std::size_t i = 0; !right && i < padding; ++i) sink.write(" ");
}

Spec parse_spec(std::string_view text) {
    Spec spec;
    for (char const c : text) {
        if (c == 'x')
            spec.hexadecimal = true;
        else if (c == '#')
            spec.prefix = true;
        else if (c == '<')
            spec.left = true;
        else if (c == '0' && spec.width == 0)
            spec.zeros = true;
        else if (c >= '0' && c <= '9')
            spec.width = std::min(max_width, spec.width * 10 + static_cast<std::size_t>(c - '0'));
    }
    return spec;
}

void write_number(TextSink& sink, std::uint64_t magnitude, bool negative, Spec const& spec) {
    // [lab:01-write-number]
    char digits[max_width + 4];
    std::size_t at = sizeof digits;  // the digits come out last first: fill from the end
    std::uint64_t const radix = spec.hexadecimal ? 16 : 10;
    do {  // at least once: zero has a digit too
        digits[--at] = "0123456789abcdef"[magnitude % radix];
        magnitude /= radix;
    } while (magnitude != 0);

    std::size_t const sign_and_prefix = (negative ? 1u : 0u) + (spec.prefix ? 2u : 0u);
    while (spec.zeros && sizeof digits - at + sign_and_prefix < spec.width) digits[--at] = '0';
    if (spec.prefix) {
        digits[--at] = 'x';
        digits[--at] = '0';
    }
    if (negative) digits[--at] = '-';
    write_padded(sink, {digits + at, sizeof digits - at}, spec, !spec.left);
    // [/lab:01-write-number]
}

// [doc:write-value]
void write_value(TextSink& sink, Argument const& value, Spec spec) {
    switch (value.kind()) {
        case Argument::Kind::signed_integer: {
            std::int64_t const number = value.as_signed();
            // Negating INT64_MIN overflows; negating its bits as unsigned does not.
            auto const bits = static_cast<std::uint64_t>(number);
            return write_number(sink, number < 0 ? 0 - bits : bits, number < 0, spec);
        }
        case Argument::Kind::unsigned_integer:
            return write_number(sink, value.as_unsigned(), false, spec);
        case Argument::Kind::pointer:
            spec.hexadecimal = spec.prefix = true;
            return write_number(sink, value.as_unsigned(), false, spec);
        case Argument::Kind::boolean:
            return write_padded(sink, value.as_unsigned() != 0 ? "true" : "false", spec, false);
        case Argument::Kind::character: {
            char const c = value.as_character();
            return write_padded(sink, {&c, 1}, spec, false);
        }
        case Argument::Kind::text:
            return write_padded(sink, value.as_text(), spec, false);
        case Argument::Kind::other:
            return value.write_other(sink);
    }
}
// [/doc:write-value]

}  // namespace

// [doc:vformat]
void vformat(TextSink& sink, std::string_view format, std::span<Argument const> values) {
    // [lab:01-vformat]
    std::size_t next_value = 0;
    while (!format.empty()) {
        std::size_t const brace = std::min(format.find_first_of("{}"), format.size());
        if (brace > 0) sink.write(format.substr(0, brace));
        format.remove_prefix(brace);
        if (format.empty()) return;

        if (format[0] == '}' || format.starts_with("{{")) {  // a brace meant as a brace
            bool const doubled = format.size() > 1 && format[1] == format[0];
            sink.write(format.substr(0, 1));
            format.remove_prefix(doubled ? 2 : 1);
            continue;
        }
        std::size_t const end = std::min(format.find('}'), format.size() - 1);
        Spec const spec = parse_spec(format.substr(1, end - 1));
        if (next_value < values.size())
            write_value(sink, values[next_value++], spec);
        else
            sink.write("{?}");
        format.remove_prefix(end + 1);
    }
    // [/lab:01-vformat]
}
// [/doc:vformat]

// [doc:buffer-sink]
void BufferSink::write(std::string_view text) {
    std::size_t const fits = std::min(text.size(), buffer_.size() - used_);
    std::copy_n(text.data(), fits, buffer_.data() + used_);
    used_ += fits;
    dropped_ += text.size() - fits;
}
// [/doc:buffer-sink]

void format_value(TextSink& sink, PhysAddr address) { print(sink, "{:#x}", address.raw()); }
void format_value(TextSink& sink, VirtAddr address) { print(sink, "{:#x}", address.raw()); }
void format_value(TextSink& sink, FrameNumber frame) { print(sink, "{:#x}", frame.raw()); }

void format_value(TextSink& sink, Duration span) {
    std::int64_t const ns = span.as_nanoseconds();
    if (ns < 10'000 && ns > -10'000)
        print(sink, "{} ns", ns);
    else if (ns < 10'000'000 && ns > -10'000'000)
        print(sink, "{} us", ns / 1'000);
    else if (ns < 10'000'000'000 && ns > -10'000'000'000)
        print(sink, "{} ms", ns / 1'000'000);
    else
        print(sink, "{} s", ns / 1'000'000'000);
}

void format_value(TextSink& sink, Instant when) {
    std::int64_t const us = when.since_boot().as_microseconds();
    print(sink, "{}.{:06}", us / 1'000'000, us % 1'000'000);
}

}  // namespace base
