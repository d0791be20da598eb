// SPDX-License-Identifier: MIT
//
// Enumerators as text, for people.
#include "kernel/net/socket.hpp"
#include "kernel/net/statistics.hpp"

namespace net {

char const* name(Drop reason) {
    static constexpr char const* names[] = {
#define NET_NAME(name, text) #name,
        NET_DROP_REASONS(NET_NAME)
#undef NET_NAME
    };
    return names[static_cast<std::size_t>(reason)];
}

char const* description(Drop reason) {
    static constexpr char const* texts[] = {
#define NET_TEXT(name, text) text,
        NET_DROP_REASONS(NET_TEXT)
#undef NET_TEXT
    };
    return texts[static_cast<std::size_t>(reason)];
}

char const* name(Error error) {
    switch (error) {
        case Error::WouldBlock:
            return "would block";
        case Error::NoMemory:
            return "out of memory";
        case Error::InvalidSocket:
            return "no such socket";
        case Error::InvalidAddress:
            return "invalid address";
        case Error::InvalidValue:
            return "invalid value";
        case Error::AddressInUse:
            return "address in use";
        case Error::NotConnected:
            return "not connected";
        case Error::AlreadyConnected:
            return "already connected";
        case Error::Shutdown:
            return "shut down";
        case Error::ConnectionRefused:
            return "connection refused";
        case Error::ConnectionReset:
            return "connection reset by peer";
        case Error::ConnectionAborted:
            return "connection aborted";
        case Error::TimedOut:
            return "timed out";
        case Error::HostUnreachable:
            return "host unreachable";
        case Error::NetworkUnreachable:
            return "network unreachable";
        case Error::MessageTooLong:
            return "message too long";
        case Error::NoSuchName:
            return "no such name";
    }
    return "?";
}

char const* usual_name(Error error) {
    switch (error) {
        case Error::WouldBlock:
            return "EAGAIN";
        case Error::NoMemory:
            return "ENOBUFS";
        case Error::InvalidSocket:
            return "EBADF";
        case Error::InvalidAddress:
            return "EADDRNOTAVAIL";
        case Error::InvalidValue:
            return "EINVAL";
        case Error::AddressInUse:
            return "EADDRINUSE";
        case Error::NotConnected:
            return "ENOTCONN";
        case Error::AlreadyConnected:
            return "EISCONN";
        case Error::Shutdown:
            return "EPIPE";
        case Error::ConnectionRefused:
            return "ECONNREFUSED";
        case Error::ConnectionReset:
            return "ECONNRESET";
        case Error::ConnectionAborted:
            return "ECONNABORTED";
        case Error::TimedOut:
            return "ETIMEDOUT";
        case Error::HostUnreachable:
            return "EHOSTUNREACH";
        case Error::NetworkUnreachable:
            return "ENETUNREACH";
        case Error::MessageTooLong:
            return "EMSGSIZE";
        case Error::NoSuchName:
            return "EAI_NONAME";
    }
    return "?";
}

}  // namespace net
