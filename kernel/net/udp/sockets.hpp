// SPDX-License-Identifier: MIT
//
// Datagram sockets that never block. [rfc768] [rfc1122 §4.1]
//
// What could not be sent because the queue was full can be tried again when
// Interface::next_ready names the socket. Frames may be waiting after send():
// drain Interface::next_frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernel/base/result.hpp"
#include "kernel/net/address.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/memory.hpp"
#include "kernel/net/packet_queue.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/udp.hpp"

namespace net::nd {
class Host;
}

namespace net::udp {

struct Received {
    std::size_t length = 0;  // octets copied
    bool truncated = false;  // the datagram was longer than the buffer
    Endpoint from;
};

// For those who look.
struct Information {
    Port local;
    Versions versions = Versions::Both;
    std::optional<Endpoint> peer;
    std::uint16_t unread = 0;  // datagrams
    std::uint32_t unread_octets = 0;
};

class Sockets {
public:
    // Port 0: one of our choice. NoMemory: all sockets are in use.
    // `shared`: with all others that say so, too. What comes is then for the socket that is
    // connected to its sender, or else for one of those that are not connected.
    base::Result<SocketId, Error> bind(Port local, Versions versions = Versions::Both, bool shared = false);
    // From now on the socket hears only this peer, send() needs no address, and
    // what ICMP says of the peer is the error of the next call, once. Without a
    // peer there is nobody whom such an error would concern, and it is dropped.
    base::Result<void, Error> connect(SocketId, Endpoint peer);
    // Queues one datagram. WouldBlock when the queue is full.
    base::Result<void, Error> send(SocketId, Endpoint to, Bytes);
    base::Result<void, Error> send(SocketId, Bytes);  // NotConnected without a peer
    // The oldest datagram that was received, or WouldBlock.
    base::Result<Received, Error> receive(SocketId, MutableBytes);
    void close(SocketId);
    Readiness readiness(SocketId) const;
    Port local_port(SocketId) const;
    // Octets of data that may wait to be read; beyond, and beyond Limits' number of datagrams,
    // they are dropped. At first there is no such bound.
    base::Result<void, Error> set_receive_buffer(SocketId, std::uint32_t octets);
    base::Result<Information, Error> information(SocketId) const;
    // What ICMP said of the peer, told once; WouldBlock: nothing.
    Error take_error(SocketId);
    // All of them, as far as there is room. Returns how many.
    std::size_t list(std::span<Information> out) const;

    // ---- for the Interface ----
    Sockets(Config const& config, Allocator& memory, RandomSource& random, Statistics& statistics,
            Ipv4Configuration const& own, PacketQueue& output)
        : limits_(config.limits),
          memory_(memory),
          random_(random),
          statistics_(statistics),
          own_(own),
          output_(output) {}
    ~Sockets();
    [[nodiscard]] bool create() { return sockets_.create(memory_, limits_.datagram_sockets); }

    // Of IPv6, once it is spoken.
    void speak_ipv6(nd::Host const& host) { six_ = &host; }
    // True if somebody listens on that port: the datagram was delivered, or
    // dropped and counted because that socket's queue is full.
    bool on_datagram(wire::UdpHeader const&, Endpoint from, Bytes data);
    // A datagram came to nothing: the socket that is connected there hears of it.
    void on_icmp_error(Port local, Endpoint remote, Error error);
    bool has_socket(Port local, Endpoint peer) const {
        return const_cast<Sockets*>(this)->find(local, peer) != nullptr;
    }
    bool has_ready() const { return ready_ > 0 || without_ > 0; }  // perhaps
    SocketId next_ready();                                         // false if there is none

private:
    struct Datagram {
        Datagram* next = nullptr;
        Endpoint from;
        std::uint32_t length = 0;
        std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(this + 1); }
    };
    struct Socket {
        bool used = false;
        bool newly_ready = false;
        bool shared = false;  // its port
        std::uint16_t generation = 1;
        Port port;
        Versions versions = Versions::Both;
        std::optional<Endpoint> peer;
        std::optional<Error> error;      // what ICMP said, until somebody hears it
        std::size_t wants_room_for = 0;  // octets that the queue had no room for; 0: none
        Datagram* first = nullptr;
        Datagram* last = nullptr;
        std::uint16_t queued = 0;
        std::uint32_t octets = 0;  // that are queued, and may be:
        std::uint32_t most_octets = ~0u;
    };

    static base::Result<void, Error> check(Socket& socket);
    void notice(Socket& socket);
    SocketId name(std::size_t index) const {
        return SocketId(SocketId::Kind::Datagram, static_cast<std::uint16_t>(index),
                        sockets_[index].generation);
    }
    Socket* find(SocketId);
    Socket const* find(SocketId id) const { return const_cast<Sockets*>(this)->find(id); }
    Socket* find(Port, Endpoint peer);
    bool is_taken(Port, Versions, bool shared) const;
    static Information information_of(Socket const& socket);
    Port choose_port(Versions);
    base::Result<IpAddress, Error> source_for(IpAddress destination) const;
    Datagram* pop(Socket&);
    void drop_first(Socket&);

    Limits const& limits_;
    Allocator& memory_;
    RandomSource& random_;
    Statistics& statistics_;
    Ipv4Configuration const& own_;
    nd::Host const* six_ = nullptr;
    PacketQueue& output_;
    Table<Socket> sockets_;
    unsigned ready_ = 0;    // sockets with newly_ready
    unsigned without_ = 0;  // sockets with wants_room_for
};

}  // namespace net::udp
