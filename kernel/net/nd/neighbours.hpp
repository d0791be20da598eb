// SPDX-License-Identifier: MIT
//
// Who on the link has which MAC address, and whether it still answers: the neighbour cache
// of IPv6, what ARP's cache is for IPv4. [rfc4861 §5.1, §7.2, §7.3]
//
//             question             answer                 a time         used
//     (none) ---------> Incomplete ------> Reachable ----------> Stale -------> Delay
//                                              ^                                  | 5 s
//                                              +---- answer ---- Probe <----------+
//                                                                  | three questions, no answer
//                                                                  v
//                                                                Failed
//
// Anybody on the link can say anything, and IPv6 believes more than our ARP does: a
// solicitation changes a MAC that we have. But what it changes is Stale, so that it is asked
// at its next use and given up if it was a lie. Nobody but us makes an entry that counts:
// those of strangers never take the place of one that we send to.
#pragma once

#include <optional>

#include "kernel/base/time.hpp"
#include "kernel/net/arp/neighbours.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/memory.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/nd.hpp"

namespace net::nd {

using arp::Lookup;

class Neighbours {
public:
    explicit Neighbours(Statistics& statistics) : statistics_(statistics) {}
    [[nodiscard]] bool create(Allocator&, std::size_t entries);

    // The MAC of a host on the link. Asks for it when it is not known.
    Lookup resolve(Ipv6Address, MacAddress& mac, base::Instant now);

    // The same without asking.
    std::optional<MacAddress> known(Ipv6Address) const;

    // Somebody told his MAC while he asked, advertised or redirected. [rfc4861 §7.2.3, §6.3.4]
    void learn(Ipv6Address, MacAddress, bool is_router, base::Instant now);
    // True: it was a router, and says that it is none any more.
    bool on_advertisement(wire::NeighbourAdvertisement const&, base::Instant now);
    // Somebody who sends by way of this hop gets no answers: ask it whether it is still there.
    void doubt(Ipv6Address, base::Instant now);
    // Nobody answered there when we last asked.
    bool has_failed(Ipv6Address address) const;

    // Whom to ask next; `mac`: him alone, none: his group.
    struct Question {
        Ipv6Address target;
        std::optional<MacAddress> mac;
    };
    std::optional<Question> next_question(base::Instant now);
    base::Instant deadline() const { return next_; }

    // What a router said of both times. [rfc4861 §6.3.2]
    void set_times(base::Duration reachable, base::Duration retransmit) {
        reachable_ = reachable;
        retransmit_ = retransmit;
    }

    // True once after some lookup that was Waiting became Resolved or Failed.
    bool has_progress() const { return progress_; }
    bool take_progress() {
        bool const result = progress_;
        progress_ = false;
        return result;
    }

    struct Entry {
        enum class State : std::uint8_t { Free, Incomplete, Reachable, Stale, Delay, Probe, Failed };
        State state = State::Free;
        bool wanted = false;  // we send there; not just a stranger who asked for us
        bool router = false;
        std::uint8_t attempts = 0;
        MacAddress mac;
        Ipv6Address address;
        base::Instant until;  // this state lasts, or the next question waits
        base::Instant used;
    };
    Table<Entry> const& entries() const { return entries_; }

private:
    static constexpr std::size_t ways = 4;  // places where one address may stand

    Entry* set_of(Ipv6Address);
    Entry* find(Ipv6Address);
    Entry* place_for(Ipv6Address, bool wanted);
    void set_reachable(Entry&, base::Instant now);
    void wait_until(Entry&, Entry::State, base::Instant);
    void give_up(Entry&, base::Instant now);

    Statistics& statistics_;
    Table<Entry> entries_;
    base::Duration reachable_ = base::Duration::seconds(30);
    base::Duration retransmit_ = base::Duration::seconds(1);
    base::Instant next_ = base::Instant::never();  // the earliest of all entries, or earlier
    bool progress_ = false;
};

char const* name(Neighbours::Entry::State);

}  // namespace net::nd
