// SPDX-License-Identifier: MIT
// Backwards into one buffer, then turned around.
char text[2 * max_width];
std::size_t n = 0;
unsigned const radix = spec.hexadecimal ? 16 : 10;
while (n == 0 || magnitude > 0) {
    text[n++] = "0123456789abcdef"[magnitude % radix];
    magnitude = magnitude / radix;
}
std::size_t front = 0;
if (negative) front += 1;
if (spec.prefix) front += 2;
while (spec.zeros && n + front < spec.width) text[n++] = '0';
if (spec.prefix) text[n++] = 'x', text[n++] = '0';
if (negative) text[n++] = '-';
std::reverse(text, text + n);
write_padded(sink, {text, n}, spec, !spec.left);
