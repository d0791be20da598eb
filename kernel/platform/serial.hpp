// SPDX-License-Identifier: MIT
//
// What is typed on the serial line. Writing to it is the log's matter, and that
// of whoever has the log's sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/ring_buffer.hpp"
#include "kernel/base/time.hpp"
#include "kernel/devices/uart.hpp"
#include "kernel/threads/semaphore.hpp"

namespace platform {

class SerialLine {
public:
    constexpr SerialLine() = default;
    SerialLine(SerialLine const&) = delete;
    SerialLine& operator=(SerialLine const&) = delete;

    // What has come, at least one byte; 0: the deadline came first. For one thread.
    std::size_t read(std::span<char> into, base::Instant deadline = base::Instant::never());
    // Bytes that came while 1024 others waited, and are gone.
    std::uint64_t lost() const { return lost_; }

private:
    friend SerialLine* serial_line();
    static void on_interrupt(void* self);

    devices::Uart port_{devices::Uart::first_port};
    base::RingBuffer<char, 1024> waiting_;  // filled by the handler; others switch interrupts off
    threads::Event came_;
    std::uint64_t lost_ = 0;
};

// The first serial port. Begins to listen at the first call. Null: its interrupt leads
// nowhere, which the log explains. For one thread.
SerialLine* serial_line();

}  // namespace platform
