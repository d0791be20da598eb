/* SPDX-License-Identifier: MIT */
/* TODO checkpoint 2: the stack ends at first_stack_end. Call
 * kernel_main(the loader's number, where the start information is), with RBP zero. */
