// SPDX-License-Identifier: MIT
// From the first digit to the last: the largest power that fits goes first.
std::uint64_t const radix = spec.hexadecimal ? 16 : 10;
std::uint64_t power = 1;
std::size_t length = 1;
while (magnitude / power >= radix) {
    power *= radix;
    ++length;
}
char text[128];
std::size_t used = 0;
if (negative) text[used++] = '-';
if (spec.prefix) {
    text[used++] = '0';
    text[used++] = 'x';
}
if (spec.zeros)
    for (std::size_t all = used + length; all < spec.width; ++all) text[used++] = '0';
for (; power != 0; power /= radix) {
    unsigned const digit = static_cast<unsigned>(magnitude / power % radix);
    text[used++] = static_cast<char>(digit < 10 ? '0' + digit : 'a' + (digit - 10));
}
write_padded(sink, std::string_view(text, used), spec, !spec.left);
