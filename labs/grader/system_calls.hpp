// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a program of a student's may ask of the host: to compute, to read files, and
// to write to what it was given open. No new process, no network, no signal to
// anybody else, no change to any file: the kernel refuses it all with EPERM, and the
// program cannot undo that. Works for every user, with no other tool; it is the
// inner wall, around the program alone.
#pragma once

namespace lab {

// For a child between fork and exec: allocates nothing. False, and errno: this host's
// kernel cannot do it.
bool allow_computing_only();

}  // namespace lab
