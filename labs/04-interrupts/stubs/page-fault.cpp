// SPDX-License-Identifier: MIT
// TODO checkpoint 4: a touch of a lazy region that is not there yet: give the page a
// frame that is all zero. True: it is there now. Everything else is a mistake.
(void)frame, (void)address;
return false;
