/* SPDX-License-Identifier: MIT */
/* TODO checkpoint 2: zero from bss_start up to bss_end. */
