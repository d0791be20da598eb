// SPDX-License-Identifier: MIT
//
// Who on the link has which MAC address: the ARP cache, and the conversation
// that fills it. [rfc826] [rfc1122 §2.3.2] [rfc5227]
//
// An attacker on the link can say anything, so it matters whom we believe:
//   * A reply counts only while we wait for it. Others are dropped.
//   * A request for our address makes its sender known, since we are about to
//     talk to it, but never changes a MAC we already have. We then ask
//     ourselves, and believe the answer to our own question.
//   * Entries that we asked for are not evicted by such strangers: a flood of
//     requests cannot push the gateway out.
#pragma once

#include <utility>

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/memory.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/arp.hpp"

namespace net::arp {

enum class Lookup : std::uint8_t { Resolved, Waiting, Failed };

class Neighbours {
public:
    Neighbours(MacAddress own, Statistics& statistics) : own_mac_(own), statistics_(statistics) {}
    [[nodiscard]] bool create(Allocator&, std::size_t entries);

    // Our address; announces it to the link. [rfc5227 §2.3]
    void set_address(Ipv4Configuration const&, base::Instant now);

    // The MAC of a host on the link. Asks for it when it is not known.
    Lookup resolve(Ipv4Address, MacAddress& mac, base::Instant now);

    void on_packet(wire::ArpPacket const&, base::Instant now);
    // Somebody who sends by way of this hop gets no answers: ask it whether it is still there.
    void doubt(Ipv4Address, base::Instant now);

    // The next ARP packet to send, and to whom.
    bool next_packet(wire::ArpPacket& out, MacAddress& to, base::Instant now);
    base::Instant deadline() const {
        if (reply_count_ > 0) return base::Instant();
        return next_attempt_ < next_announcement_ ? next_attempt_ : next_announcement_;
    }

    bool has_progress() const { return progress_; }
    // True once after some lookup that was Waiting became Resolved or Failed.
    bool take_progress() {
        bool const result = progress_;
        progress_ = false;
        return result;
    }

    struct Entry {
        enum class State : std::uint8_t {
            Free,
            Incomplete,  // asked, not answered
            Reachable,   // until `expires`
            Probing,     // known, but expired or doubted: asked again, still used
            Failed,      // nobody answered; not asked again until `expires`
        };
        State state = State::Free;
        bool wanted = false;  // we send there; not just a stranger who asked for us
        std::uint8_t attempts = 0;
        Ipv4Address address;
        MacAddress mac;
        base::Instant expires;
        base::Instant next_attempt;  // Incomplete, Probing
        base::Instant used;
    };
    Table<Entry> const& entries() const { return entries_; }

    // Somebody else has used our address since this was last asked.
    bool take_conflict() { return std::exchange(conflict_, false); }

private:
    static constexpr std::size_t ways = 4;  // places where one address may stand

    Entry* find(Ipv4Address);
    Entry* place_for(Ipv4Address, bool wanted);
    void set_reachable(Entry&, MacAddress, base::Instant now);
    void start_asking(Entry&, Entry::State, base::Instant now);
    bool next_request(wire::ArpPacket& out, MacAddress& to, base::Instant now);
    void on_conflict(base::Instant now);
    void learn_from_request(wire::ArpPacket const&, base::Instant now);
    wire::ArpPacket request_for(Ipv4Address) const;

    MacAddress own_mac_;
    Statistics& statistics_;
    Ipv4Configuration own_;
    Table<Entry> entries_;
    base::Instant next_attempt_ = base::Instant::never();  // the earliest of all entries, or earlier
    bool progress_ = false;

    // Answers to requests, waiting to be sent; a full ring drops the newest.
    static constexpr std::size_t max_replies = 8;
    struct Reply {
        MacAddress mac;
        Ipv4Address ip;
    };
    Reply replies_[max_replies];
    std::size_t first_reply_ = 0;
    std::size_t reply_count_ = 0;

    unsigned announcements_ = 0;  // still to be sent
    base::Instant next_announcement_ = base::Instant::never();
    base::Instant last_defence_;
    bool defended_ = false;
    bool conflict_ = false;
};

}  // namespace net::arp
