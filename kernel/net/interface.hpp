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

#include "kernel/base/checks.hpp"
#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/arp/neighbours.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/dhcp/client.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/ip/reassembly.hpp"
#include "kernel/net/nd/host.hpp"
#include "kernel/net/packet_queue.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/tcp/sockets.hpp"
#include "kernel/net/udp/sockets.hpp"
#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/icmp.hpp"
#include "kernel/net/wire/icmp6.hpp"

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

    // The time, for calls that do not say it. next_frame does this, too.
    void tell_time(base::Instant now) { tcp_.tell_time(now); }
    // False: next_frame would do nothing before the deadline.
    bool may_have_frame() const {
        return tcp_.first_with_output() != nullptr || packets_.first() != nullptr || lent_ != nullptr ||
               neighbours_.has_progress() || tcp_.has_doubt() || (!address_is_set_ && own_.is_configured()) ||
               (six_ != nullptr && six_->host.has_progress());
    }

    // Call next_frame again by then; Instant::never() if nothing is planned.
    base::Instant deadline() const {
        base::Instant result = tcp_.deadline();
        for (base::Instant other : {neighbours_.deadline(), reassembly_.deadline(), dhcp_.deadline()})
            if (other < result) result = other;
        if (six_ == nullptr) return result;
        for (base::Instant other : {six_->host.deadline(), six_->reassembly.deadline()})
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
    // Our neighbours, routers and addresses of IPv6; null: it is not spoken here.
    nd::Host const* ipv6() const { return six_ == nullptr ? nullptr : &six_->host; }

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

    [[gnu::cold]] Interface(Config const&, Allocator&, RandomSource&);
    ~Interface() = default;
    [[nodiscard]] bool create_tables();

    // input.cpp
    CALLED_SELDOM void on_arp(Bytes packet, base::Instant now);
    void on_ipv4(Bytes packet, RxFrame const& frame, base::Instant now);
    void deliver(wire::Ipv4Header const&, Bytes packet, Bytes payload, bool verify_checksum,
                 base::Instant now);
    void on_udp(wire::Ipv4Header const&, Bytes packet, Bytes payload, bool verify_checksum,
                base::Instant now);
    bool is_ours(Ipv4Address) const;
    bool is_broadcast(Ipv4Address) const;
    bool is_possible_source(Ipv4Address) const;

    // What only IPv6 needs; made where it is spoken.
    struct Ipv6Half {
        Ipv6Half(Config const& config, Allocator& memory, RandomSource& random, Statistics& statistics)
            : host(config, random, statistics), reassembly(memory, statistics, config.limits) {}
        nd::Host host;
        ip::Reassembly<ip::Ipv6Piece> reassembly;
    };
    // A packet of IPv6 in one piece. `packet` is what `upper_at` counts in.
    struct Ipv6Arrival {
        wire::Ipv6Header const& ip;
        wire::Ipv6Chain const& chain;
        Bytes packet;
        Bytes payload;
        bool verify_checksum;
    };
    [[nodiscard]] bool create_ipv6();

    // input6.cpp
    [[gnu::noinline]] void on_ipv6(Bytes packet, RxFrame const& frame, base::Instant now);
    void refuse(wire::Ipv6Problem const&, wire::Ipv6Header const&, Bytes packet, base::Instant now);
    void deliver(Ipv6Arrival const&, base::Instant now);
    void on_udp(Ipv6Arrival const&, base::Instant now);

    // icmp6.cpp
    void on_icmp6(Ipv6Arrival const&, base::Instant now);
    void answer_echo(Ipv6Arrival const&, wire::Icmp6Header const&, base::Instant now);
    void on_icmp6_error(wire::Icmp6Header const&, Bytes quote, base::Instant now);
    void send_icmp6_error(wire::Ipv6Header const& about, Bytes quote, wire::Icmp6Header::Type,
                          std::uint8_t code, std::uint32_t rest, base::Instant now);
    CALLED_SELDOM void tell_of_lost_pieces6(base::Instant now);

    // output6.cpp
    CALLED_SELDOM bool next_discovery_frame(TxFrame& out, base::Instant now);
    void fill_ipv6_frame(TxFrame& out, MacAddress to, Packet&, base::Instant now);
    void start_ipv6_frame(TxFrame& out, MacAddress to, wire::Ipv6Header const&) const;

    // icmp.cpp
    bool may_send_error(base::Instant now);
    CALLED_SELDOM void on_icmp(wire::Ipv4Header const&, Bytes payload, base::Instant now);
    void on_icmp_error(wire::IcmpHeader const&, Bytes quote, base::Instant now);
    void answer_echo(wire::Ipv4Header const&, wire::IcmpHeader const&, Bytes payload);
    void send_icmp_error(wire::Ipv4Header const& about, Bytes quote, wire::IcmpHeader::Type,
                         std::uint8_t code, base::Instant now);
    CALLED_SELDOM void tell_of_lost_pieces(base::Instant now);

    // own_address.cpp
    CALLED_SELDOM void run_dhcp(base::Instant now);
    CALLED_SELDOM void set_address(Ipv4Configuration const&, base::Instant now);

    // output.cpp
    CALLED_SELDOM bool next_arp_frame(TxFrame& out, base::Instant now);
    [[gnu::noinline]] bool next_packet_frame(TxFrame& out, base::Instant now);
    void fill_ipv4_frame(TxFrame& out, MacAddress to, Packet&);
    CALLED_SELDOM bool next_question_frame(TxFrame& out, base::Instant now);
    bool next_segment_frame(TxFrame& out, base::Instant now);
    [[gnu::noinline]] bool next_segment_of_ipv6(TxFrame& out, tcp::Entry&, MacAddress to, base::Instant now);
    [[gnu::always_inline]] void fill_segment(TxFrame& out, tcp::OutgoingSegment const&,
                                             std::size_t tcp_length, wire::Checksum, Gso);
    Ipv4Address next_hop(Ipv4Address destination) const {
        return own_.on_link(destination) ? destination : own_.gateway;
    }
    arp::Lookup route(IpAddress destination, MacAddress& mac, base::Instant now) {
        return destination.is_v4() ? route(destination.v4(), mac, now)
                                   : six_->host.route(destination.v6(), mac, now);
    }
    arp::Lookup route(Ipv4Address destination, MacAddress& mac, base::Instant now);
    void start_ipv4_frame(TxFrame& out, MacAddress to, wire::Ipv4Header&) const;

    Config const config_;
    Allocator& memory_;
    RandomSource& random_;
    Statistics statistics_;
    Ipv4Configuration own_;
    arp::Neighbours neighbours_;
    PacketQueue packets_;
    Packet* lent_ = nullptr;  // its bytes are in the frame that was returned last
    ip::Reassembly<wire::Ipv4Header> reassembly_;
    dhcp::Client dhcp_;
    udp::Sockets udp_;
    tcp::Sockets tcp_;
    tcp::OutgoingSegment segment_;  // the one that leaves: next_segment sets every field
    Ipv6Half* six_ = nullptr;

    std::uint16_t next_identification_ = 0;
    bool address_is_set_ = false;

    // ICMP errors that may still be sent in the current second. [rfc1812 §4.3.2.8]
    unsigned icmp_allowance_ = 0;
    base::Instant icmp_refill_;
};

}  // namespace net
