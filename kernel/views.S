/* SPDX-License-Identifier: MIT
 *
 * The image carries its own views (views.query), so that a debugger needs no
 * other file and never pairs an image with the views of another.
 */
    .section .viv.views, "", @progbits
    .incbin "views.short"
    .section .note.GNU-stack, "", @progbits
