// SPDX-License-Identifier: MIT
struct Text {
    char characters[max_width] = {};
    std::size_t size = 0;
    void add(char c) { characters[size++] = c; }
    void digits(std::uint64_t n, unsigned base) {
        if (n >= base) digits(n / base, base);
        unsigned const digit = static_cast<unsigned>(n % base);
        add(static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
} text, number;
unsigned const base = spec.hexadecimal ? 16 : 10;
number.digits(magnitude, base);
if (negative) text.add('-');
if (spec.prefix) text.add('0'), text.add('x');
if (spec.zeros)
    while (text.size + number.size < spec.width) text.add('0');
for (std::size_t i = 0; i < number.size; ++i) text.add(number.characters[i]);
write_padded(sink, std::string_view(text.characters, text.size), spec, !spec.left);
