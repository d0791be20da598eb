// SPDX-License-Identifier: MIT
// TODO checkpoint 1: cut the region into the largest aligned blocks that fit, and
// release() each of them. Count its frames in total_.
(void)first, (void)end;
