// SPDX-License-Identifier: MIT
//
// Datagram sockets that never block. [rfc768]
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/result.hpp"
#include "kernel/net/address.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/socket.hpp"

namespace net::udp {

struct Received {
    std::size_t length = 0;  // octets copied
    bool truncated = false;  // the datagram was longer than the buffer
    Endpoint from;
};

class Sockets {
public:
    // Port 0: one of our choice.
    base::Result<SocketId, Error> bind(Port local);
    // Queues one datagram, or WouldBlock when the queue is full.
    base::Result<void, Error> send(SocketId, Endpoint to, Bytes);
    // The oldest datagram that was received, or WouldBlock.
    base::Result<Received, Error> receive(SocketId, MutableBytes);
    void close(SocketId);
    Readiness readiness(SocketId) const;
    Port local_port(SocketId) const;
};

}  // namespace net::udp
