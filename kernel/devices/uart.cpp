// SPDX-License-Identifier: MIT
#include "kernel/devices/uart.hpp"

#include "kernel/arch/x86_64/cpu.hpp"

namespace devices {
namespace {

// [doc:registers]
// Registers, as offsets from the base port. [16550 table 2]
constexpr unsigned transmit = 0;          // THR, write
constexpr unsigned receive = 0;           // RBR, read
constexpr unsigned divisor_low = 0;       // DLL, while LCR.DLAB is set
constexpr unsigned interrupt_enable = 1;  // IER
constexpr unsigned divisor_high = 1;      // DLM, while LCR.DLAB is set
constexpr unsigned fifo_control = 2;      // FCR, write
constexpr unsigned line_control = 3;      // LCR
constexpr unsigned modem_control = 4;     // MCR
constexpr unsigned line_status = 5;       // LSR

// Their bits. [16550 §8.1 to §8.7]
constexpr std::uint8_t lcr_divisor_latch = 0x80;  // DLAB
constexpr std::uint8_t lcr_8_bits = 0x03;         // 8 data bits, no parity, 1 stop bit
constexpr std::uint8_t fcr_enable_and_clear = 0x07;
constexpr std::uint8_t mcr_ready = 0x03;           // DTR and RTS
constexpr std::uint8_t mcr_interrupts = 0x08;      // OUT2: on a PC, the gate of the interrupt line
constexpr std::uint8_t ier_received = 0x01;        // ERBFI
constexpr std::uint8_t lsr_data_ready = 0x01;      // DR
constexpr std::uint8_t lsr_transmit_empty = 0x20;  // THRE
// [/doc:registers]

constexpr std::uint16_t divisor = 1;  // 1.8432 MHz / 16 / 1 = 115200 baud

}  // namespace

void Uart::init() {
    // [lab:01-uart-init]
    at(line_control).write(lcr_divisor_latch);  // ports 0 and 1 now are the divisor
    at(divisor_low).write(divisor & 0xff);
    at(divisor_high).write(divisor >> 8);
    at(line_control).write(lcr_8_bits);
    at(interrupt_enable).write(0);  // not before: firmware may have left the latch open
    at(fifo_control).write(fcr_enable_and_clear);
    at(modem_control).write(mcr_ready);
    // [/lab:01-uart-init]
}

// [doc:put]
void Uart::put(char c) {
    // [lab:01-uart-put]
    while ((at(line_status).read() & lsr_transmit_empty) == 0) arch::pause();
    at(transmit).write(static_cast<std::uint8_t>(c));
    // [/lab:01-uart-put]
}
// [/doc:put]

// [doc:write]
void Uart::write(std::string_view text) {
    arch::InterruptsOff guard;
    for (char const c : text) {
        if (c == '\n') put('\r');
        put(c);
    }
}
// [/doc:write]

void Uart::interrupt_on_input() {
    arch::InterruptsOff guard;
    at(modem_control).write(mcr_ready | mcr_interrupts);
    // Off and on: the line is an edge, and one that stands already is none.
    at(interrupt_enable).write(0);
    at(interrupt_enable).write(ier_received);
}

std::optional<char> Uart::take() {
    if ((at(line_status).read() & lsr_data_ready) == 0) return std::nullopt;
    return static_cast<char>(at(receive).read());
}

}  // namespace devices
