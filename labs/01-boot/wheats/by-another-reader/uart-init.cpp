// SPDX-License-Identifier: MIT
// The line first: port 1 is IER only while DLAB is clear, whatever firmware left.
at(line_control).write(lcr_8_bits);
at(interrupt_enable).write(0);
at(modem_control).write(mcr_ready);
at(fifo_control).write(fcr_enable_and_clear);
at(line_control).write(lcr_8_bits | lcr_divisor_latch);
at(divisor_high).write(divisor / 256);
at(divisor_low).write(divisor % 256);
at(line_control).write(lcr_8_bits);
