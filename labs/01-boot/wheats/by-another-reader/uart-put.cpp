// SPDX-License-Identifier: MIT
for (;;) {
    std::uint8_t const status = at(line_status).read();
    if (status & lsr_transmit_empty) break;
}
at(transmit).write(static_cast<std::uint8_t>(c));
