// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/board/bios_data.hpp"

#include <array>

#include "simulator/devices/uart.hpp"
#include "simulator/loader/handover.hpp"

namespace sim::board {

void write_bios_data(machine::PhysicalMemory& memory) {
    constexpr std::uint64_t start = 0x400;
    std::array<std::uint8_t, 256> area{};
    auto const put = [&](std::uint64_t address, std::uint64_t value) {
        area[address - start] = static_cast<std::uint8_t>(value);
        area[address - start + 1] = static_cast<std::uint8_t>(value >> 8);
    };
    put(0x400, devices::Uart::com1_port);
    put(0x40E, loader::reserved_start >> 4);   // segment of what firmware keeps below 640 KiB
    put(0x410, 1u << 9 | 1u << 1);             // one serial port, a floating point unit
    put(0x413, loader::reserved_start >> 10);  // KiB of memory before that
    put(0x41A, 0x1E), put(0x41C, 0x1E);        // the keyboard's buffer: next to read, next to write
    put(0x480, 0x1E), put(0x482, 0x3E);        // its begin and its end
    area[0x449 - start] = 3;                   // text, 80 columns, colour
    put(0x44A, 80), put(0x44C, 4096);          // columns, bytes of a screen
    put(0x460, 0x0607);                        // the cursor's lines
    put(0x463, 0x3D4);                         // where the video controller would be
    area[0x484 - start] = 24;                  // rows, less one
    put(0x485, 16);                            // lines of a character
    memory.write(start, area);
}

}  // namespace sim::board
