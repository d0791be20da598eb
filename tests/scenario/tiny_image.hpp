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

// Never done, with interrupts off: registers change, or memory does.
inline std::string const count{"\xFA\x40\xEB\xFD", 4};  // cli; inc eax; and again
inline std::string const count_in_memory{"\xFA\xFF\x05\x00\x00\x11\x00\xEB\xF8",
                                         9};  // cli; inc dword [0x110000]; and again
// Nothing but a look at memory: cli; mov eax, [0x110000]; and the look again
inline std::string const read_in_circles{"\xFA\xA1\x00\x00\x11\x00\xEB\xF9", 8};
// A number of 32 bits as an instruction holds it.
inline std::string number(std::uint32_t n) {
    std::string bytes;
    for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(n >> (8 * i));
    return bytes;
}
inline std::string const open{"\xFB", 1}, closed{"\xFA", 1};  // sti; cli
// So many instructions that do nothing, and one: mov ecx; loop to itself.
inline std::string wait(std::uint32_t instructions) { return "\xB9" + number(instructions) + "\xE2\xFE"; }
// Never done, with interrupts off, but it looks at the clock: rdtsc; some waiting; and again
inline std::string const watch_the_clock = closed + "\x0F\x31" + wait(100'000) + "\xEB\xF5";
// So many dots on the serial line, two instructions each, after three.
inline std::string dots(std::uint32_t many) {
    return std::string("\x66\xBA\xF8\x03\xB0\x2E\xB9", 7) + number(many) + "\xEE\xE2\xFD";
}
// lgdt; then to a code segment that begins elsewhere: what led there is not in it.
inline std::string const far_nowhere{
    "\x0F\x01\x15\x10\x00\x10\x00"          // lgdt [0x100010]
    "\xEA\x28\x00\x00\x00\x08\x00\x90\x90"  // jmp 8:0x28
    "\x17\x00\x18\x00\x10\x00\x90\x90"      // its limit and address
    "\x00\x00\x00\x00\x00\x00\x00\x00"      // no descriptor
    "\xFF\xFF\x00\x00\x10\x9A\xCF\x00"      // code from 0x100000 on
    "\x0F\x0B",                             // ud2, at 0x100028
    42};

// A 32-bit write to PCI configuration space: bus 0, register and value.
inline std::string pci_write(std::uint8_t device, std::uint8_t offset, std::uint32_t value) {
    std::uint32_t const address = 0x80000000u | std::uint32_t{device} << 11 | offset;
    return std::string("\x66\xBA\xF8\x0C\xB8", 5) + number(address) + "\xEF" +  // mov dx, 0xcf8; out dx, eax
           std::string("\x66\xBA\xFC\x0C\xB8", 5) + number(value) + "\xEF";
}
// The local APIC's timer waits for the last moment that there is; HLT waits for it.
inline std::string const sleep_for_ever{
    "\xC7\x05\x20\x03\xE0\xFE\x40\x00\x04\x00"  // mov dword [0xfee00320], 0x40040: TSC deadline
    "\xB9\xE0\x06\x00\x00"                      // mov ecx, 0x6e0
    "\xB8\xFF\xFF\xFF\xFF\x89\xC2\x0F\x30"      // mov eax, -1; mov edx, eax; wrmsr
    "\xFB\xF4\xEB\xFD",                         // sti; hlt; and again
    28};

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

inline std::string little_endian(std::uint64_t value, unsigned size) {
    std::string bytes;
    for (unsigned i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

// The same code as a multiboot 1 image that names its addresses itself.
// [multiboot-1 §3.1.3]
inline std::string multiboot_image(std::string const& text) {
    constexpr std::uint32_t magic = 0x1BADB002, addresses_follow = 1 << 16, at = 0x100000, header = 32;
    std::string image = little_endian(magic, 4) + little_endian(addresses_follow, 4) +
                        little_endian(std::uint32_t(0) - magic - addresses_follow, 4);
    for (std::uint32_t const address : {at, at, std::uint32_t(at + header + text.size()), 0u, at + header})
        image += little_endian(address, 4);
    return image + text;
}

// The same code behind the header of a Linux bzImage, for loaders that jump to
// its 32-bit code; the 16-bit code, which firmware enters, ends with `status`.
// [linux-boot]
inline std::string linux_image(std::string const& text, std::uint8_t status) {
    std::string image(2 * 512, '\0');  // the boot sector and one setup sector
    auto const put = [&](std::size_t at, std::string const& bytes) {
        image.replace(at, bytes.size(), bytes);
    };
    put(0x1F1, "\x01");
    put(0x1FE, "\x55\xAA");
    put(0x200, std::string("\xEB\x7E") + "HdrS" + little_endian(0x20C, 2));  // jmp to 0x280
    put(0x211, "\x01");                                                      // loaded high
    put(0x214, little_endian(0x100000, 4));                                  // code32_start
    put(0x22C, little_endian(0x7FFFFFFF, 4));                                // initrd_addr_max
    put(0x230, little_endian(0x1000, 4));                                    // kernel_alignment
    put(0x238, little_endian(255, 4));                                       // cmdline_size
    put(0x258, little_endian(0x100000, 8));                                  // pref_address
    put(0x260, little_endian(0x1000, 4));                                    // init_size
    put(0x280, std::string("\xBA\xF4\x00\xB0", 4) + static_cast<char>(status) + "\xEE\xF4");
    image += text;
    image.resize((image.size() + 15) / 16 * 16);
    return image;
}

}  // namespace scenario
