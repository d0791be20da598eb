// SPDX-License-Identifier: MIT
// TODO checkpoint 4: ASSERT that an allocated block of this order starts here.
// Then tell the debugger, and release() it.
PROBE(frame_free, first.raw(), order);
(void)order;
