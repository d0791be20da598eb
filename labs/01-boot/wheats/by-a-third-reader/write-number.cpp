// SPDX-License-Identifier: MIT
std::uint64_t const base = spec.hexadecimal ? 16 : 10;
std::size_t digits = 1;
for (std::uint64_t rest = magnitude / base; rest != 0; rest /= base) ++digits;
char text[max_width + 32];
std::size_t used = 0;
if (negative) text[used++] = '-';
if (spec.prefix) {
    text[used++] = '0';
    text[used++] = 'x';
}
while (spec.zeros && used + digits < spec.width) text[used++] = '0';
used += digits;
for (std::size_t i = 1; i <= digits; ++i, magnitude /= base)
    text[used - i] = "0123456789abcdef"[magnitude % base];
write_padded(sink, {text, used}, spec, !spec.left);
