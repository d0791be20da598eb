// SPDX-License-Identifier: MIT
#include "kernel/platform/serial.hpp"

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/base/log.hpp"
#include "kernel/devices/interrupt_lines.hpp"

namespace platform {
namespace {

constinit SerialLine the_line;
// Of one interrupt: a port that is never empty (0xff is there where none is) shall
// not keep us.
constexpr unsigned most_at_once = 64;

}  // namespace

void SerialLine::on_interrupt(void* self) {
    auto& line = *static_cast<SerialLine*>(self);
    unsigned count = 0;
    for (; count < most_at_once; ++count) {
        auto const byte = line.port_.take();
        if (!byte) break;
        if (!line.waiting_.push(*byte)) ++line.lost_;
    }
    if (count == most_at_once) line.port_.interrupt_on_input();  // there is more
    line.came_.set();
}

std::size_t SerialLine::read(std::span<char> into, base::Instant deadline) {
    for (;;) {
        std::size_t count = 0;
        {
            arch::InterruptsOff guard;
            while (count < into.size() && !waiting_.empty()) into[count++] = *waiting_.pop();
        }
        if (count > 0) return count;
        if (!came_.wait_until(deadline)) return 0;
    }
}

SerialLine* serial_line() {
    static bool const listens = [] {
        if (!devices::route_isa_line(devices::Uart::first_line, SerialLine::on_interrupt, &the_line)) {
            base::log_warning("serial: its interrupt leads nowhere; nothing can be typed");
            return false;
        }
        the_line.port_.interrupt_on_input();
        return true;
    }();
    return listens ? &the_line : nullptr;
}

}  // namespace platform
