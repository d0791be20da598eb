// SPDX-License-Identifier: MIT
// The line first, then what depends on it; the FIFOs in two steps.
at(line_control).write(lcr_8_bits);
at(interrupt_enable).write(0);
at(line_control).write(static_cast<std::uint8_t>(lcr_8_bits | lcr_divisor_latch));
at(divisor_high).write(static_cast<std::uint8_t>(divisor / 256));
at(divisor_low).write(static_cast<std::uint8_t>(divisor % 256));
at(line_control).write(lcr_8_bits);
at(fifo_control).write(1);
at(fifo_control).write(fcr_enable_and_clear);
at(modem_control).write(mcr_ready);
