// SPDX-License-Identifier: MIT
//
// The conversation of a host with its link, for IPv6: what ARP, DHCP and some good luck are
// for IPv4. It has the neighbours, our addresses, the routers and the groups that we hear,
// takes the messages about them, and makes ours. [rfc4861] [rfc4862] [rfc3810]
//
// Like the rest of the stack it owns no clock and sends nothing by itself:
//
//     on_message   Interface found the packet to be in order; what it says is judged here
//     next_message the next one to send, until there is none
//     deadline     call next_message again by then
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/nd/addresses.hpp"
#include "kernel/net/nd/groups.hpp"
#include "kernel/net/nd/neighbours.hpp"
#include "kernel/net/nd/routers.hpp"
#include "kernel/net/socket.hpp"

namespace net::nd {

// A message of ours, with its checksum.
struct Outgoing {
    MacAddress to;
    Ipv6Address source;
    Ipv6Address destination;
    std::uint8_t hop_limit = 255;  // who hears another number knows that it came from afar [rfc4861 §11.2]
    bool router_alert = false;
    Bytes message;  // until the next call
};

// One that arrived, with what matters of the headers before it.
struct Incoming {
    wire::Ipv6Header const& ip;
    wire::Icmp6Header const& header;
    Bytes message;
    bool router_alert = false;
    bool was_in_fragments = false;
};

class Host {
public:
    Host(Config const&, RandomSource&, Statistics&);
    [[nodiscard]] bool create(Allocator& memory, std::size_t neighbours) {
        return neighbours_.create(memory, neighbours);
    }

    // Neighbour Discovery, or about groups.
    static bool is_concerned(wire::Icmp6Header const& header) {
        return header.is_discovery() || header.is_about_listeners();
    }
    void on_message(Incoming const&, base::Instant now);

    bool next_message(Outgoing& out, base::Instant now);
    base::Instant deadline() const;

    // Ours and in use; a packet to another one, or to a group without us, is not for us.
    bool is_ours(Ipv6Address address) const { return addresses_.is_ours(address); }
    bool hears(Ipv6Address destination) const;
    // How we speak to somebody, or why we cannot.
    base::Result<Ipv6Address, Error> source_for(Ipv6Address destination) const;
    // The MAC of whoever brings a packet nearer to its destination.
    Lookup route(Ipv6Address destination, MacAddress& mac, base::Instant now);
    // There are no answers from there.
    void doubt(Ipv6Address destination, base::Instant now);
    bool has_progress() const { return neighbours_.has_progress(); }
    bool take_progress() { return neighbours_.take_progress(); }
    void on_too_big(Ipv6Address destination, std::uint16_t mtu, base::Instant now) {
        routers_.on_too_big(destination, mtu, now);
    }
    std::uint16_t mtu_for(Ipv6Address destination, base::Instant now) const {
        return routers_.mtu_for(destination, now);
    }
    std::uint8_t hop_limit() const { return routers_.hop_limit(); }

    unsigned usable_count() const { return usable_; }  // of our addresses

    // ---- for those who look ----
    Neighbours const& neighbours() const { return neighbours_; }
    Addresses const& addresses() const { return addresses_; }
    Routers const& routers() const { return routers_; }
    Groups const& groups() const { return groups_; }

private:
    void on_solicitation(Incoming const&, base::Instant now);
    void on_advertisement(Incoming const&, base::Instant now);
    void on_router_advertisement(Incoming const&, base::Instant now);
    void on_redirect(Incoming const&, base::Instant now);
    void on_listeners(Incoming const&, base::Instant now);
    void note_changes(base::Instant now);
    bool next_reply(Outgoing& out);
    bool next_report(Outgoing& out, base::Instant now);
    bool next_question_about_us(Outgoing& out, base::Instant now);
    bool next_router_solicitation(Outgoing& out, base::Instant now);
    bool next_question(Outgoing& out, base::Instant now);

    MacAddress const mac_;
    bool const asks_routers_;
    RandomSource& random_;
    Statistics& statistics_;
    Neighbours neighbours_;
    Addresses addresses_;
    Routers routers_;
    Groups groups_;
    base::Instant now_;  // as last heard
    bool started_ = false;
    unsigned usable_ = 0;

    // Answers to solicitations, waiting to be sent; a full ring drops the newest.
    struct Reply {
        Ipv6Address destination;  // unspecified: everybody
        Ipv6Address target;
    };
    static constexpr std::size_t most_replies = 8;
    Reply replies_[most_replies];
    std::size_t first_reply_ = 0;
    std::size_t reply_count_ = 0;

    unsigned solicitations_left_ = 0;  // of routers
    base::Instant next_solicitation_ = base::Instant::never();

    static constexpr std::size_t largest_message = 8 + Groups::most * wire::MldRecord::size;
    std::uint8_t message_[largest_message];
};

// The stations that hear a group. [rfc2464 §7]
MacAddress mac_of_group(Ipv6Address group);

}  // namespace net::nd
