// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/01-boot/checks/uart_watch.hpp"

#include <fmt/format.h>

namespace lab::boot {
namespace {

constexpr std::uint64_t first_port = 0x3f8, ports = 8;
enum Offset : unsigned { data = 0, interrupts = 1, fifos = 2, line = 3, modem = 4, status = 5 };
constexpr std::uint8_t transmit_empty = 0x20;

}  // namespace

void UartWatch::on_access(sim::machine::Machine&, sim::machine::Access const& access) {
    if (access.space != sim::machine::AccessSpace::port || access.address - first_port >= ports ||
        access.size != 1)
        return;
    auto const offset = static_cast<unsigned>(access.address - first_port);
    if (access.write) return write(offset, static_cast<std::uint8_t>(access.value));
    if (offset != status) return;
    looked_ = true;
    empty_ = (access.value & transmit_empty) != 0;
}

void UartWatch::write(unsigned offset, std::uint8_t value) {
    switch (offset) {
        case data:
            if (divisor_is_open())
                now_.divisor_low = value;
            else
                send(value);
            break;
        case interrupts:
            // Before LCR is written nobody knows what port 1 is.
            if (now_.lcr)
                (divisor_is_open() ? now_.divisor_high : now_.ier) = value;
            else
                too_early_ = true;
            break;
        case fifos:
            now_.fcr = value;
            cleared_ |= value & 6;
            break;
        case line:
            now_.lcr = value;
            break;
        case modem:
            now_.mcr = value;
            break;
    }
}

void UartWatch::send(std::uint8_t byte) {
    if (sent_++ == 0) {
        at_first_ = now_;
        first_byte_ = byte;
        first_sent_ = machine_.moment();
    }
    if (!empty_ && !unasked_) unasked_ = Unasked{machine_.moment(), sent_, byte, looked_};
    looked_ = empty_ = false;
}

std::string UartWatch::wrong_settings() const {
    Settings const& is = at_first_ ? *at_first_ : now_;
    auto const shown = [](std::optional<std::uint8_t> value) {
        return value ? fmt::format("is {:#04x}", *value) : std::string("was never written");
    };
    if (is.lcr && (*is.lcr & 0x80) != 0)
        return fmt::format("LCR {}: bit 7 (DLAB) is still set, and port 0 is the divisor", shown(is.lcr));
    if (!is.lcr || (*is.lcr & 0x7f) != 0x03)
        return fmt::format("LCR {}; 8 data bits, no parity and 1 stop bit are 0x03", shown(is.lcr));
    if (is.divisor_low != 1)
        return fmt::format("DLL, the divisor's low half, {}; 115,200 baud are 1", shown(is.divisor_low));
    if (is.divisor_high != 0)
        return fmt::format("DLM, the divisor's high half, {}; 115,200 baud are 0", shown(is.divisor_high));
    if (!is.ier && too_early_)
        return "IER was written before LCR: if firmware has left DLAB set, this went into the divisor";
    if (!is.ier || (*is.ier & 0x0f) != 0)
        return fmt::format("IER {}; without interrupts it is 0", shown(is.ier));
    if (!is.fcr || (*is.fcr & 1) == 0) return fmt::format("FCR {}: the FIFOs are off", shown(is.fcr));
    if (cleared_ != 6) return fmt::format("FCR {}: not both FIFOs were cleared", shown(is.fcr));
    if (!is.mcr || (*is.mcr & 3) != 3) return fmt::format("MCR {}; DTR and RTS are 0x03", shown(is.mcr));
    return {};
}

}  // namespace lab::boot
