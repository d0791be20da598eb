// SPDX-License-Identifier: MIT
//
// Stream sockets that never block. Every call returns at once; what cannot be
// done now fails with WouldBlock, and Interface::next_ready says when to ask
// again. After any call, frames may be waiting: drain Interface::next_frame.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/result.hpp"
#include "kernel/net/address.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/tcp/state.hpp"

namespace net::tcp {

// What one may want to know about a connection.
struct Information {
    State state = State::Closed;
    Endpoint local;
    Endpoint remote;
    std::uint32_t unread = 0;          // bytes received, not yet read
    std::uint32_t unacknowledged = 0;  // bytes accepted for sending, not yet acknowledged
    std::uint32_t congestion_window = 0;
    std::uint32_t send_window = 0;
    std::uint32_t receive_window = 0;
    base::Duration smoothed_rtt;
    base::Duration retransmission_timeout;
    std::uint64_t retransmissions = 0;
};

class Sockets {
public:
    // Accepts connections to `local`; an unspecified address means any of ours.
    // At most `backlog` connections wait to be established or accepted: more
    // SYNs are dropped, and their senders try again.
    base::Result<SocketId, Error> listen(Endpoint local, std::uint16_t backlog = 256);
    // The oldest established connection of a listener, or WouldBlock.
    base::Result<SocketId, Error> accept(SocketId listener);

    // Starts an active open, from `local_port` or from one of our choice. The
    // socket becomes writable when it is established, or failed.
    base::Result<SocketId, Error> connect(Endpoint remote, Port local_port = Port());

    // Takes as many bytes as there is room for, at least one, or WouldBlock.
    base::Result<std::size_t, Error> send(SocketId, Bytes);
    // The same without a copy: write into the span, then say how much of it was
    // used. The span may be shorter than the room there is (the buffer wraps).
    base::Result<MutableBytes, Error> reserve(SocketId);
    void commit(SocketId, std::size_t written);

    // Takes what has arrived: at least one byte, 0 for the end of the stream,
    // or WouldBlock.
    base::Result<std::size_t, Error> receive(SocketId, MutableBytes);
    // The same without a copy: look, then say how much was consumed. An empty
    // span is the end of the stream. The bytes stay put until they are consumed.
    base::Result<Bytes, Error> peek(SocketId);
    void consume(SocketId, std::size_t count);

    // Says that we send no more; the peer can still send. [rfc9293 §3.6]
    base::Result<void, Error> shutdown(SocketId);
    // Gives the socket back; the name is no longer valid. What was sent is
    // still delivered, unless there is unread data, which resets (SHLD-3).
    // A listener's connections that nobody accepted are reset.
    void close(SocketId);
    // Resets the connection and gives the socket back.
    void abort(SocketId);

    // Small segments leave at once instead of waiting for an ACK (MUST-17).
    void set_no_delay(SocketId, bool);

    State state(SocketId) const;
    Readiness readiness(SocketId) const;
    // Why the connection failed; WouldBlock if it did not.
    Error error(SocketId) const;
    base::Result<Information, Error> information(SocketId) const;
};

}  // namespace net::tcp
