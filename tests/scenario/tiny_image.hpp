// SPDX-License-Identifier: MIT
//
// The smallest image that boots by PVH: an ELF file with one segment of 32-bit
// code at 1 MiB and the note. For tests of the machine and its tools that
// should not need a kernel.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scenario {

namespace code {

// Prints by port 0x3F8, without waiting: short texts only.
inline std::string print(std::string_view text) {
    std::string bytes("\x66\xBA\xF8\x03", 4);  // mov dx, 0x3f8
    for (char c : text)
        bytes += std::string("\xB0", 1) + c + std::string("\xEE", 1);  // mov al, c; out dx, al
    return bytes;
}
inline std::string exit(std::uint8_t status) {
    return std::string("\x66\xBA\xF4\x00\xB0", 5) + static_cast<char>(status) + std::string("\xEE\xF4", 2);
}
inline std::string const halt{"\xFA\xF4\xEB\xFD", 4};  // cli; hlt; and again
inline std::string const spin{"\xEB\xFE", 2};  // jmp to itself, with interrupts off: nothing can end it
inline std::string const spin_open{"\xFB\xEB\xFE", 3};  // sti first: it might be interrupted
inline std::string const flood{"\x66\xBA\xF8\x03\xB0\x2E\xEE\xEB\xFD",
                               9};                                      // a dot on the serial line, for ever
inline std::string const nowhere{"\xB8\x00\x00\xAD\xDE\xFF\xE0", 7};    // mov eax, 0xdead0000; jmp eax
inline std::string const write_rom{"\xC6\x05\x00\x00\xFF\xFF\x55", 7};  // mov byte [0xffff0000], 0x55
inline std::string const triple_fault{"\x0F\x01\x1D\x00\x00\x00\x00\x0F\x0B", 9};  // lidt [0]; ud2

}  // namespace code

struct TinyImage {
    std::string text;
    std::uint64_t memory_bytes = 0;  // of the segment; 0: as long as the code
    bool with_note = true;

    std::string elf() const {
        constexpr std::uint64_t load_address = 0x100000, code_offset = 0x100, note_offset = 0xB0;
        std::string out(
            "\x7F"
            "ELF\x02\x01\x01",
            7);
        auto number = [&](std::uint64_t value, unsigned size) {
            for (unsigned i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
        };
        out.resize(16);
        number(2, 2), number(62, 2), number(1, 4);             // executable, x86-64
        number(load_address, 8), number(64, 8), number(0, 8);  // entry, program headers, no sections
        number(0, 4), number(64, 2), number(56, 2), number(2, 2), number(64, 2), number(0, 2), number(0, 2);
        auto segment = [&](std::uint32_t type, std::uint32_t flags, std::uint64_t offset,
                           std::uint64_t address, std::uint64_t size, std::uint64_t in_memory,
                           std::uint64_t align) {
            number(type, 4), number(flags, 4), number(offset, 8), number(address, 8), number(address, 8);
            number(size, 8), number(in_memory, 8), number(align, 8);
        };
        segment(1, 5, code_offset, load_address, text.size(), memory_bytes ? memory_bytes : text.size(),
                0x100);
        segment(with_note ? 4 : 0, 4, note_offset, 0, 24, 24, 4);
        out.resize(note_offset);
        number(4, 4), number(8, 4), number(18, 4), out += std::string("Xen\0", 4), number(load_address, 8);
        out.resize(code_offset);
        return out + text;
    }
};

}  // namespace scenario
