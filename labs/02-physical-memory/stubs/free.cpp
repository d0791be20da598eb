// SPDX-License-Identifier: MIT
// TODO checkpoint 4: before anything else, ASSERT that an allocated block of this
// order starts here.
PROBE(frame_free, first.raw(), order);
release(first.raw(), order);
