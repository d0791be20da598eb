// SPDX-License-Identifier: MIT
// TODO checkpoint 4: sign, prefix, zeros and digits, one after the other, in a buffer;
// then write_padded(sink, the text, spec, !spec.left).
(void)magnitude, (void)negative;
write_padded(sink, "?", spec, !spec.left);
