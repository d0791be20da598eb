// SPDX-License-Identifier: MIT
// TODO checkpoint 3: no interrupts; the divisor; 8 data bits; FIFOs on and empty; ready.
