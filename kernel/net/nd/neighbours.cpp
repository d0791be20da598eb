// SPDX-License-Identifier: MIT
#include "kernel/net/nd/neighbours.hpp"

namespace net::nd {
namespace {

using base::Duration;
using base::Instant;
using State = Neighbours::Entry::State;

// [rfc4861 §10]
constexpr unsigned most_questions = 3;                     // MAX_MULTICAST_SOLICIT, MAX_UNICAST_SOLICIT
constexpr auto delay_before_probe = Duration::seconds(5);  // DELAY_FIRST_PROBE_TIME
constexpr auto silence_after_failure = Duration::seconds(3);

}  // namespace

bool Neighbours::create(Allocator& memory, std::size_t entries) {
    std::size_t sets = 1;
    while (sets * ways < entries) sets *= 2;
    return entries_.create(memory, sets * ways);
}

Lookup Neighbours::resolve(Ipv6Address address, MacAddress& mac, Instant now) {
    Entry* entry = find(address);
    if (entry == nullptr) {
        entry = place_for(address, true);
        if (entry == nullptr) {
            statistics_.count(Drop::NdTableFull);
            return Lookup::Failed;
        }
        *entry = Entry{};
        entry->address = address;
        wait_until(*entry, State::Incomplete, now);
    }
    entry->wanted = true;
    entry->used = now;
    switch (entry->state) {
        case State::Reachable:
            if (now < entry->until) break;
            [[fallthrough]];
        case State::Stale:
            // Used at once, and asked only if nothing that it carries is answered.
            wait_until(*entry, State::Delay, now + delay_before_probe);
            break;
        case State::Failed:
            if (now < entry->until) return Lookup::Failed;
            entry->attempts = 0;
            wait_until(*entry, State::Incomplete, now);
            return Lookup::Waiting;
        case State::Delay:
        case State::Probe:
            break;
        default:
            return Lookup::Waiting;
    }
    mac = entry->mac;
    return Lookup::Resolved;
}

std::optional<MacAddress> Neighbours::known(Ipv6Address address) const {
    Entry const* const entry = const_cast<Neighbours*>(this)->find(address);
    bool const is_known =
        entry != nullptr && entry->state >= State::Reachable && entry->state <= State::Probe;
    if (!is_known) return std::nullopt;
    return entry->mac;
}

void Neighbours::learn(Ipv6Address address, MacAddress mac, bool is_router, Instant now) {
    Entry* entry = find(address);
    if (entry == nullptr) {
        entry = place_for(address, false);
        if (entry == nullptr) return statistics_.count(Drop::NdTableFull);
        *entry = Entry{};
        entry->address = address;
        entry->used = now;
    }
    bool const knew_mac = entry->state >= State::Reachable && entry->state <= State::Probe;
    if (is_router) entry->router = true;
    if (knew_mac && entry->mac == mac) return;
    if (entry->state == State::Incomplete || entry->state == State::Failed) progress_ = true;
    entry->mac = mac;
    entry->state = State::Stale;
}

// The table of [rfc4861 §7.2.5], in its order.
bool Neighbours::on_advertisement(wire::NeighbourAdvertisement const& said, Instant now) {
    Entry* const entry = find(said.target);
    if (entry == nullptr || entry->state == State::Failed) {
        statistics_.count(Drop::NdUnsolicited);
        return false;
    }
    std::optional<MacAddress> const mac = said.options.target_mac;
    bool const stopped = entry->router && !said.router;
    if (entry->state == State::Incomplete) {
        if (!mac) {
            statistics_.count(Drop::NdBadOption);
            return false;
        }
        entry->mac = *mac;
        entry->router = said.router;
        entry->state = State::Stale;
        if (said.solicited) set_reachable(*entry, now);
        progress_ = true;
        return stopped;
    }
    bool const is_other = mac && *mac != entry->mac;
    if (is_other && !said.override) {
        if (entry->state == State::Reachable) entry->state = State::Stale;
        return false;
    }
    if (is_other) entry->mac = *mac;
    if (said.solicited)
        set_reachable(*entry, now);
    else if (is_other)
        entry->state = State::Stale;
    entry->router = said.router;
    return stopped;
}

void Neighbours::doubt(Ipv6Address address, Instant now) {
    Entry* const entry = find(address);
    if (entry == nullptr) return;
    bool const is_known =
        entry->state == State::Reachable || entry->state == State::Stale || entry->state == State::Delay;
    if (!is_known) return;
    entry->attempts = 0;
    wait_until(*entry, State::Probe, now);
}

bool Neighbours::has_failed(Ipv6Address address) const {
    Entry const* const entry = const_cast<Neighbours*>(this)->find(address);
    return entry != nullptr && entry->state == State::Failed;
}

std::optional<Neighbours::Question> Neighbours::next_question(Instant now) {
    if (now < next_) return std::nullopt;
    Entry* due = nullptr;
    next_ = Instant::never();
    for (Entry& entry : entries_) {
        if (entry.state == State::Delay && entry.until <= now) {
            entry.attempts = 0;
            entry.state = State::Probe;
        }
        bool const asks = entry.state == State::Incomplete || entry.state == State::Probe;
        if (!asks && entry.state != State::Delay) continue;
        if (asks && entry.until <= now) {
            if (entry.attempts == most_questions) {
                give_up(entry, now);
                continue;
            }
            if (due == nullptr) {
                due = &entry;
                ++entry.attempts;
                entry.until = now + retransmit_;
            }
        }
        if (entry.until < next_) next_ = entry.until;
    }
    if (due == nullptr) return std::nullopt;
    Question question{due->address, {}};
    if (due->state == State::Probe) question.mac = due->mac;
    return question;
}

// Who waits hears of it, and a stranger's entry is gone. [rfc4861 §7.3.3]
void Neighbours::give_up(Entry& entry, Instant now) {
    entry.state = State::Failed;
    entry.until = now + silence_after_failure;
    progress_ = true;
}

Neighbours::Entry* Neighbours::set_of(Ipv6Address address) {
    std::size_t const sets = entries_.size() / ways;
    std::uint64_t const mixed = (address.low() ^ address.high()) * 0x9e37'79b9'7f4a'7c15;
    return &entries_[(mixed >> 40) % sets * ways];
}

Neighbours::Entry* Neighbours::find(Ipv6Address address) {
    Entry* const set = set_of(address);
    for (std::size_t i = 0; i < ways; ++i)
        if (set[i].state != State::Free && set[i].address == address) return &set[i];
    return nullptr;
}

// The least valuable place of the address's set: a free one, one that failed, a stranger's,
// the longest unused. A stranger never displaces a wanted one; and one that has only just been
// asked for stays a second: two that took turns would be asked for without end.
Neighbours::Entry* Neighbours::place_for(Ipv6Address address, bool wanted) {
    auto const value = [](Entry const& entry) {
        if (entry.state == State::Free) return 0;
        if (entry.state == State::Failed) return 1;
        return entry.wanted ? 3 : 2;
    };
    Entry* const set = set_of(address);
    Entry* best = nullptr;
    for (std::size_t i = 0; i < ways; ++i) {
        if (set[i].state == State::Incomplete && set[i].attempts < 2) continue;
        bool const less = best == nullptr || value(set[i]) < value(*best);
        bool const older = best != nullptr && value(set[i]) == value(*best) && set[i].used < best->used;
        if (less || older) best = &set[i];
    }
    if (best == nullptr || (!wanted && value(*best) == 3)) return nullptr;
    if (best->state == State::Incomplete) progress_ = true;  // who waits for it must ask again
    return best;
}

void Neighbours::set_reachable(Entry& entry, Instant now) {
    entry.state = State::Reachable;
    entry.until = now + reachable_;
    entry.attempts = 0;
}

void Neighbours::wait_until(Entry& entry, Entry::State state, Instant until) {
    entry.state = state;
    entry.until = until;
    if (until < next_) next_ = until;
}

char const* name(Neighbours::Entry::State state) {
    static constexpr char const* names[] = {"free",  "incomplete", "reachable", "stale",
                                            "delay", "probe",      "failed"};
    return names[static_cast<std::size_t>(state)];
}

}  // namespace net::nd
