// SPDX-License-Identifier: MIT
while ((at(line_status).read() & lsr_transmit_empty) == 0) {
}
at(transmit).write(static_cast<std::uint8_t>(c));
