// SPDX-License-Identifier: MIT
at(line_control).write(lcr_divisor_latch);
at(divisor_low).write(static_cast<std::uint8_t>(divisor & 0xff));
at(divisor_high).write(static_cast<std::uint8_t>(divisor >> 8));
at(line_control).write(lcr_8_bits);
at(interrupt_enable).write(0);  // after DLAB is off: the same port
at(fifo_control).write(fcr_enable_and_clear);
at(modem_control).write(mcr_ready);
