// SPDX-License-Identifier: MIT
at(line_control).write(lcr_divisor_latch);
at(divisor_high).write(divisor >> 8);
at(divisor_low).write(divisor & 0xff);
at(line_control).write(lcr_8_bits);
at(interrupt_enable).write(0);
at(modem_control).write(mcr_ready);
at(fifo_control).write(fcr_enable_and_clear);
