// SPDX-License-Identifier: MIT
// TODO checkpoint 3: wait until the transmitter is empty, then give it the byte.
(void)c;
