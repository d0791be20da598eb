// SPDX-License-Identifier: MIT
//
// What the stack is given when it is made: who it is, what the device can do,
// how much memory it may use, and where that memory and its randomness come from.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/time.hpp"
#include "kernel/net/address.hpp"

namespace net {

// Where the stack's memory comes from. allocate returns nullptr when there is
// none; the stack then drops a packet or refuses a socket and carries on.
class Allocator {
public:
    virtual void* allocate(std::size_t size, std::size_t alignment) = 0;
    virtual void release(void* pointer, std::size_t size) = 0;

protected:
    ~Allocator() = default;
};

// Where its random numbers come from: initial sequence numbers, ports,
// transaction ids. Guessable numbers let a stranger inject data. [rfc6528 §1]
class RandomSource {
public:
    virtual std::uint64_t next() = 0;

protected:
    ~RandomSource() = default;
};

// What the device does for us when asked in a TxFrame.
struct Offloads {
    bool tx_checksum = false;              // fills in TCP and UDP checksums (VIRTIO_NET_F_CSUM)
    bool tx_tcp4_segments = false;         // cuts large TCP segments (VIRTIO_NET_F_HOST_TSO4)
    bool tx_tcp6_segments = false;         // (VIRTIO_NET_F_HOST_TSO6)
    std::uint32_t largest_frame = 60'000;  // that it takes in order to cut it
};

// Every table and buffer has a bound, and these are the bounds.
struct Limits {
    // Connections in every state. A new one takes the place of the oldest in
    // TIME-WAIT when all are in use. About a KiB each, made when first needed.
    std::uint16_t connections = 1024;
    std::uint16_t listeners = 16;
    std::uint16_t datagram_sockets = 16;

    // A connection has a receive and a send buffer only while they hold bytes;
    // `buffers` is how many of each kind exist at most (0: one for every connection).
    std::uint32_t receive_buffer = 16 * 1024;  // the largest window, too; at most 1 MiB
    std::uint32_t send_buffer = 16 * 1024;
    std::uint32_t buffers = 0;

    std::uint16_t out_of_order_ranges = 16;   // holes a connection remembers
    std::uint16_t neighbours = 64;            // ARP cache; as many again for IPv6
    std::uint16_t queued_packets = 64;        // datagrams and control packets waiting to leave
    std::uint16_t datagrams_per_socket = 16;  // received and not yet read
    std::uint16_t reassemblies = 4;           // datagrams in pieces, of each version
    std::uint32_t largest_reassembly = 16 * 1024;
};

struct TcpTimes {
    // Twice the maximum segment lifetime: how long TIME-WAIT lasts. The RFC's
    // MSL of two minutes is a guess from 1981; this is what Linux waits.
    base::Duration time_wait = base::Duration::seconds(60);
    // An application that closed has no way to notice that its peer never does.
    base::Duration orphaned_fin_wait_2 = base::Duration::seconds(60);
    base::Duration delayed_ack = base::Duration::milliseconds(40);  // MUST-40: below 0.5 s
    base::Duration give_up = base::Duration::seconds(100);          // R2, SHLD-11
    base::Duration give_up_syn = base::Duration::seconds(180);      // R2 of a SYN, MUST-23
};

// By which law a congestion window moves.
enum class CongestionLaw : std::uint8_t {
    Cubic,  // [rfc9438], with HyStart++ [rfc9406]
    Reno,   // by the book [rfc5681 §3.1]
};

// What our SYNs offer. A connection uses what both sides' SYNs have.
struct TcpOffers {
    bool window_scale = true;  // [rfc7323 §2]
    bool timestamps = true;    // [rfc7323 §3]
    bool sack = true;          // [rfc2018]
    // Explicit congestion notification [rfc3168]. Some paths lose a SYN that asks for it.
    enum class Ecn : std::uint8_t { Never, WhenAsked, Ask } ecn = Ecn::WhenAsked;
};

// IPv6 of this interface. [rfc4862]
struct Ipv6Settings {
    bool enabled = false;       // below an MTU of 1280 there is none
    bool autoconfigure = true;  // addresses from the prefixes that routers advertise
    Ipv6Address address;        // one more, of our own choice; unspecified: none
    std::uint8_t prefix_length = 64;
    Ipv6Address gateway;  // for it; unspecified: none
    // Questions whether somebody has our address, before we use it: DupAddrDetectTransmits.
    std::uint8_t duplicate_probes = 1;
    // What makes our interface ids stable and yet not to be guessed. Without one (zeros) they
    // are as guessable as the MAC. [rfc7217 §5]
    std::uint64_t secret[2] = {};
};

struct Config {
    MacAddress mac;
    std::uint16_t mtu = 1500;  // the largest IP packet the link carries
    Offloads offloads;
    bool dhcp = true;        // ask for an address, or
    Ipv4Configuration ipv4;  // use this one
    Ipv6Settings ipv6;
    Limits limits;
    TcpTimes tcp;
    TcpOffers offers;
    CongestionLaw congestion = CongestionLaw::Cubic;
};

}  // namespace net
