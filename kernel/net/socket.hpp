// SPDX-License-Identifier: MIT
//
// What stream and datagram sockets have in common: their names, their errors,
// and what they are ready for.
#pragma once

#include <cstdint>

#include "kernel/net/address.hpp"

namespace net {

// Names a socket of one Interface. A name outlives its socket safely: the
// generation tells a closed socket from a new one in the same place.
class SocketId {
public:
    enum class Kind : std::uint8_t { None, Listener, Stream, Datagram };

    constexpr SocketId() = default;
    constexpr SocketId(Kind kind, std::uint16_t index, std::uint16_t generation)
        : kind_(kind), index_(index), generation_(generation) {}
    constexpr Kind kind() const { return kind_; }
    constexpr std::uint16_t index() const { return index_; }  // small, dense: good for an array beside ours
    constexpr std::uint16_t generation() const { return generation_; }
    constexpr explicit operator bool() const { return kind_ != Kind::None; }
    friend constexpr bool operator==(SocketId, SocketId) = default;

private:
    Kind kind_ = Kind::None;
    std::uint16_t index_ = 0;
    std::uint16_t generation_ = 0;
};

enum class Error : std::uint8_t {
    WouldBlock,      // not now: wait until the socket is ready and ask again
    NoMemory,        // or a table is full
    InvalidSocket,   // no such socket, or not of this kind
    InvalidAddress,  // one cannot connect or bind there (MUST-46)
    InvalidValue,    // no choice of that option
    AddressInUse,
    NotConnected,  // not yet, or never was
    AlreadyConnected,
    Shutdown,            // we said that we send no more
    ConnectionRefused,   // the peer answered a SYN with a reset
    ConnectionReset,     // the peer aborted
    ConnectionAborted,   // we did
    TimedOut,            // the peer stopped answering
    HostUnreachable,     // nobody answers for the address, or a router said so
    NetworkUnreachable,  // no route: no address configured, or no gateway
    MessageTooLong,      // a datagram larger than the link carries
    NoSuchName,          // no host is called that
};

char const* name(Error error);  // in words
// As other systems call it: "EADDRINUSE". [posix-2017 errno.h]
char const* usual_name(Error error);

// Which versions of IP a socket hears that is open to all of our addresses. Two sockets may
// share a port if they have none in common. [rfc3493 §5.3]
enum class Versions : std::uint8_t { Both, OnlyV4, OnlyV6 };

constexpr bool includes(Versions versions, IpAddress address) {
    return versions == Versions::Both || (versions == Versions::OnlyV4) == address.is_v4();
}
constexpr bool overlap(Versions a, Versions b) {
    return a == b || a == Versions::Both || b == Versions::Both;
}

// What a call would do now, without blocking.
struct Readiness {
    bool readable =
        false;  // receive() returns bytes, the end of the stream or an error; accept() a connection
    bool writable = false;  // send() takes at least one byte, or fails
    bool hung_up = false;   // both directions are closed
    bool failed = false;    // an error stands in error()
    bool troubled = false;  // something is wrong that may pass: information().trouble
    bool urgent = false;    // urgent data is not yet read: information().urgent
    friend constexpr bool operator==(Readiness const&, Readiness const&) = default;
};

}  // namespace net
