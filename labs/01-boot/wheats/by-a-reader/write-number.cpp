// SPDX-License-Identifier: MIT
char buffer[max_width];
char* const end = buffer + max_width;
char* first = end;
unsigned const radix = spec.hexadecimal ? 16 : 10;
do {
    *--first = "0123456789abcdef"[magnitude % radix];
    magnitude /= radix;
} while (magnitude != 0);
std::size_t const front = (negative ? 1u : 0u) + (spec.prefix ? 2u : 0u);
while (spec.zeros && static_cast<std::size_t>(end - first) + front < spec.width) *--first = '0';
if (spec.prefix) {
    *--first = 'x';
    *--first = '0';
}
if (negative) *--first = '-';
write_padded(sink, {first, static_cast<std::size_t>(end - first)}, spec, !spec.left);
