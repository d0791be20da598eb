/* SPDX-License-Identifier: MIT */
/* TODO checkpoint 1: clear the four tables at boot_pml4; link them, so that the
 * drawing above comes true; fill boot_pd: entry i is the 2 MiB page at i * 2 MiB. */
