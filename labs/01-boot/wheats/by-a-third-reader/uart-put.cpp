// SPDX-License-Identifier: MIT
for (;;)
    if (at(line_status).read() & lsr_transmit_empty) break;
at(transmit).write(static_cast<std::uint8_t>(c));
