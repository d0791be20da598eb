// SPDX-License-Identifier: MIT
bool ready = false;
while (!ready) {
    unsigned const status = at(line_status).read();
    ready = (status & lsr_transmit_empty) != 0;
}
at(transmit).write(static_cast<std::uint8_t>(c));
