// SPDX-License-Identifier: MIT
//
// Static probes: marks in the code that a debugger can find and a program pays
// one NOP for. PROBE(thread_switch, from, to) leaves the NOP in the text and a
// note in the ELF file that names it and says in which registers the arguments
// are at that instruction. The format is SystemTap's SDT version 3, so gdb
// ("info probes") and the simulator read the same notes. [stap-sdt]
//
// Arguments are integers or pointers, at most three, each 8 bytes wide.
// Usable in any context, interrupts included.
#pragma once

#include <cstdint>

namespace base::detail {

template <class T>
inline std::uint64_t probe_argument(T value) {
    if constexpr (__is_enum(T))
        return static_cast<std::uint64_t>(value);
    else
        return (std::uint64_t)value;  // a pointer or an integer: one spelling for both
}

}  // namespace base::detail

#define PROBE_NOTE(name, arguments)                                             \
    "990: nop\n"                                                                \
    ".pushsection .note.stapsdt, \"?\", \"note\"\n"                             \
    ".balign 4\n"                                                               \
    ".4byte 992f - 991f, 994f - 993f, 3\n"                                      \
    "991: .asciz \"stapsdt\"\n"                                                 \
    "992: .balign 4\n"                                                          \
    "993: .8byte 990b\n"      /* where the NOP is */                            \
    ".8byte _.stapsdt.base\n" /* where the base was when the file was linked */ \
    ".8byte 0\n"              /* no semaphore: probes are always on */          \
    ".asciz \"viv\"\n"                                                          \
    ".asciz \"" #name                                                           \
    "\"\n"                                                                      \
    ".asciz \"" arguments                                                       \
    "\"\n"                                                                      \
    "994: .balign 4\n"                                                          \
    ".popsection\n"                                                             \
    ".ifndef _.stapsdt.base\n"                                                  \
    ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n" \
    ".weak _.stapsdt.base\n"                                                    \
    ".hidden _.stapsdt.base\n"                                                  \
    "_.stapsdt.base: .space 1\n"                                                \
    ".size _.stapsdt.base, 1\n"                                                 \
    ".popsection\n"                                                             \
    ".endif\n"

#define PROBE_0(name) __asm__ volatile(PROBE_NOTE(name, ""))
#define PROBE_1(name, a) __asm__ volatile(PROBE_NOTE(name, "8@%0") : : "r"(::base::detail::probe_argument(a)))
#define PROBE_2(name, a, b)                        \
    __asm__ volatile(PROBE_NOTE(name, "8@%0 8@%1") \
                     :                             \
                     : "r"(::base::detail::probe_argument(a)), "r"(::base::detail::probe_argument(b)))
#define PROBE_3(name, a, b, c)                                                                         \
    __asm__ volatile(PROBE_NOTE(name, "8@%0 8@%1 8@%2")                                                \
                     :                                                                                 \
                     : "r"(::base::detail::probe_argument(a)), "r"(::base::detail::probe_argument(b)), \
                       "r"(::base::detail::probe_argument(c)))
#define PROBE_PICK(_0, _1, _2, _3, macro, ...) macro
#define PROBE(...) PROBE_PICK(__VA_ARGS__, PROBE_3, PROBE_2, PROBE_1, PROBE_0)(__VA_ARGS__)
