// SPDX-License-Identifier: MIT
#include "kernel/net/arp/neighbours.hpp"

#include "kernel/base/checks.hpp"

namespace net::arp {
namespace {

using base::Duration;
using base::Instant;
using Operation = wire::ArpPacket::Operation;

constexpr auto lifetime = Duration::seconds(60);  // [rfc1122 §2.3.2.1]: about a minute
constexpr auto retry = Duration::seconds(1);      // at most one request a second [rfc1122 §2.3.2.1]
constexpr unsigned max_attempts = 3;
constexpr auto silence_after_failure = Duration::seconds(3);
constexpr unsigned announce_count = 2;                    // ANNOUNCE_NUM [rfc5227 §1.1]
constexpr auto announce_interval = Duration::seconds(2);  // ANNOUNCE_INTERVAL
constexpr auto defend_interval = Duration::seconds(10);   // DEFEND_INTERVAL

}  // namespace

bool Neighbours::create(Allocator& memory, std::size_t entries) {
    std::size_t sets = 1;
    while (sets * ways < entries) sets *= 2;
    return entries_.create(memory, sets * ways);
}

void Neighbours::set_address(Ipv4Configuration const& configuration, Instant now) {
    own_ = configuration;
    announcements_ = own_.is_configured() ? announce_count : 0;
    next_announcement_ = own_.is_configured() ? now : Instant::never();
    for (Entry& entry : entries_)
        if (!own_.on_link(entry.address)) entry.state = Entry::State::Free;
}

PART_OF_ALL_CALLERS Lookup Neighbours::resolve(Ipv4Address address, MacAddress& mac, Instant now) {
    // [lab:10-resolve]
    Entry* entry = find(address);
    if (entry == nullptr) {
        entry = place_for(address, true);
        if (entry == nullptr) {
            statistics_.count(Drop::ArpTableFull);
            return Lookup::Failed;
        }
        *entry = Entry{};
        entry->address = address;
        start_asking(*entry, Entry::State::Incomplete, now);
    }
    entry->wanted = true;
    entry->used = now;
    switch (entry->state) {
        case Entry::State::Reachable:
            if (now >= entry->expires) start_asking(*entry, Entry::State::Probing, now);
            [[fallthrough]];
        case Entry::State::Probing:
            mac = entry->mac;
            return Lookup::Resolved;
        case Entry::State::Failed:
            if (now < entry->expires) return Lookup::Failed;
            start_asking(*entry, Entry::State::Incomplete, now);
            return Lookup::Waiting;
        default:
            return Lookup::Waiting;
    }
    // [/lab:10-resolve]
}

void Neighbours::on_packet(wire::ArpPacket const& arp, Instant now) {
    // [lab:10-on-arp]
    if (arp.sender_mac == own_mac_) return statistics_.count(Drop::ArpBadSender);  // our own, come back
    if (own_.is_configured() && arp.sender_ip == own_.address) return on_conflict(now);
    if (!own_.is_configured() || arp.target_ip != own_.address) return statistics_.count(Drop::ArpNotForUs);

    if (arp.operation == Operation::Request) {
        if (reply_count_ == max_replies) return statistics_.count(Drop::OutputQueueFull);
        replies_[(first_reply_ + reply_count_++) % max_replies] = {arp.sender_mac, arp.sender_ip};
        return learn_from_request(arp, now);
    }
    Entry* entry = find(arp.sender_ip);
    bool const asked = entry != nullptr &&
                       (entry->state == Entry::State::Incomplete || entry->state == Entry::State::Probing);
    if (!asked || arp.target_mac != own_mac_) return statistics_.count(Drop::ArpUnsolicited);
    set_reachable(*entry, arp.sender_mac, now);
    // [/lab:10-on-arp]
}

void Neighbours::learn_from_request(wire::ArpPacket const& arp, Instant now) {
    // A probe has no sender address: its sender does not own one yet. [rfc5227 §2.1.1]
    if (arp.sender_ip.is_unspecified() || !own_.on_link(arp.sender_ip)) return;
    Entry* entry = find(arp.sender_ip);
    if (entry == nullptr) {
        entry = place_for(arp.sender_ip, false);
        if (entry == nullptr) return statistics_.count(Drop::ArpTableFull);
        *entry = Entry{};
        entry->address = arp.sender_ip;
        return set_reachable(*entry, arp.sender_mac, now);
    }
    bool const knows_mac = entry->state == Entry::State::Reachable || entry->state == Entry::State::Probing;
    if (!knows_mac || entry->mac == arp.sender_mac)
        set_reachable(*entry, arp.sender_mac, now);
    else if (entry->state == Entry::State::Reachable)
        start_asking(*entry, Entry::State::Probing, now);
}

void Neighbours::doubt(Ipv4Address address, Instant now) {
    Entry* entry = find(address);
    if (entry != nullptr && entry->state == Entry::State::Reachable)
        start_asking(*entry, Entry::State::Probing, now);
}

// Somebody else uses our address. We keep it, and say so at most every ten
// seconds: a server that gave way to any packet could be silenced by any
// packet. [rfc5227 §2.4(c)]
void Neighbours::on_conflict(Instant now) {
    statistics_.count(Drop::ArpConflict);
    conflict_ = true;
    if (defended_ && now - last_defence_ < defend_interval) return;
    defended_ = true;
    last_defence_ = now;
    announcements_ = 1;
    next_announcement_ = now;
}

bool Neighbours::next_packet(wire::ArpPacket& out, MacAddress& to, Instant now) {
    if (reply_count_ > 0) {
        Reply const& reply = replies_[first_reply_];
        first_reply_ = (first_reply_ + 1) % max_replies;
        --reply_count_;
        out = {Operation::Reply, own_mac_, own_.address, reply.mac, reply.ip};
        to = reply.mac;
        return own_.is_configured();
    }
    if (announcements_ > 0 && now >= next_announcement_) {
        --announcements_;
        next_announcement_ = announcements_ > 0 ? now + announce_interval : Instant::never();
        out = request_for(own_.address);  // a request for ourselves, which needs no answer
        to = MacAddress::broadcast();
        return true;
    }
    return now >= next_attempt_ && next_request(out, to, now);
}

bool Neighbours::next_request(wire::ArpPacket& out, MacAddress& to, Instant now) {
    Entry* due = nullptr;
    next_attempt_ = Instant::never();
    for (Entry& entry : entries_) {
        if (entry.state != Entry::State::Incomplete && entry.state != Entry::State::Probing) continue;
        if (entry.next_attempt <= now && entry.attempts == max_attempts) {
            entry.state = Entry::State::Failed;
            entry.expires = now + silence_after_failure;
            progress_ = true;
            continue;
        }
        if (due == nullptr && entry.next_attempt <= now) {
            due = &entry;
            ++entry.attempts;
            entry.next_attempt = now + retry;
        }
        if (entry.next_attempt < next_attempt_) next_attempt_ = entry.next_attempt;
    }
    if (due == nullptr) return false;
    out = request_for(due->address);
    // Who is known is asked alone, twice; then everybody is: it may have moved.
    bool const ask_alone = due->state == Entry::State::Probing && due->attempts < max_attempts;
    to = ask_alone ? due->mac : MacAddress::broadcast();
    return true;
}

Neighbours::Entry* Neighbours::find(Ipv4Address address) {
    std::size_t const sets = entries_.size() / ways;
    Entry* set = &entries_[(address.value() ^ address.value() >> 16) % sets * ways];
    for (std::size_t i = 0; i < ways; ++i)
        if (set[i].state != Entry::State::Free && set[i].address == address) return &set[i];
    return nullptr;
}

// The least valuable place of the address's set: a free one, one that failed,
// a stranger's, the longest unused. A stranger never displaces a wanted one; and one
// that has only just been asked for stays a second: two that took turns would be asked
// for without end.
Neighbours::Entry* Neighbours::place_for(Ipv4Address address, bool wanted) {
    auto const value = [](Entry const& entry) {
        if (entry.state == Entry::State::Free) return 0;
        if (entry.state == Entry::State::Failed) return 1;
        return entry.wanted ? 3 : 2;
    };
    std::size_t const sets = entries_.size() / ways;
    Entry* set = &entries_[(address.value() ^ address.value() >> 16) % sets * ways];
    Entry* best = nullptr;
    for (std::size_t i = 0; i < ways; ++i) {
        if (set[i].state == Entry::State::Incomplete && set[i].attempts < 2) continue;
        bool const less = best == nullptr || value(set[i]) < value(*best);
        bool const older = best != nullptr && value(set[i]) == value(*best) && set[i].used < best->used;
        if (less || older) best = &set[i];
    }
    if (best == nullptr || (!wanted && value(*best) == 3)) return nullptr;
    if (best->state == Entry::State::Incomplete) progress_ = true;  // who waits for it must ask again
    return best;
}

void Neighbours::set_reachable(Entry& entry, MacAddress mac, Instant now) {
    if (entry.state == Entry::State::Incomplete || entry.state == Entry::State::Failed) progress_ = true;
    entry.state = Entry::State::Reachable;
    entry.mac = mac;
    entry.expires = now + lifetime;
}

void Neighbours::start_asking(Entry& entry, Entry::State state, Instant now) {
    entry.state = state;
    entry.attempts = 0;
    entry.next_attempt = now;
    next_attempt_ = now < next_attempt_ ? now : next_attempt_;
}

wire::ArpPacket Neighbours::request_for(Ipv4Address address) const {
    return {Operation::Request, own_mac_, own_.address, MacAddress(), address};
}

}  // namespace net::arp
