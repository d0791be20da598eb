/* SPDX-License-Identifier: MIT */
/* TODO checkpoint 2: push the fifteen registers, so that a TrapFrame lies on the
 * stack (trap.hpp); clear DF; call trap_dispatch with RDI at the frame.
 * TODO checkpoint 3: restore them, take vector and error code off the stack, and
 * return with iretq. */
    ud2
