// SPDX-License-Identifier: MIT
//
// The serial port: a 16550A at the first standard address. It is the console:
// the log and the panic go out here, byte by byte, without interrupts. What is
// typed comes in by interrupt, for whoever asks for it (platform/serial.hpp).
// [16550]
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/arch/x86_64/port.hpp"
#include "kernel/base/format.hpp"

namespace devices {

class Uart final : public base::TextSink {
public:
    static constexpr std::uint16_t first_port = 0x3f8;  // COM1 [ich9 "LPC_I/O_DEC"]
    static constexpr std::uint8_t first_line = 4;       // its ISA interrupt

    // [doc:uart]
    explicit constexpr Uart(std::uint16_t base) : base_(base) {}

    // 115200 baud, 8 bits, no parity, 1 stop bit, FIFOs on, no interrupts.
    void init();
    // Waits until the transmitter takes a byte. A machine without a serial port
    // reads as 0xff there, which looks ready: the byte is lost, nothing hangs.
    void put(char c);
    // One piece of text, not interrupted; a line feed becomes CR LF.
    void write(std::string_view text) override;
    // [/doc:uart]

    // From now on the port interrupts for each byte that comes, and at once if one waits.
    void interrupt_on_input();
    // The oldest byte that came; none when there is none.
    std::optional<char> take();

private:
    arch::Port<std::uint8_t> at(unsigned offset) const {
        return arch::Port<std::uint8_t>(static_cast<std::uint16_t>(base_ + offset));
    }
    std::uint16_t base_;
};

}  // namespace devices
