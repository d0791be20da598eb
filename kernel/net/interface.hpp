// SPDX-License-Identifier: MIT
//
// The whole stack of one network interface, without I/O: it owns no clock, no
// thread, no interrupt and no device. Frames and the time are arguments, frames
// and the next deadline are results. The caller's loop:
//
//     for (;;) {
//         while (device has a frame)            stack->on_frame(frame, now);
//         TxFrame out;
//         while (stack->next_frame(out, now))   device sends out;
//         while (SocketId s = stack->next_ready()) wake whoever waits for s;
//         wait for the device, for a socket call, or until stack->deadline();
//     }
//
// Calls must not overlap: the caller holds one lock around each.
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/tcp/sockets.hpp"
#include "kernel/net/udp/sockets.hpp"

namespace net {

class Interface {
public:
    // Makes the tables that Limits asks for, or fails with NoMemory. The
    // allocator and the random source outlive the interface.
    static base::Result<Interface*, Error> create(Config const&, Allocator&, RandomSource&);
    static void destroy(Interface*);

    Interface(Interface const&) = delete;
    Interface& operator=(Interface const&) = delete;

    // A frame arrived. Never fails: what is wrong with it is counted.
    void on_frame(RxFrame const& frame, base::Instant now);

    // The next frame to send, if there is one. Runs the timers that are due.
    bool next_frame(TxFrame& out, base::Instant now);

    // Call next_frame again by then; Instant::never() if nothing is planned.
    base::Instant deadline() const;

    // A socket whose readiness grew since it was last returned here, each once;
    // then a SocketId that is false.
    SocketId next_ready();

    // Our address: configured at once, or when the DHCP server has answered.
    Ipv4Configuration const& ipv4() const;
    MacAddress mac() const;

    tcp::Sockets& tcp();
    udp::Sockets& udp();
};

}  // namespace net
