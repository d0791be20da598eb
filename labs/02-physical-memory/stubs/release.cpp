// SPDX-License-Identifier: MIT
// TODO checkpoint 1: the block becomes free: set_owner(), once, then push() it.
// TODO checkpoint 3: between the two, merge it with its buddy for as long as that is
// a free block of the same order.
(void)first, (void)order;
