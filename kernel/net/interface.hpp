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
#include "kernel/net/arp/neighbours.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/dhcp/client.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/ip/reassembly.hpp"
#include "kernel/net/packet_queue.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/tcp/sockets.hpp"
#include "kernel/net/udp/sockets.hpp"
#include "kernel/net/wire/icmp.hpp"

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
    base::Instant deadline() const {
        base::Instant result = tcp_.deadline();
        for (base::Instant other : {neighbours_.deadline(), reassembly_.deadline(), dhcp_.deadline()})
            if (other < result) result = other;
        return result;
    }

    // A socket whose readiness grew since it was last returned here, each once;
    // then a SocketId that is false.
    SocketId next_ready() {
        if (tcp_.has_ready()) return tcp_.next_ready();
        return udp_.has_ready() ? udp_.next_ready() : SocketId();
    }

    // Our address: configured at once, or when the DHCP server has answered.
    Ipv4Configuration const& ipv4() const { return own_; }
    MacAddress mac() const { return config_.mac; }

    tcp::Sockets& tcp() { return tcp_; }
    udp::Sockets& udp() { return udp_; }
    Statistics const& statistics() const { return statistics_; }
    // Of what a protocol above the sockets dropped.
    void count(Drop reason) { statistics_.count(reason); }
    arp::Neighbours const& neighbours() const { return neighbours_; }
    dhcp::Client const& dhcp() const { return dhcp_; }

private:
    template <class T, class... Arguments>
    friend T* make(Allocator&, Arguments&&...);
    template <class T>
    friend void destroy(Allocator&, T*);

    Interface(Config const&, Allocator&, RandomSource&);
    ~Interface() = default;
    [[nodiscard]] bool create_tables();

    // input.cpp
    void on_arp(Bytes packet, base::Instant now);
    void on_ipv4(Bytes packet, RxFrame const& frame, base::Instant now);
    void deliver(wire::Ipv4Header const&, Bytes packet, Bytes payload, bool verify_checksum,
                 base::Instant now);
    void on_udp(wire::Ipv4Header const&, Bytes packet, Bytes payload, bool verify_checksum,
                base::Instant now);
    bool is_ours(Ipv4Address) const;
    bool is_broadcast(Ipv4Address) const;
    bool is_possible_source(Ipv4Address) const;

    // icmp.cpp
    void on_icmp(wire::Ipv4Header const&, Bytes payload, base::Instant now);
    void on_icmp_error(wire::IcmpHeader const&, Bytes quote);
    void answer_echo(wire::Ipv4Header const&, wire::IcmpHeader const&, Bytes payload);
    void send_icmp_error(wire::Ipv4Header const& about, Bytes quote, wire::IcmpHeader::Type,
                         std::uint8_t code, base::Instant now);

    // output.cpp
    void tell_of_lost_pieces(base::Instant now);
    bool next_arp_frame(TxFrame& out, base::Instant now);
    bool next_packet_frame(TxFrame& out, base::Instant now);
    bool next_segment_frame(TxFrame& out, base::Instant now);
    void run_dhcp(base::Instant now);
    arp::Lookup route(Ipv4Address destination, MacAddress& mac, base::Instant now);
    void start_ipv4_frame(TxFrame& out, MacAddress to, wire::Ipv4Header&) const;
    void set_address(Ipv4Configuration const&, base::Instant now);

    Config const config_;
    Allocator& memory_;
    RandomSource& random_;
    Statistics statistics_;
    Ipv4Configuration own_;
    arp::Neighbours neighbours_;
    PacketQueue packets_;
    Packet* lent_ = nullptr;  // its bytes are in the frame that was returned last
    ip::Reassembly reassembly_;
    dhcp::Client dhcp_;
    udp::Sockets udp_;
    tcp::Sockets tcp_;

    std::uint16_t next_identification_ = 0;
    bool address_is_set_ = false;

    // ICMP errors that may still be sent in the current second. [rfc1812 §4.3.2.8]
    unsigned icmp_allowance_ = 0;
    base::Instant icmp_refill_;
};

}  // namespace net
